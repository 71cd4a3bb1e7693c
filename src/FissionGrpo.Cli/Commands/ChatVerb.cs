using System.CommandLine;
using FissionGrpo.Cli.Shells;
using FissionGrpo.Cli.Views;
using FissionGrpo.Cli.Worlds;
using FissionGrpo.Environments.Workshop;
using FissionGrpo.Environments.Workshop.Full;
using FissionGrpo.Episodes;
using FissionGrpo.Evaluation.Chat;
using FissionGrpo.Model.Policy;
using FissionGrpo.Rollouts;
using FissionGrpo.Seeds;

namespace FissionGrpo.Cli.Commands;

/// <summary><c>fission chat</c>: a person talks to a checkpoint, with a Workshop world behind it.</summary>
internal static class ChatVerb
{
    public static Command Make(Shell shell)
    {
        var checkpoint = new Argument<string>("checkpoint") { Description = "A run folder or a checkpoint in Hugging Face layout." };
        var task = new Option<long>("--task") { Description = "The number of the held-out task that gives the world and its tools: 5 is workshop-held-out-5.", DefaultValueFactory = _ => 0, HelpName = "N" }.AtLeast(0);
        var temperature = new Option<float>("--temperature") { Description = "0 is greedy.", DefaultValueFactory = _ => 0, HelpName = "T" }.AtLeast(0);
        var (seed, threads) = (CommonOptions.Seed(), CommonOptions.Threads());
        var verb = new Verb(
            "chat",
            "Talks to a checkpoint; its tool calls are executed in a Workshop world. An empty line says what the task's user would say.",
            "chat out/first",
            "chat out/first --task 5")
        {
            checkpoint, task, temperature, seed, threads,
        };
        verb.SetAction(async (parse, cancel) =>
        {
            using var opened = OpenedCheckpoint.Open(parse.GetValue(checkpoint)!, parse.GetValue(threads));
            if (ModelFolder.StandIn(parse.GetValue(checkpoint)!, opened.Folder) is { } standIn)
                shell.Tell(standIn);
            var index = parse.GetValue(task);
            var heat = parse.GetValue(temperature);
            await TalkAsync(shell, opened, index, heat, parse.GetValue(seed), cancel);
            return Failures.Done;
        });
        return verb;
    }

    private static async Task TalkAsync(Shell shell, OpenedCheckpoint opened, long index, float temperature, ulong seed, CancellationToken cancel)
    {
        var world = opened.Settings?.Workshop ?? new WorkshopOptions();
        var root = opened.Settings?.Run.Seed ?? seed;
        EpisodeTask task = world.Profile is WorkshopProfile.Full
            ? FullTaskSource.Local(FullTaskSource.Open(world.Full ?? new FullOptions(), root, shell.DataFolder).Task(WorkshopSplit.HeldOut, index))
            : new WorkshopGenerator(world, new Seed(root).Derive("world")).Task(WorkshopSplit.HeldOut, index);
        var (limits, environment) = (opened.Settings?.Run.Rollout ?? new RolloutOptions(MaxReplyTokens: 512), task.Start());
        var dialogue = new LiveDialogue(
            opened.Format, opened.Policy, task.SystemPrompt, environment, new SamplingOptions(temperature), limits.MaxReplyTokens, limits.MaxStepsPerTurn, new Seed(seed).Derive("chat"),
            opened.Policy.Configuration.MaxPositions);
        var said = "";
        var next = await environment.NextUserTurnAsync(said, cancel);
        shell.Out.WriteLine($"Tools: {string.Join(", ", environment.Tools.Select(t => t.Name))}. An empty line says what the user of {task.Id} would say; /quit ends.");
        while (!cancel.IsCancellationRequested)
        {
            var suggestion = (next as UserTurn.Says)?.Text;
            await shell.Out.WriteAsync(suggestion is null ? "you> " : $"you [{suggestion}]> ");
            await shell.Out.FlushAsync(cancel);
            if (await shell.In.ReadLineAsync(cancel) is not { } line || line.Trim() == "/quit" || (line.Trim().Length == 0 && suggestion is null))
                break;
            var scripted = line.Trim().Length == 0;
            if (shell.IsPiped)
                shell.Out.WriteLine(scripted ? suggestion : line);
            var goesOn = false;
            await foreach (var step in dialogue.SayAsync(scripted ? suggestion! : line, cancel))
            {
                TrajectoryView.Show(shell.Out, step);
                (said, goesOn) = (step.Text, !step.Calls.IsEmpty);
            }
            if (goesOn)
                shell.Out.WriteLine($"(The turn ends here: {limits.MaxStepsPerTurn} replies with calls, the most of one turn{(opened.Settings is null ? "" : " (rollout.max_steps_per_turn of its run)")}. Say something to go on.)");
            if (scripted)
                next = await environment.NextUserTurnAsync(said, cancel);
        }
        shell.Out.WriteLine();
        var score = environment.Score();
        shell.Out.WriteLine(score.Correct ? "The task is done as its user wanted." : $"The task is not done: {score.Reason}.");
    }
}
