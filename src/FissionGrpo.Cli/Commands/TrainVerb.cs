using System.CommandLine;
using System.Globalization;
using FissionGrpo.Cli.Options;
using FissionGrpo.Cli.Runs;
using FissionGrpo.Cli.Shells;
using FissionGrpo.Cli.Views;
using FissionGrpo.Cli.Watching;
using FissionGrpo.Cli.Worlds;
using FissionGrpo.Episodes;
using FissionGrpo.Training;

namespace FissionGrpo.Cli.Commands;

/// <summary><c>fission train</c>: a whole run, from nothing or from a checkpoint.</summary>
internal static class TrainVerb
{
    public static Command Make(Shell shell)
    {
        var runFile = new Argument<string?>("run-file") { Description = "Options as JSON (see runs/); the profile's stand where it is silent.", Arity = ArgumentArity.ZeroOrOne };
        var profile = new Option<string>("--profile") { Description = "Where options start from: default (minutes), fast (seconds, every stage) or real-model (a checkpoint of your own, with --set policy.checkpoint=FOLDER).", DefaultValueFactory = _ => Profiles.Default }.OneOf(Profiles.Names);
        var seed = new Option<ulong?>("--seed") { Description = "The root of every random draw; the same as --set seed=N.", HelpName = "N" };
        var set = new Option<string[]>("--set") { Description = "Sets one option, as in --set grpo.group_size=16. May be given many times.", HelpName = "NAME=VALUE" };
        var output = new Option<string?>("--output") { Description = "The run's folder; by default out/NAME-seedN, NAME being that of the run file, else of the profile.", HelpName = "FOLDER" };
        var resume = new Option<string?>("--resume") { Description = "Goes on with an interrupted run, with its own options.", HelpName = "FOLDER" };
        var (threads, json) = (CommonOptions.Threads(), CommonOptions.Json());
        var verb = new Verb(
            "train",
            "Trains a policy with Fission-GRPO: warm start, error simulator, training, evaluation before and after.",
            "train --profile fast --output out/first",
            "train --resume out/first",
            "train --profile fast --seed 2 --set fission.enabled=false --output out/grpo-only --json")
        {
            runFile, profile, seed, set, output, resume, threads, json,
        };
        verb.SetAction((parse, cancel) =>
        {
            var asJson = parse.GetValue(json);
            if (parse.GetValue(resume) is not { } old)
            {
                var (fresh, chosen) = Begin(shell, parse.GetValue(profile)!, parse.GetValue(runFile), parse.GetValue(seed), parse.GetValue(set) ?? [], parse.GetValue(output));
                return RunAsync(shell, fresh, chosen, parse.GetValue(threads), asJson, cancel);
            }
            if (new Symbol[] { runFile, profile, seed, set, output }.FirstOrDefault(symbol => IsGiven(parse, symbol)) is { } other)
                throw new UserErrorException($"--resume {old} goes on with the run's own options, which {other.Name} cannot change. Leave it out, or start a new run for other options.");
            var (folder, settings) = (new RunFolder(old), RunSettingsFile.Read(old));
            if (!RunComposition.IsFinished(folder, settings))
                return RunAsync(shell, folder, settings, parse.GetValue(threads), asJson, cancel);
            shell.Tell($"{old}: this run is finished; there is nothing to go on with.");
            return Task.FromResult(Show(shell, folder, settings, asJson));
        });
        return verb;
    }

    private static bool IsGiven(ParseResult parse, Symbol symbol) => symbol switch
    {
        Option option => parse.GetResult(option) is { Implicit: false },
        Argument argument => parse.GetResult(argument) is { Tokens.Count: > 0 },
        _ => false,
    };

    private static (RunFolder Folder, RunSettings Settings) Begin(Shell shell, string profile, string? runFile, ulong? seed, string[] set, string? output)
    {
        var layers = new OptionLayers();
        layers.Add($"profile {profile}", Profiles.Of(profile));
        if (runFile is not null)
            layers.AddFile(runFile);
        layers.AddVariables(shell.Variables);
        foreach (var setting in set)
            layers.AddSetting(setting);
        if (seed is { } root)
            layers.AddSetting(string.Create(CultureInfo.InvariantCulture, $"seed={root}"));
        var asked = RunSettings.Read(layers);
        var settings = ModelFolder.Settle(asked);
        if (Directory.Exists(asked.Run.Policy.Checkpoint) && ModelFolder.StandIn(asked.Run.Policy.Checkpoint, settings.Run.Policy.Checkpoint!) is { } standIn)
            shell.Tell(standIn);
        if (output is not null && (File.Exists(output) || (Directory.Exists(output) && Directory.EnumerateFileSystemEntries(output).Any())))
            throw new UserErrorException(File.Exists(RunSettingsFile.PathIn(output))
                ? $"{output}: holds a run already. Go on with it by --resume {CommandLine.Word(output)}, or give another --output."
                : $"{output}: is not an empty folder. Give another --output.");
        return (new RunFolder(output ?? FreeFolder(runFile is null ? profile : Path.GetFileNameWithoutExtension(runFile), settings.Run.Seed)), settings);
    }

    /// <summary><c>out/default-seed1</c>, or the first of <c>-2</c>, <c>-3</c>, … that is free.</summary>
    private static string FreeFolder(string name, ulong seed)
    {
        var first = string.Create(CultureInfo.InvariantCulture, $"{Path.Combine("out", name)}-seed{seed}");
        var folder = first;
        for (var i = 2; Directory.Exists(folder); i++)
            folder = string.Create(CultureInfo.InvariantCulture, $"{first}-{i}");
        return folder;
    }

    private static async Task<int> RunAsync(Shell shell, RunFolder folder, RunSettings settings, int? threads, bool asJson, CancellationToken cancel)
    {
        try
        {
            await WatchAsync(shell, folder, settings, threads, cancel);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            shell.Tell($"Stopped; finished stages, the steps of the warm start and those of training are saved. Go on with: fission train --resume {CommandLine.Word(folder.Root)}");
            throw;
        }
        catch (IOException) when (File.Exists(RunSettingsFile.PathIn(folder.Root)))
        {
            shell.Tell($"Stopped by the disk. Once that is mended: fission train --resume {CommandLine.Word(folder.Root)}");
            throw;
        }
        return Show(shell, folder, settings, asJson);
    }

    private static int Show(Shell shell, RunFolder folder, RunSettings settings, bool asJson)
    {
        var summary = RunComposition.End(folder, settings);
        if (asJson)
            shell.Out.WriteLine(RunSummaryJson.Write(folder, settings.Run, summary));
        else
            RunSummaryView.Show(shell.Screen, folder, settings, summary);
        return Failures.Done;
    }

    private static async Task WatchAsync(Shell shell, RunFolder folder, RunSettings settings, int? threads, CancellationToken cancel)
    {
        if (!shell.IsLive)
        {
            await TrainAsync(new PlainWatcher(shell, folder.Root, settings.Run.Train));
            return;
        }
        var live = new LiveWatcher(shell, folder.Root);
        await live.WatchAsync(() => TrainAsync(live));

        Task TrainAsync(ITrainingObserver watcher) => RunComposition.TrainAsync(folder, settings, threads, shell, watcher, cancel);
    }
}
