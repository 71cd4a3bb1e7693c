using System.Collections.Immutable;
using System.Text.Json;
using FissionGrpo.Episodes;

namespace FissionGrpo.Ablation;

/// <summary>Plays one run of a plan: trains in this folder and measures. Resumes what it finds in the folder.</summary>
public interface ITrialRunner
{
    /// <summary>Runs to the end and measures.</summary>
    Task<TrialResult> RunAsync(Trial trial, string folder, CancellationToken cancel);
}

/// <summary>
/// Works off a plan, one run after the other or several at once. A run that has its <c>trial.json</c> is not run again, and one that was
/// interrupted goes on in its folder. What an older version measured is measured anew; its training is kept.
/// </summary>
/// <param name="runner">Plays a run; of several at once when <paramref name="parallel"/> is more than 1.</param>
/// <param name="folder">The plan's folder.</param>
/// <param name="parallel">Runs at a time.</param>
/// <param name="progress">Told after each run, one call at a time: the run, whether it was there already, how many are done, how many there are.</param>
public sealed class AblationRunner(ITrialRunner runner, string folder, int parallel, Action<Trial, bool, int, int> progress)
{
    /// <summary>The plan as it was when the folder was begun. Another plan in the same folder is refused: its runs would be mixed.</summary>
    public const string PlanFile = "plan.json";

    private const string ResultFile = "trial.json";

    /// <summary>Runs what is missing and returns all results, in the plan's order.</summary>
    /// <exception cref="UserErrorException">The folder belongs to another plan.</exception>
    public async Task<ImmutableArray<TrialResult>> RunAsync(AblationPlan plan, CancellationToken cancel)
    {
        Claim(plan);
        var trials = plan.Trials().ToArray();
        var results = new TrialResult[trials.Length];
        var done = 0;
        var gate = new Lock();
        var missing = new List<int>();
        for (var i = 0; i < trials.Length; i++)
            if (Finished(trials[i]) is { } there)
            {
                results[i] = there;
                progress(trials[i], true, ++done, trials.Length);
            }
            else
            {
                missing.Add(i);
            }
        await Parallel.ForEachAsync(missing, new ParallelOptions { MaxDegreeOfParallelism = parallel, CancellationToken = cancel }, async (i, stop) =>
        {
            var path = PathOf(trials[i]);
            var place = Path.GetDirectoryName(path)!;
            Directory.CreateDirectory(place);
            results[i] = await runner.RunAsync(trials[i], place, stop);
            WriteAtomically(path, JsonSerializer.Serialize(results[i], AblationJson.Default.TrialResult));
            lock (gate)
                progress(trials[i], false, ++done, trials.Length);
        });
        return [.. results];
    }

    /// <summary>What is finished, without running anything: of each setting the seeds that all its arms have met, so that no arm looks better by its seeds.</summary>
    /// <exception cref="UserErrorException">The folder belongs to another plan, or has no such seed of the primary setting.</exception>
    public ImmutableArray<TrialResult> Finished(AblationPlan plan)
    {
        Claim(plan);
        ImmutableArray<TrialResult> whole =
        [
            .. plan.Trials().GroupBy(t => (t.Setting, t.Seed)).Select(arms => arms.Select(Finished).ToArray())
                .Where(arms => arms.All(result => result is not null)).SelectMany(arms => arms).Select(result => result!),
        ];
        return whole.Any(t => t.Trial.Setting == plan.Settings[0].Name) ? whole
            : throw new UserErrorException($"{folder}: no seed of {plan.Settings[0].Name} is finished in every arm. Run the plan first, without --finished.");
    }

    private TrialResult? Finished(Trial trial) =>
        File.Exists(PathOf(trial)) && Read(PathOf(trial), trial) is { Schema: TrialResult.CurrentSchema } there ? there : null;

    private string PathOf(Trial trial) => Path.Combine(folder, trial.Folder, ResultFile);

    internal static void WriteAtomically(string path, string text)
    {
        File.WriteAllText(path + ".new", text);
        File.Move(path + ".new", path, overwrite: true);
    }

    private static TrialResult Read(string path, Trial trial)
    {
        try
        {
            var result = JsonSerializer.Deserialize(File.ReadAllText(path), AblationJson.Default.TrialResult) ?? throw new JsonException("it is null");
            return result.Trial == trial ? result : throw new JsonException($"it is the run {result.Trial.Folder}");
        }
        catch (JsonException exception)
        {
            throw new UserErrorException($"{path}: is damaged ({exception.Message}). Remove it and the run is measured again.", exception);
        }
    }

    private void Claim(AblationPlan plan)
    {
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, PlanFile);
        var text = JsonSerializer.Serialize(plan, AblationJson.Default.AblationPlan);
        if (!File.Exists(path))
            WriteAtomically(path, text);
        else if (JsonSerializer.Serialize(AblationPlan.Read(path), AblationJson.Default.AblationPlan) != text)
            throw new UserErrorException($"{path}: this folder belongs to another version of the plan. Choose another --output, or give the plan that lies there: a plan does not change after its first run.");
    }
}
