using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using FissionGrpo.Cli.Commands;
using FissionGrpo.Cli.Options;
using FissionGrpo.Cli.Runs;
using FissionGrpo.Cli.Shells;
using FissionGrpo.Cli.Worlds;
using FissionGrpo.Episodes;
using FissionGrpo.Fission;
using FissionGrpo.Model.Adapters;
using FissionGrpo.Model.Policy;
using FissionGrpo.Seeds;
using FissionGrpo.Text.Tokenization;
using FissionGrpo.Training;
using Spectre.Console;

namespace FissionGrpo.Cli.Simulator;

/// <summary><c>fission simulator train</c>: fine-tunes a model on collected lessons.</summary>
internal static class TrainSimulatorVerb
{
    public static Command Make(Shell shell)
    {
        var lessons = new Argument<string>("lessons") { Description = "A file that `fission simulator collect` wrote." };
        var model = new Option<string>("--model") { Description = "The model to start from: the policy's own run folder or checkpoint, whose tokenizer the simulator must share.", HelpName = "FOLDER", Required = true };
        var output = new Option<string>("--output") { Description = "The simulator's folder, for simulator.checkpoint of `fission train`.", HelpName = "FOLDER", Required = true };
        var epochs = new Option<int>("--epochs") { Description = "Passes over the lessons.", DefaultValueFactory = _ => 3, HelpName = "N" }.AtLeast(1);
        var batch = new Option<int>("--batch") { Description = "Lessons in an optimizer step.", DefaultValueFactory = _ => 16, HelpName = "N" }.AtLeast(1);
        var rate = new Option<double>("--learning-rate") { Description = "At the start; it falls to 0. About 1e-5 for a real model, 1e-4 with adapters.", DefaultValueFactory = _ => 1e-3, HelpName = "RATE" }.AtLeast(0);
        var lora = new Option<int>("--lora") { Description = "Train adapters of this rank instead of all weights; they are merged at the end. 0 trains the weights.", DefaultValueFactory = _ => 0, HelpName = "RANK" }.AtLeast(0);
        var heldOut = new Option<double>("--held-out") { Description = "Share of the tasks whose lessons are kept for the measurement.", DefaultValueFactory = _ => 0.1, HelpName = "SHARE" }.AtLeast(0);
        var maxTokens = new Option<int>("--max-tokens") { Description = "The most tokens of a diagnostic.", DefaultValueFactory = _ => 128, HelpName = "N" }.AtLeast(1);
        var seesAnswer = new Option<bool>("--sees-answer") { Description = "The simulator reads the expected calls too (simulator.sees_answer)." };
        var (seed, threads, json) = (CommonOptions.Seed(), CommonOptions.Threads(), CommonOptions.Json());
        var verb = new Verb(
            "train",
            "Fine-tunes a model on lessons and measures it on held-out ones: agreement, kappa, leak rate.",
            "simulator train out/lessons.jsonl --model out/first --output out/simulator",
            "simulator train out/lessons.jsonl --model out/first --lora 8 --epochs 1 --output out/simulator-lora/")
        {
            lessons, model, output, epochs, batch, rate, lora, heldOut, maxTokens, seesAnswer, seed, threads, json,
        };
        verb.SetAction(async (parse, cancel) =>
        {
            if (parse.GetValue(heldOut) >= 1)
                throw new UserErrorException($"--held-out is {parse.GetValue(heldOut)}, expected less than 1. Something must be left to train on; try 0.1.");
            var target = parse.GetValue(output)!;
            if (Directory.Exists(target) && Directory.EnumerateFileSystemEntries(target).Any())
                throw new UserErrorException($"--output {target}: is not an empty folder. Give another.");
            var (_, items) = LessonFile.Read(parse.GetValue(lessons)!);
            using var checkpoint = OpenedCheckpoint.Open(parse.GetValue(model)!, parse.GetValue(threads), Adapters(parse.GetValue(lora)), toTrain: true);
            var options = new SimulatorOptions(
                SimulatorKind.Learned, parse.GetValue(seesAnswer), items.Length, parse.GetValue(epochs), parse.GetValue(batch), (float)parse.GetValue(rate), parse.GetValue(maxTokens));
            var report = await new SimulatorFineTuning(
                checkpoint.Policy, checkpoint.Format, options, checkpoint.Policy.Configuration.MaxPositions, new Seed(parse.GetValue(seed)).Derive("simulator"))
                .RunAsync(items, parse.GetValue(heldOut), p => Tell(shell, p), cancel);
            await SaveAsync(checkpoint.Policy, checkpoint.Format.Tokenizer, target, cancel);
            if (parse.GetValue(json))
                shell.Out.WriteLine(JsonSerializer.Serialize(report, LessonJson.Default.FineTuningReport));
            else
                Show(shell, report, target, Trainable(parse.GetValue(model)!, checkpoint.Policy.Configuration.MaxPositions));
            return Failures.Done;
        });
        return verb;
    }

    private static LoraOptions? Adapters(int rank) => rank == 0 ? null : new LoraOptions(rank, 2 * rank);

    private static async Task SaveAsync(TransformerPolicy policy, Tokenizer tokenizer, string target, CancellationToken cancel)
    {
        target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(target)); // beside it, not inside, also when it is given as FOLDER/
        var fresh = Path.Combine(Path.GetDirectoryName(target)!, $".{Path.GetFileName(target)}-{Environment.ProcessId}"); // under a name that nobody's model has
        if (Directory.Exists(fresh))
            Directory.Delete(fresh, recursive: true);
        await policy.SaveMergedAsync(fresh, cancel);
        tokenizer.Save(fresh);
        if (Directory.Exists(target))
            Directory.Delete(target);
        Directory.Move(fresh, target);
    }

    private static void Tell(Shell shell, RunProgress progress)
    {
        if (progress.Done == progress.Total || progress.Done % 10 == 0)
            shell.Tell(string.Create(CultureInfo.InvariantCulture, $"simulator  step {progress.Done} of {progress.Total}  loss {progress.Loss:0.000}"));
    }

    /// <summary>What to train so that the policy has the model's tokenizer: the embedded one depends on a run's tasks, so the run that it came from is repeated.</summary>
    private static string Trainable(string model, int positions) => RunSettingsFile.Enclosing(model) is { } run
        ? CommandLine.Word(RunSettingsFile.PathIn(Path.GetRelativePath(Environment.CurrentDirectory, run)))
        : Profiles.LineFor(model, positions);

    private static void Show(Shell shell, FineTuningReport report, string target, string trainable)
    {
        shell.Screen.Line(string.Create(CultureInfo.InvariantCulture, $"{report.Lessons} lessons trained on, {report.HeldOut} of other tasks held out, {report.TooLong} too long for the model; loss {report.Loss:0.000}"));
        if (report.CutOff > 0)
            shell.Screen.Line($"{report.CutOff} diagnostics of the teacher have more tokens than --max-tokens: the simulator's would be cut off there, and the raw error stand in.");
        var table = new Table().Border(TableBorder.Rounded).AddColumns("on the held-out lessons", "before", "after");
        table.AddRow("diagnostics that can be used", Share(report.Before.Usable, report.Before.Asked), Share(report.After.Usable, report.After.Asked));
        table.AddRow("agreement with the true category", Percent(report.Before.Alignment?.Agreement), Percent(report.After.Alignment?.Agreement));
        table.AddRow("Cohen's kappa", Number(report.Before.Alignment?.Kappa), Number(report.After.Alignment?.Kappa));
        table.AddRow("leak rate", Percent(report.Before.LeakRate), Percent(report.After.LeakRate));
        if (report is { Before.Alignment: { } before, After.Alignment: { } after })
            foreach (var (category, recall) in after.Recall)
                table.AddRow($"  {category.Replace('_', ' ')} ({after.Occurrences[category]})", Percent(before.Recall[category]), Percent(recall));
        shell.Screen.Write(table);
        shell.Screen.Line($"The simulator is in {target}. Use it: fission train {trainable} --set simulator.kind=learned --set simulator.checkpoint={CommandLine.Word(target)}");

        static string Share(int count, int of) => $"{count} of {of}";
        static string Percent(double? share) => share is { } value ? string.Create(CultureInfo.InvariantCulture, $"{100 * value:0.0}%") : "–";
        static string Number(double? figure) => figure is { } value ? string.Create(CultureInfo.InvariantCulture, $"{value:0.00}") : "–";
    }
}
