using System.Collections.Immutable;
using System.CommandLine;
using System.Text.Json;
using FissionGrpo.Cli.Commands;
using FissionGrpo.Cli.Options;
using FissionGrpo.Cli.Shells;
using FissionGrpo.Cli.Worlds;
using FissionGrpo.Environments.Workshop;
using FissionGrpo.Episodes;
using FissionGrpo.Evaluation.Endpoints;
using FissionGrpo.Rewards;
using FissionGrpo.Rollouts;
using FissionGrpo.Training;
using Spectre.Console;

namespace FissionGrpo.Cli.Simulator;

/// <summary><c>fission simulator collect</c>: a policy's own failures, explained.</summary>
internal static class CollectVerb
{
    private const string Diagnoser = "diagnoser";

    public static Command Make(Shell shell)
    {
        var world = new Argument<string>("world") { Description = "Whose tasks are played. Those of bfcl are the benchmark's own: do not report scores on them afterwards. Those of tau and tau2 are of the split train.", DefaultValueFactory = _ => "workshop" }.OneOf("bfcl", "tau", "tau2", "workshop");
        var policy = new Option<string>("--policy") { Description = "A run folder or checkpoint: whose failures are wanted.", HelpName = "FOLDER", Required = true };
        var output = new Option<string>("--output") { Description = "The lessons, one JSON object a line; run again to go on after an interruption.", HelpName = "FILE", Required = true };
        var items = new Option<int>("--items") { Description = "Lessons wanted.", DefaultValueFactory = _ => 2000, HelpName = "N" }.AtLeast(1);
        var unit = new Option<TrajectoryUnit?>("--unit") { Description = "turn (the default) plays single turns after the ground truth's history, episode plays whole episodes; tau and tau2, whose user decides the turns, have episodes only." }.OneOf();
        var endpoint = new Option<string?>("--teacher-endpoint") { Description = "An OpenAI-compatible server whose model explains the failures; the rule-based diagnoser does without.", HelpName = "URL" };
        var model = new Option<string?>("--teacher-model") { Description = "That model's name.", HelpName = "NAME" };
        var keyVariable = new Option<string>("--teacher-api-key-variable") { Description = "The environment variable that holds that server's key.", DefaultValueFactory = _ => "OPENAI_API_KEY", HelpName = "NAME" };
        var domain = new Option<string?>("--domain") { Description = "tau, tau2: the domain; that of the policy's own run, or else retail.", HelpName = "NAME" };
        var data = new Option<string?>("--data") { Description = "The benchmark's folder, instead of the data folder.", HelpName = "FOLDER" };
        var (seed, threads, json) = (CommonOptions.Seed(), CommonOptions.Threads(), CommonOptions.Json());
        var verb = new Verb(
            "collect",
            "Plays a policy on training tasks and writes down its failures with a teacher's diagnostics.",
            "simulator collect workshop --policy out/first --items 40 --output out/lessons.jsonl",
            "simulator collect workshop --policy out/first --items 20 --teacher-endpoint http://localhost:8000/v1 --teacher-model Qwen/Qwen3-32B --output out/taught.jsonl")
        {
            world, policy, output, items, unit, domain, endpoint, model, keyVariable, data, seed, threads, json,
        };
        verb.SetAction(async (parse, cancel) =>
        {
            if (Directory.Exists(parse.GetValue(output)))
                throw new UserErrorException($"--output {parse.GetValue(output)}: is a folder, expected a file to write, such as {Path.Combine(parse.GetValue(output)!, "lessons.jsonl")}.");
            using var checkpoint = OpenedCheckpoint.Open(parse.GetValue(policy)!, parse.GetValue(threads));
            if (ModelFolder.StandIn(parse.GetValue(policy)!, checkpoint.Folder) is { } standIn)
                shell.Tell(standIn);
            var choice = new PlayerChoice(null, null, null, null, null, 0, parse.GetValue(seed), 8, 3, TimeSpan.FromSeconds(120), null);
            using var server = parse.GetValue(endpoint) is { } address
                ? Players.Endpoint("--teacher-", address, parse.GetValue(model), shell.Variables.GetValueOrDefault(parse.GetValue(keyVariable)!), 0.3, choice, shell)
                : null;
            var place = parse.GetValue(world)!;
            var played = UnitOf(place, parse.GetValue(unit));
            var tasks = Tasks(place, parse.GetValue(domain), parse.GetValue(data), checkpoint, parse.GetValue(seed), shell);
            var rollouts = new RolloutEngine(checkpoint.Format, Players.Limits(checkpoint, place) with { Unit = played, Temperature = 1 }, shell.Clock);
            var teacher = server is null ? null : new EndpointSimulator(server, checkpoint.Format, seesAnswer: true);
            var source = new LessonSource(
                1, tasks.Identity, Path.GetFullPath(checkpoint.Folder), server?.Name ?? Diagnoser, parse.GetValue(seed), played, checkpoint.Fingerprint());
            using var writing = WriterLock.OfFile(parse.GetValue(output)!);
            var report = await new SimulatorCollection(
                tasks, rollouts, checkpoint.Policy, teacher, checkpoint.Settings?.Run.Reward ?? new RewardOptions(), source)
                .RunAsync(parse.GetValue(output)!, parse.GetValue(items), p => shell.Tell($"lessons  {p.Done} of {p.Total}"), cancel);
            Show(shell, report, parse.GetValue(output)!, parse.GetValue(items), parse.GetValue(json));
            return report.Lessons > 0 ? Failures.Done : Failures.Failed;
        });
        return verb;
    }

    private static TrajectoryUnit UnitOf(string world, TrajectoryUnit? asked) => (TauParty.IsFor(world), asked) switch
    {
        (true, TrajectoryUnit.Turn) => throw new UserErrorException($"--unit turn: the user of {world} decides the turns as the conversation goes, so whole episodes are played. Leave the option out."),
        (true, _) => TrajectoryUnit.Episode,
        _ => asked ?? TrajectoryUnit.Turn,
    };

    /// <summary>Training tasks as the policy's own run has them, where it has run in that world.</summary>
    private static ITaskSource Tasks(string world, string? domain, string? data, OpenedCheckpoint checkpoint, ulong seed, Shell shell)
    {
        if (domain is not null && !TauParty.IsFor(world))
            throw new UserErrorException($"--domain is for tau and tau2; this collects on {world}.");
        TestTasks.CheckData(world, data);
        if (world == TrainingWorlds.Workshop)
            return checkpoint.Settings is { } settings ? WorkshopWorld.Source(settings, shell.DataFolder) : new WorkshopTaskSource(new WorkshopOptions(), seed, null);
        var tau = checkpoint.Settings is { } own && own.World == world && (domain ?? own.Tau.Domain) == own.Tau.Domain ? own.Tau : new TauSettings();
        ImmutableArray<EpisodeTask> tasks =
        [
            .. TestTasks.Of(
                new TestTaskRequest(
                    world, data ?? tau.Data, [], null, seed, new WorkshopOptions(), IsLocal: true,
                    TauParty.IsFor(world) ? new TauChoice([domain ?? tau.Domain], tau.Split, ShowsPolicy: tau.ShowPolicy, Tools: tau.Tools) : null),
                shell).Select(t => t.Task),
        ];
        return TauParty.IsFor(world) ? new TauTaskSource(world, tasks, OpenUser.Scripted.Name, seed) : new ListedTasks(world, tasks);
    }

    internal static void Show(Shell shell, CollectionReport report, string path, int wanted, bool asJson)
    {
        if (asJson)
        {
            shell.Out.WriteLine(JsonSerializer.Serialize(report, LessonJson.Default.CollectionReport));
            return;
        }
        var table = new Table().Border(TableBorder.Rounded).AddColumns("what went wrong", "lessons");
        foreach (var (category, count) in report.Categories.OrderByDescending(c => c.Value))
            table.AddRow(category.Replace('_', ' '), $"{count}");
        if (report.Lessons > 0)
            shell.Screen.Write(table);
        foreach (var (reason, count) in report.LeftOut)
            shell.Screen.Line($"{count} failures left out in this sitting, {reason.Replace('_', ' ')}: {report.Causes[reason]}");
        if (report.Lessons == 0)
        {
            shell.Screen.Line($"No lessons from {report.Played} trajectories: {(report.LeftOut.IsEmpty
                ? "the policy made no mistakes. Take a weaker checkpoint, or a harder world"
                : "every failure was left out. Replies that cannot be read are no lessons: take a checkpoint that writes tool calls in its format")}.");
            return;
        }
        if (report.Lessons < wanted)
            shell.Screen.Line($"{report.Lessons} of {wanted} lessons: the last rounds brought no new one.");
        shell.Screen.Line($"{report.Lessons} lessons in {path}. Next: fission simulator train {CommandLine.Word(path)} --model FOLDER --output FOLDER");
    }

    /// <summary>A fixed list of tasks that goes round.</summary>
    private sealed class ListedTasks(string world, IReadOnlyList<EpisodeTask> tasks) : ITaskSource
    {
        public string Identity => $"{world}, {tasks.Count} tasks";

        public EpisodeTask TrainingTask(long index) => tasks[(int)(index % tasks.Count)];

        public EpisodeTask Find(string taskId) => tasks.First(t => t.Id == taskId);

        public Demonstration? Demonstrate(long index, DemonstrationKind kind) => null;
    }
}
