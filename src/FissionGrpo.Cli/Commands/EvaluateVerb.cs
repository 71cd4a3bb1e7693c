using System.Collections.Immutable;
using System.CommandLine;
using FissionGrpo.Cli.Options;
using FissionGrpo.Cli.Runs;
using FissionGrpo.Cli.Shells;
using FissionGrpo.Cli.Views;
using FissionGrpo.Cli.Watching;
using FissionGrpo.Cli.Worlds;
using FissionGrpo.Environments.Workshop;
using FissionGrpo.Episodes;
using FissionGrpo.Evaluation;
using FissionGrpo.Evaluation.Chat;
using FissionGrpo.Evaluation.Metrics;
using FissionGrpo.Evaluation.Playing;
using FissionGrpo.Evaluation.Reports;
using FissionGrpo.Training;

namespace FissionGrpo.Cli.Commands;

/// <summary><c>fission evaluate</c>: a policy on a world's tasks.</summary>
internal static class EvaluateVerb
{
    public static Command Make(Shell shell)
    {
        var world = new Argument<string>("world") { Description = "What to evaluate on.", DefaultValueFactory = _ => "workshop" }.OneOf([.. TestTasks.Worlds]);
        var policy = new Option<string?>("--policy") { Description = "A run folder or checkpoint, or ground-truth.", HelpName = "FOLDER|ground-truth" };
        var endpoint = new Option<string?>("--endpoint") { Description = "Base address of an OpenAI-compatible server, ending with /v1.", HelpName = "URL" };
        var model = new Option<string?>("--model") { Description = "The model's name at the endpoint.", HelpName = "NAME" };
        var keyVariable = new Option<string>("--api-key-variable") { Description = "The environment variable that holds the endpoint's key.", DefaultValueFactory = _ => "OPENAI_API_KEY", HelpName = "NAME" };
        var replay = new Option<FileInfo?>("--replay") { Description = "Recorded trajectories to score instead of playing: a file, or the --output folder of an evaluation.", HelpName = "PATH" };
        var category = new Option<string[]>("--category") { Description = "Only these categories or slices.", HelpName = "NAME", AllowMultipleArgumentsPerToken = true };
        var limit = new Option<int?>("--limit") { Description = "At most this many tasks of each slice or category.", HelpName = "N" }.AtLeast(1);
        var samples = new Option<int>("--samples") { Description = "Tries of each task (k of pass@k).", DefaultValueFactory = _ => 1, HelpName = "K" }.AtLeast(1);
        var temperature = new Option<double?>("--temperature") { Description = "0 is greedy; the default is 0 for one try and 1 for several.", HelpName = "T" }.AtLeast(0);
        var concurrency = new Option<int>("--concurrency") { Description = "Episodes under way at an endpoint.", DefaultValueFactory = _ => 8, HelpName = "N" }.AtLeast(1);
        var attempts = new Option<int>("--attempts") { Description = "Attempts for one reply of an endpoint.", DefaultValueFactory = _ => 6, HelpName = "N" }.AtLeast(1);
        var timeout = new Option<double>("--timeout") { Description = "Seconds that one attempt may take.", DefaultValueFactory = _ => 120, HelpName = "SECONDS" }.Within(0.001, Bounds.SecondsOfADay);
        var pricePrompt = new Option<double?>("--price-prompt") { Description = "Price of a million prompt tokens at --endpoint, for the cost.", HelpName = "PRICE" }.AtLeast(0);
        var priceReply = new Option<double?>("--price-reply") { Description = "Price of a million reply tokens.", HelpName = "PRICE" }.AtLeast(0);
        var tau = new TauOptions();
        var data = new Option<string?>("--data") { Description = "The benchmark's folder, instead of the data folder.", HelpName = "FOLDER" };
        var output = new Option<string?>("--output") { Description = "Keep every trajectory in this folder; run again to go on after an interruption.", HelpName = "FOLDER" };
        var prompting = new Option<Prompting?>("--prompting") { Description = "native tool calls (the default), or python: BFCL's prompting mode (bfcl and workshop)." }.OneOf();
        var thinkHistory = new Option<ThinkHistory?>("--think-history") { Description = "Whether an endpoint's earlier reasoning is shown to it again: drop (the default), turn (since the user's last message), keep." }.OneOf();
        var faults = new Option<string[]>("--faults") { Description = $"Play every task once more with an injected fault: all, or some of {string.Join(", ", FaultClasses.All)}.", HelpName = "CLASS", AllowMultipleArgumentsPerToken = true };
        var profile = new Option<WorkshopProfile?>("--profile") { Description = "Which of the Workshop's task generators; a run's own by default, else small." }.OneOf();
        var (seed, threads, json) = (CommonOptions.Seed(), CommonOptions.Threads(), CommonOptions.Json());

        var verb = new Verb(
            "evaluate",
            "Evaluates a policy: a checkpoint, an endpoint, a recording, or the ground truth.",
            "evaluate workshop --policy ground-truth --limit 20",
            "evaluate workshop --profile full --policy ground-truth --limit 20",
            "evaluate workshop --policy out/first --limit 20 --samples 4 --json",
            "evaluate bfcl --policy ground-truth",
            "evaluate bfcl --policy ground-truth --faults all",
            "evaluate bfcl --endpoint http://localhost:8000/v1 --model Qwen/Qwen3-8B --limit 5 --output out/qwen3-8b",
            "evaluate tau2 --domain airline --endpoint http://localhost:8000/v1 --model Qwen/Qwen3-8B --user-endpoint http://localhost:8001/v1 --user-model gpt-4.1 --samples 4")
        {
            world, policy, endpoint, model, keyVariable, replay, category, limit, samples, temperature, concurrency, attempts, timeout, pricePrompt, priceReply, prompting, thinkHistory, faults, data, profile, output, seed, threads, json,
        };
        foreach (var option in tau.All)
            verb.Add(option);
        verb.SetAction(async (parse, cancel) =>
        {
            var tries = parse.GetValue(samples);
            var heat = parse.GetValue(temperature) ?? (tries == 1 ? 0 : 1);
            var choice = new PlayerChoice(
                parse.GetValue(policy), parse.GetValue(endpoint), parse.GetValue(model),
                shell.Variables.GetValueOrDefault(parse.GetValue(keyVariable)!), parse.GetValue(replay)?.FullName,
                heat, parse.GetValue(seed), parse.GetValue(concurrency), parse.GetValue(attempts),
                TimeSpan.FromSeconds(parse.GetValue(timeout)), parse.GetValue(threads))
            {
                Prompting = parse.GetValue(prompting) ?? Prompting.Native,
                ThinkHistory = parse.GetValue(thinkHistory),
            };
            var prices = (parse.GetValue(pricePrompt), parse.GetValue(priceReply));
            TestTasks.CheckData(parse.GetValue(world)!, parse.GetValue(data));
            using var checkpoint = choice.Policy is null || Players.IsGroundTruth(choice.Policy) ? null : OpenedCheckpoint.Open(choice.Policy, choice.Threads);
            if (checkpoint is not null && ModelFolder.StandIn(choice.Policy!, checkpoint.Folder) is { } standIn)
                shell.Tell(standIn);
            using var party = tau.Open(parse, parse.GetValue(world)!, choice, checkpoint?.Settings, shell);
            var request = new TestTaskRequest(
                parse.GetValue(world)!, parse.GetValue(data), [.. parse.GetValue(category) ?? []], parse.GetValue(limit), parse.GetValue(seed),
                Profiled(checkpoint?.Settings?.Workshop ?? new WorkshopOptions(), parse.GetValue(profile)), IsLocal: checkpoint is not null || choice.Prompting is Prompting.Python, party.Tasks)
            {
                Faults = [.. parse.GetValue(faults) ?? []],
            };
            var report = await RunAsync(shell, request, checkpoint, party, tries, choice, parse.GetValue(output), prices, cancel);
            if (parse.GetValue(json))
                shell.Out.WriteLine(report.ToJson());
            else
                EvaluationView.Show(shell.Screen, report);
            return report.Overall.Coverage is { Played: 0, Planned: > 0 } ? Failures.Failed : Failures.Done;
        });
        return verb;
    }

    private static async Task<EvaluationReport> RunAsync(
        Shell shell, TestTaskRequest request, OpenedCheckpoint? checkpoint, TauParty party, int samples, PlayerChoice choice, string? output, (double? Prompt, double? Reply) prices, CancellationToken cancel)
    {
        if (File.Exists(output))
            throw new UserErrorException($"--output {output}: is a file, expected a folder.");
        if (output is not null && File.Exists(RunSettingsFile.PathIn(output)))
            throw new UserErrorException($"--output {output}: holds a training run. Give a folder of its own, such as {Path.Combine(output, "evaluations", request.World)}.");
        using var player = Players.Open(choice, checkpoint, request, shell);
        var plan = new EvaluationPlan(player.Tasks ?? TestTasks.Of(request, shell), samples);
        var setting = new EvaluationSetting(player.Name, request.World, player.Prompting, player.ThinkHistory, choice.Temperature, samples, choice.Seed) with
        {
            TaskSet = party.Tasks?.Describe(request.World) ?? (request.World == "bfcl" ? BfclTests.TaskSetOf(plan.Tasks) : null),
            User = party.UserName,
            Judge = party.JudgeName,
            Fingerprint = output is null ? null : checkpoint?.Fingerprint(),
            UserFingerprint = output is null ? null : party.UserFingerprint(),
        };
        using var writing = output is null ? null : WriterLock.OfFolder(output);
        using var store = output is null ? null : EpisodeStore.Open(Path.Combine(output, "episodes.jsonl"), setting);
        var run = new EvaluationRun(player.Player, plan, FailureNaming.Of);
        IReadOnlyCollection<EvaluatedEpisode> episodes;
        var last = 0L;
        using var costs = new CostFile(
            output is null ? null : Path.Combine(output, "cost.json"),
            () => EvaluationCost.Of(player.Counts?.Invoke(), prices.Prompt, prices.Reply) with { User = party.UserCost, Judge = party.JudgeCost },
            shell.Clock);
        try
        {
            episodes = await run.PlayAsync(store, Progress, cancel);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested && output is not null)
        {
            shell.Tell($"Stopped. What was played is in {output}; run the same command again to go on.");
            throw;
        }
        finally
        {
            costs.Write();
        }
        if (player.Context is { } context && ContextRoom.WantOf(episodes, context) is { } want)
        {
            if (episodes.All(ContextRoom.HadNone))
                throw new UserErrorException($"No prompt leaves room for a reply in {context}. Take a model with a longer context.");
            shell.Tell(want);
        }
        var report = EvaluationReport.Of(setting, plan.Episodes, episodes, checkpoint is null ? costs.Total : costs.Total with { ReplyTokens = EvaluationCost.Of(episodes).ReplyTokens });
        if (output is not null)
            AtomicFile.Write(Path.Combine(output, "evaluation.json"), report.ToJson());
        if (store?.Episodes.Count(e => e.IsPlayed && !plan.Holds(e)) is > 0 and var besides)
            shell.Tell($"{output}: {besides} episodes of tasks that were not asked for now stay in episodes.jsonl and are not in these figures.");
        return report;

        void Progress(int done, int total)
        {
            if (done != total && shell.Clock.GetElapsedTime(last) < TimeSpan.FromSeconds(2))
                return;
            last = shell.Clock.GetTimestamp();
            shell.Tell(Lines.Stage(new RunProgress("evaluation", done, total, "episodes")));
        }
    }

    private static WorkshopOptions Profiled(WorkshopOptions options, WorkshopProfile? profile) => profile is { } chosen ? options with { Profile = chosen } : options;
}
