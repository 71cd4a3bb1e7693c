using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using FissionGrpo.Episodes;

namespace FissionGrpo.Ablation;

/// <summary>Plays one run of a plan: trains with these options in this folder and measures. Resumes what it finds in the folder.</summary>
public interface ITrialRunner
{
    /// <summary>Runs to the end and measures.</summary>
    Task<TrialResult> RunAsync(Trial trial, JsonObject options, string folder, CancellationToken cancel);
}

/// <summary>Works off a plan, one run after the other. A run that has its <c>trial.json</c> is not run again, so an interrupted plan goes on.</summary>
/// <param name="runner">Plays a run.</param>
/// <param name="folder">The plan's folder.</param>
/// <param name="progress">Told before each run: the run, how many are done, how many there are.</param>
public sealed class AblationRunner(ITrialRunner runner, string folder, Action<Trial, int, int> progress)
{
    /// <summary>The plan as it was when the folder was begun. Another plan in the same folder is refused: its runs would be mixed.</summary>
    public const string PlanFile = "plan.json";

    private const string ResultFile = "trial.json";

    /// <summary>Runs what is missing and returns all results, in the plan's order.</summary>
    /// <exception cref="UserErrorException">The folder belongs to another plan.</exception>
    public async Task<ImmutableArray<TrialResult>> RunAsync(AblationPlan plan, CancellationToken cancel)
    {
        Claim(plan);
        var trials = plan.Trials().ToImmutableArray();
        var results = ImmutableArray.CreateBuilder<TrialResult>(trials.Length);
        foreach (var trial in trials)
        {
            progress(trial, results.Count, trials.Length);
            var path = Path.Combine(folder, trial.Folder, ResultFile);
            if (!File.Exists(path))
            {
                Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                var result = await runner.RunAsync(trial, plan.OptionsOf(trial), Path.Combine(folder, trial.Folder), cancel);
                WriteAtomically(path, JsonSerializer.Serialize(result, AblationJson.Default.TrialResult));
            }
            results.Add(Read(path));
        }
        return results.MoveToImmutable();
    }

    internal static void WriteAtomically(string path, string text)
    {
        File.WriteAllText(path + ".new", text);
        File.Move(path + ".new", path, overwrite: true);
    }

    private static TrialResult Read(string path)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllText(path), AblationJson.Default.TrialResult)
                ?? throw new JsonException("it is null");
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
        else if (File.ReadAllText(path) != text)
            throw new UserErrorException($"{path}: this folder belongs to another version of the plan. Choose another --output, or give the plan that lies there: a plan does not change after its first run.");
    }
}
