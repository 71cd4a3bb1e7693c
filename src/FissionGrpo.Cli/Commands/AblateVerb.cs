using System.CommandLine;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using FissionGrpo.Ablation;
using FissionGrpo.Cli.Options;
using FissionGrpo.Cli.Runs;
using FissionGrpo.Cli.Shells;
using FissionGrpo.Cli.Watching;
using FissionGrpo.Cli.Worlds;
using FissionGrpo.Model.Policy;
using FissionGrpo.Training;

namespace FissionGrpo.Cli.Commands;

/// <summary><c>fission ablate</c>: arms against each other on the same seeds, tasks and budgets.</summary>
internal static class AblateVerb
{
    public static Command Make(Shell shell)
    {
        var plan = new Argument<string>("plan") { Description = "What is compared, as JSON; see runs/ablations." };
        var output = new Option<string?>("--output") { Description = "The plan's folder; out/ablation-NAME by default. An interrupted plan goes on in it.", HelpName = "FOLDER" };
        var (threads, json) = (CommonOptions.Threads(), CommonOptions.Json());
        var verb = new Verb(
            "ablate",
            "Runs every arm of a plan on every seed, and reports paired differences with what they could have detected.",
            "ablate runs/ablations/smoke.json --output out/smoke")
        {
            plan, output, threads, json,
        };
        verb.SetAction(async (parse, cancel) =>
        {
            var path = parse.GetValue(plan)!;
            var read = AblationPlan.Read(path);
            var folder = parse.GetValue(output) ?? Path.Combine("out", $"ablation-{read.Name}");
            var runner = new AblationRunner(new Trials(shell, parse.GetValue(threads)), folder, (trial, done, of) => shell.Tell($"trial {done + 1}/{of}: {trial.Setting}, {trial.Arm}, seed {trial.Seed}"));
            try
            {
                var results = AblationResults.Of(read, await runner.RunAsync(read, cancel));
                Write(shell, folder, results, $"fission ablate {path}", parse.GetValue(json));
            }
            catch (OperationCanceledException) when (cancel.IsCancellationRequested)
            {
                shell.Tell($"Stopped; every finished run is kept. Go on with: fission ablate {path} --output {folder}");
                throw;
            }
            return Failures.Done;
        });
        return verb;
    }

    private static void Write(Shell shell, string folder, AblationResults results, string command, bool asJson)
    {
        var machine = $"{RuntimeInformation.ProcessArchitecture}, {Environment.ProcessorCount} processors, {RuntimeInformation.FrameworkDescription}";
        var markdown = AblationMarkdown.Write(results, command, machine);
        AtomicFile.Write(Path.Combine(folder, "results.json"), results.ToJson());
        AtomicFile.Write(Path.Combine(folder, "results.md"), markdown);
        AtomicFile.Write(Path.Combine(folder, "report.html"), AblationPage.Write(results, command, machine));
        shell.Out.WriteLine(asJson ? results.ToJson() : markdown);
        shell.Tell($"results.json, results.md and report.html are in {folder}");
    }

    /// <summary>A trial is a run like any other: default profile, then the plan's options.</summary>
    private sealed class Trials(Shell shell, int? threads) : ITrialRunner
    {
        public async Task<TrialResult> RunAsync(Trial trial, JsonObject options, string folder, CancellationToken cancel)
        {
            var layers = new OptionLayers();
            layers.Add($"the plan's arm {trial.Arm} in setting {trial.Setting}", options);
            var (settings, run) = (RunSettings.Read(layers), new RunFolder(folder));
            Directory.CreateDirectory(folder);
            RunSettingsFile.Write(folder, settings);
            Provenance.Write(run.Provenance, settings.Run.Seed, shell.Clock);
            var watcher = new QuietWatcher(shell);
            await new TrainingRun(
                settings.Run,
                run,
                WorkshopWorld.Source(settings),
                new EnginePolicyFactory(new EngineOptions(threads ?? 0)),
                new RunEvaluations(run, settings, shell, watcher),
                watcher,
                shell.Clock).RunAsync(cancel);
            return TrialMeasurements.Of(trial, run);
        }
    }
}
