using System.CommandLine;
using FissionGrpo.Ablation;
using FissionGrpo.Cli.Ablations;
using FissionGrpo.Cli.Runs;
using FissionGrpo.Cli.Shells;
using FissionGrpo.Cli.Views;
using FissionGrpo.Episodes;

namespace FissionGrpo.Cli.Commands;

/// <summary><c>fission ablate</c>: arms × settings × seeds of a plan at equal budgets, and what the paired differences say.</summary>
internal static class AblateVerb
{
    public static Command Make(Shell shell)
    {
        var plan = new Argument<string>("plan") { Description = "The plan as JSON: runs/ablations/default.json is the one about the default run; docs/ablations.md explains plans." };
        var output = new Option<string?>("--output") { Description = "The plan's folder; out/ablation-NAME by default. A plan that was interrupted goes on in it.", HelpName = "FOLDER" };
        var parallel = new Option<int>("--parallel") { Description = "Runs at a time, each with an engine of its own. The results do not depend on it.", DefaultValueFactory = _ => 1, HelpName = "N" }.AtLeast(1);
        var threads = new Option<int?>("--threads") { Description = "Worker threads of each run; all cores shared out by default. The results do not depend on it.", HelpName = "N" }.AtLeast(1);
        var finished = new Option<bool>("--finished") { Description = "Run nothing: report on the seeds that all arms of a setting have finished, while the rest runs or where it was stopped." };
        var json = CommonOptions.Json();
        var verb = new Verb(
            "ablate",
            "Runs a plan of paired comparisons at equal sampled-token budgets, and reports differences with what could have been detected.",
            "ablate runs/ablations/smoke.json --output out/smoke --parallel 2 --threads 1",
            "ablate runs/ablations/smoke.json --output out/smoke --json")
        {
            plan, output, parallel, threads, finished, json,
        };
        verb.SetAction(async (parse, cancel) =>
        {
            var (path, atATime) = (parse.GetValue(plan)!, parse.GetValue(parallel));
            if (atATime > 256)
                throw new UserErrorException($"--parallel is {atATime}, expected 1 to 256.");
            var runs = PlannedRuns.Read(path, shell);
            var folder = parse.GetValue(output) ?? Path.Combine("out", $"ablation-{runs.Plan.Name}");
            if (File.Exists(folder))
                throw new UserErrorException($"--output {folder}: is a file, expected a folder.");
            if (File.Exists(RunSettingsFile.PathIn(folder)))
                throw new UserErrorException($"--output {folder}: holds a training run. Give a folder of its own.");
            var each = parse.GetValue(threads) ?? Math.Max(1, Environment.ProcessorCount / atATime);
            using var writing = parse.GetValue(finished) ? null : WriterLock.OfFolder(folder);
            var results = await RunAsync(shell, runs, folder, atATime, each, parse.GetValue(finished), $"fission ablate {CommandLine.Word(path)} --output {CommandLine.Word(folder)}", cancel);
            if (parse.GetValue(json))
                shell.Out.WriteLine(results.ToJson());
            else
                AblationView.Show(shell.Screen, runs.Plan, results, folder);
            return Failures.Done;
        });
        return verb;
    }

    private static async Task<AblationResults> RunAsync(
        Shell shell, PlannedRuns runs, string folder, int parallel, int threads, bool finished, string command, CancellationToken cancel)
    {
        var log = new AblationLog(shell);
        try
        {
            var runner = new AblationRunner(new TrialRuns(runs, threads, shell, log), folder, parallel, log.Done);
            var trials = finished ? runner.Finished(runs.Plan) : await runner.RunAsync(runs.Plan, cancel);
            var results = AblationResults.Of(runs.Plan, trials);
            AtomicFile.Write(Path.Combine(folder, "results.json"), results.ToJson() + "\n");
            AtomicFile.Write(Path.Combine(folder, "results.md"), AblationMarkdown.Write(results, command, Provenance.Line));
            AtomicFile.Write(Path.Combine(folder, "results.html"), AblationPage.Write(results, command, Provenance.Line));
            return results;
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            shell.Tell($"Stopped; every run is saved. Go on with: {command}");
            throw;
        }
    }
}
