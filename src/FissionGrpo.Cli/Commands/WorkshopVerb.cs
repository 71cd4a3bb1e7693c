using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using FissionGrpo.Cli.Options;
using FissionGrpo.Cli.Shells;
using FissionGrpo.Cli.Worlds;
using FissionGrpo.Environments.Bfcl;
using FissionGrpo.Environments.Workshop;
using FissionGrpo.Environments.Workshop.Full;
using FissionGrpo.Episodes;
using FissionGrpo.Evaluation.Data;
using FissionGrpo.Seeds;
using Spectre.Console;

namespace FissionGrpo.Cli.Commands;

/// <summary><c>fission workshop</c>: tasks of the full profile as files, and how they compare with the official ones.</summary>
internal static class WorkshopVerb
{
    public static Command Make(Shell shell)
    {
        var workshop = new Verb("workshop", "Writes and measures generated tasks in BFCL's own format.", "workshop report --tasks 50");
        workshop.Add(Generate(shell));
        workshop.Add(Report(shell));
        return workshop;
    }

    private static Verb Generate(Shell shell)
    {
        var profile = Profile();
        var tasks = new Option<int>("--tasks") { Description = "Tasks of each category.", DefaultValueFactory = _ => 200, HelpName = "N" };
        var output = new Option<string>("--output") { Description = "The folder to write; it must be empty or new.", Required = true, HelpName = "FOLDER" };
        var (split, category, data, seed) = (Split(), Category(), Data(), CommonOptions.Seed());
        var verb = new Verb(
            "generate",
            "Writes tasks with their ground truth, function documents and tables: a folder that can be evaluated like the official data.",
            "workshop generate --tasks 5 --output out/workshop-tasks",
            "workshop generate --profile full --seed 7 --tasks 3 --category base miss_param --output out/some-tasks")
        {
            profile, tasks, split, category, data, seed, output,
        };
        verb.SetAction(parse =>
        {
            var count = AtLeastOne(parse.GetValue(tasks));
            var folder = parse.GetValue(output)!;
            if (File.Exists(folder) || (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any()))
                throw new UserErrorException($"--output {folder}: is not an empty folder. Give another one.");
            var official = Official(shell, parse.GetValue(data), isRequired: false);
            var source = new FullWorkshop(new FullOptions([.. parse.GetValue(category) ?? []], OfficialTables: official is not null), new Seed(parse.GetValue(seed)), official);
            var done = 0;
            foreach (var (path, content) in FullFiles.Write(source, WorkshopTests.SplitOf(parse.GetValue(split)!), count, () => done++))
            {
                Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(folder, path))!);
                AtomicFile.Write(Path.Combine(folder, path), content);
            }
            shell.Out.WriteLine($"{done} tasks in {folder}, with {(official is null ? "the Workshop's own tables: for this program (the official one has its tables built in; give --data for those)" : "the official tables: for this program and the official one")}.");
            shell.Tell($"Check them: fission evaluate bfcl --policy ground-truth --data {CommandLine.Word(folder)}");
            return Failures.Done;
        });
        return verb;
    }

    private static Verb Report(Shell shell)
    {
        var profile = Profile();
        var tasks = new Option<int>("--tasks") { Description = "Generated tasks of each category.", DefaultValueFactory = _ => 500, HelpName = "N" };
        var (split, category, data, seed, json) = (Split(), Category(), Data(), CommonOptions.Seed(), CommonOptions.Json());
        var verb = new Verb(
            "report",
            "Compares generated tasks with the official ones (which must have been added, or be given by --data): how alike they are in shape, and that they share none.",
            "workshop report --tasks 50")
        {
            profile, tasks, split, category, data, seed, json,
        };
        verb.SetAction(parse =>
        {
            var official = Official(shell, parse.GetValue(data), isRequired: true)!;
            var source = new FullWorkshop(new FullOptions([.. parse.GetValue(category) ?? []], OfficialTables: true), new Seed(parse.GetValue(seed)), official);
            var report = ShapeReport.Of(official, source, WorkshopTests.SplitOf(parse.GetValue(split)!), AtLeastOne(parse.GetValue(tasks)));
            if (parse.GetValue(json))
                shell.Out.WriteLine(AsJson(report));
            else
                Show(shell, report);
            return report.SharedTasks == 0 ? Failures.Done : Failures.Failed;
        });
        return verb;
    }

    /// <summary>The official data, where it is given or has been added.</summary>
    private static BfclData? Official(Shell shell, string? folder, bool isRequired)
    {
        var library = new BenchmarkLibrary(shell.DataFolder);
        return folder is not null ? BfclData.Load(folder)
            : library.Status("bfcl").IsComplete ? BfclData.Load(library.FolderOf("bfcl"))
            : isRequired ? BfclData.Load(library.RequireFolder("bfcl"))
            : null;
    }

    private static Option<string> Profile()
    {
        return new Option<string>("--profile") { Description = "full: all eight classes and four categories.", DefaultValueFactory = _ => "full" }.OneOf("full");
    }

    private static Option<string> Split()
    {
        return new Option<string>("--split") { Description = "train, in-distribution, or held-out (values and wordings that training never sees).", DefaultValueFactory = _ => "train" }.OneOf("train", "in-distribution", "held-out");
    }

    private static Option<WorkshopCategory[]> Category()
    {
        var names = Enum.GetValues<WorkshopCategory>().ToDictionary(Choices.NameOf, StringComparer.OrdinalIgnoreCase);
        var category = new Option<WorkshopCategory[]>("--category")
        {
            Description = $"Only these categories ({string.Join(", ", Choices.NamesOf<WorkshopCategory>())}).", HelpName = "NAME", AllowMultipleArgumentsPerToken = true,
            CustomParser = result => [.. result.Tokens.Where(t => Known(t.Value, result)).Select(t => names[t.Value])],
        };
        category.CompletionSources.Add([.. names.Keys]);
        return category;

        bool Known(string name, System.CommandLine.Parsing.ArgumentResult result)
        {
            if (!names.ContainsKey(name))
                result.AddError($"--category {name}: there are {string.Join(", ", names.Keys)}.");
            return names.ContainsKey(name);
        }
    }

    private static Option<string?> Data() => new("--data") { Description = "The official BFCL data, instead of the data folder's.", HelpName = "FOLDER" };

    private static int AtLeastOne(int value) => value >= 1 ? value : throw new UserErrorException($"--tasks is {value}, expected 1 or more.");

    private static void Show(Shell shell, ShapeReport report)
    {
        var table = new Table().Border(TableBorder.Rounded).AddColumns("distribution of", "distance", "official halves", "largest differences (official / generated)");
        foreach (var row in report.Rows)
            table.AddRow(
                Markup.Escape(row.Feature), Figure(row.Distance), Figure(row.OfficialHalves),
                Markup.Escape(string.Join(", ", row.Largest.Take(3).Select(l => string.Create(CultureInfo.InvariantCulture, $"{l.Value} {l.Official:P1}/{l.Workshop:P1}")))));
        shell.Screen.Write(table);
        shell.Screen.Line($"Total variation distance over {report.OfficialTasks} official and {report.Tasks} generated tasks: 0 is equal, 1 has nothing in common. Halves: two halves of the official tasks.");
        shell.Screen.Line($"Generated tasks that share a user turn, a start state or their expected calls with an official task: {report.SharedTasks}.");
        shell.Screen.Line(string.Create(
            CultureInfo.InvariantCulture,
            $"Turns that expect the calls of some official turn: {report.SharedTurnTruths:P1}. Runs of words that occur officially: {string.Join(", ", report.SharedGrams.Select(g => string.Create(CultureInfo.InvariantCulture, $"{g.Words} words {g.Share:P2}")))}."));
    }

    private static string Figure(double value) => value.ToString("0.000", CultureInfo.InvariantCulture);

    private static string AsJson(ShapeReport report)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true }))
        {
            writer.WriteStartObject();
            writer.WriteNumber("official_tasks", report.OfficialTasks);
            writer.WriteNumber("tasks", report.Tasks);
            writer.WriteNumber("shared_tasks", report.SharedTasks);
            writer.WriteNumber("shared_turn_truths", report.SharedTurnTruths);
            writer.WriteStartObject("shared_grams");
            foreach (var (words, share) in report.SharedGrams)
                writer.WriteNumber(words.ToString(CultureInfo.InvariantCulture), share);
            writer.WriteEndObject();
            writer.WriteStartArray("distributions");
            foreach (var row in report.Rows)
            {
                writer.WriteStartObject();
                writer.WriteString("feature", row.Feature);
                writer.WriteNumber("distance", row.Distance);
                writer.WriteNumber("official_halves", row.OfficialHalves);
                writer.WriteStartArray("largest");
                foreach (var (value, official, generated) in row.Largest)
                {
                    writer.WriteStartObject();
                    writer.WriteString("value", value);
                    writer.WriteNumber("official", official);
                    writer.WriteNumber("generated", generated);
                    writer.WriteEndObject();
                }
                writer.WriteEndArray();
                writer.WriteEndObject();
            }
            writer.WriteEndArray();
            writer.WriteEndObject();
        }
        return System.Text.Encoding.UTF8.GetString(stream.ToArray());
    }
}
