using System.Collections.Immutable;
using System.Globalization;
using FissionGrpo.Cli.Options;
using FissionGrpo.Cli.Shells;
using FissionGrpo.Cli.Worlds;
using FissionGrpo.Environments.Workshop;
using FissionGrpo.Evaluation;
using FissionGrpo.Evaluation.Data;
using FissionGrpo.Evaluation.Metrics;
using FissionGrpo.Evaluation.Playing;
using FissionGrpo.Evaluation.Reports;
using FissionGrpo.Model.Policy;
using FissionGrpo.Text.Dialogues;
using FissionGrpo.Text.Tokenization;
using FissionGrpo.Training;

namespace FissionGrpo.Cli.Runs;

/// <summary>
/// Measures a run's policy at its moments, always on the same tasks with the same draws, and keeps every episode in <c>evaluations/MOMENT</c>.
/// </summary>
internal sealed class RunEvaluations(RunFolder folder, RunSettings settings, OpenUser user, Shell shell, ITrainingObserver observer) : IRunEvaluator
{
    /// <summary>What <c>evaluations</c> calls the worlds beside the Workshop.</summary>
    private const string Workshop = "workshop";

    private const string EpisodesFile = "episodes.jsonl";
    private const string ReportFile = "evaluation.json";

    /// <summary>Made at once: what cannot be measured is said before anything is trained.</summary>
    private readonly ImmutableArray<(string World, EvaluationPlan Plan)> _plans = [.. Plans(settings, user, shell)];

    /// <summary>
    /// In words, where a model of one's own spends more time on the two evaluations than on being trained; null where it does not. The embedded model's take seconds.
    /// </summary>
    public string? Proportion
    {
        get
        {
            var run = settings.Run;
            var episodes = _plans.Sum(p => (long)p.Plan.Episodes.Length);
            var trained = (long)run.Train.Steps * run.Grpo.Tasks * run.Grpo.GroupSize * (run.Fission.Enabled ? 2 : 1);
            return run.Policy.Checkpoint is null || trained == 0 || 2 * episodes <= trained ? null : string.Create(
                CultureInfo.InvariantCulture,
                $"{episodes:N0} episodes are evaluated before training and again after it, and about {trained:N0} trajectories are trained on: a smaller evaluation.tasks (it is {settings.Evaluation.Tasks}) makes the run shorter");
        }
    }

    /// <inheritdoc/>
    public async Task EvaluateAsync(string moment, IPolicy policy, CancellationToken cancel)
    {
        foreach (var (world, plan) in _plans)
            await EvaluateAsync(moment, world, plan, policy, cancel);
    }

    /// <summary>Whether every world that was measured before training has been measured after it.</summary>
    public static bool AreComplete(RunFolder folder) =>
        Worlds(folder, "before") is { IsEmpty: false } worlds && worlds.All(world => File.Exists(Path.Combine(folder.Evaluations, "after", world, ReportFile)));

    /// <summary>The episodes of one moment, or none where it was not measured.</summary>
    public static IReadOnlyList<EvaluatedEpisode> Episodes(RunFolder folder, string moment, string world)
    {
        var path = Path.Combine(folder.Evaluations, moment, world, EpisodesFile);
        return File.Exists(path) ? EpisodeStore.Read(path).Episodes : [];
    }

    /// <summary>The worlds that a moment was measured on.</summary>
    public static ImmutableArray<string> Worlds(RunFolder folder, string moment) =>
        Directory.Exists(Path.Combine(folder.Evaluations, moment))
            ? [.. Directory.GetDirectories(Path.Combine(folder.Evaluations, moment)).Select(d => Path.GetFileName(d)!).OrderBy(w => w != Workshop).ThenBy(w => w, StringComparer.Ordinal)]
            : [];

    private static IEnumerable<(string World, EvaluationPlan Plan)> Plans(RunSettings settings, OpenUser user, Shell shell)
    {
        var evaluation = settings.Evaluation;
        if (settings.World != Workshop)
        {
            var tasks = TestTasks.Of(TrainingWorlds.Request(settings, settings.Tau.TestSplit, user) with { Limit = evaluation.Tasks }, shell);
            yield return (settings.World, new EvaluationPlan(tasks, evaluation.Samples));
            yield break;
        }
        yield return (Workshop, new EvaluationPlan(WorkshopTests.Tasks(settings.Workshop, settings.Run.Seed, evaluation.Tasks, shell.DataFolder, isLocal: true), evaluation.Samples));
        if (!evaluation.Benchmarks)
            yield break;
        var library = new BenchmarkLibrary(shell.DataFolder);
        foreach (var world in TestTasks.OfficialForRuns.Where(w => library.Status(w).IsComplete))
            yield return (world, new EvaluationPlan(
                TestTasks.Of(new TestTaskRequest(world, null, [], evaluation.BenchmarkTasks, settings.Run.Seed, new WorkshopOptions(), IsLocal: true), shell), evaluation.Samples));
    }

    private async Task EvaluateAsync(string moment, string world, EvaluationPlan plan, IPolicy policy, CancellationToken cancel)
    {
        var rollout = settings.Run.Rollout;
        var heat = plan.Samples == 1 ? 0 : rollout.Temperature;
        var place = Path.Combine(folder.Evaluations, moment, world);
        var player = Players.Engine(policy, DialogueFormats.Of(Tokenizer.Load(folder.StartingPoint(settings.Run))), rollout, heat, settings.Run.Seed, shell.Clock);
        var setting = new EvaluationSetting(moment, world, "native", "none", heat, plan.Samples, settings.Run.Seed) with
        {
            TaskSet = world == "bfcl" ? BfclTests.TaskSetOf(plan.Tasks) : settings.World == Workshop ? null : TrainingWorlds.Request(settings, settings.Tau.TestSplit, user).Tau!.Describe(world),
            User = settings.World == Workshop ? null : user.Name,
        };

        Directory.CreateDirectory(place);

        // What is there is of another policy when a run is gone on with from before this moment: play it again.
        File.Delete(Path.Combine(place, ReportFile));
        File.Delete(Path.Combine(place, EpisodesFile));
        using var store = EpisodeStore.Open(Path.Combine(place, EpisodesFile), setting);
        var run = new EvaluationRun(player, plan, FailureNaming.Of);
        var asked = user.Counts;
        var episodes = await run.PlayAsync(store, (done, of) => observer.OnProgress(new RunProgress(StageOf(moment, world), done, of, "episodes")), cancel);
        var report = EvaluationReport.Of(setting, plan.Episodes, episodes, EvaluationCost.Of(episodes) with
        {
            User = setting.User is not null && asked is not null ? EvaluationCost.Of(user.Counts!.Since(asked)) : null,
        });
        AtomicFile.Write(Path.Combine(place, ReportFile), report.ToJson());
        if (episodes.Any(ContextRoom.HadNone))
            observer.OnNote($"{world}: {ContextRoom.WantOf(episodes, $"{rollout.MaxTokens} tokens (rollout.max_tokens)")}");
    }

    private string StageOf(string moment, string world)
    {
        var when = moment is "before" or "after" ? $"{moment} training" : $"after step {int.Parse(moment["step-".Length..], CultureInfo.InvariantCulture)}";
        return _plans.Length == 1 ? $"evaluation {when}" : $"evaluation {when}, {world}";
    }
}
