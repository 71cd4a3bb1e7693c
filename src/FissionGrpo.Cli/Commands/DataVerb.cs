using System.CommandLine;
using System.Text.Json;
using FissionGrpo.Cli.Shells;
using FissionGrpo.Evaluation.Data;
using Spectre.Console;

namespace FissionGrpo.Cli.Commands;

/// <summary><c>fission data</c>: benchmark files in the user's own data folder.</summary>
internal static class DataVerb
{
    public static Command Make(Shell shell)
    {
        var data = new Verb("data", "Adds and checks the files of official benchmarks (they are not part of this program).", "data list");
        data.Add(Add(shell));
        data.Add(List(shell));
        return data;
    }

    private static Verb Add(Shell shell)
    {
        var benchmark = new Argument<string>("benchmark") { Description = "bfcl, tau or tau2." };
        benchmark.AcceptOnlyFromAmong([.. BenchmarkManifest.All.Select(m => m.Name)]);
        var path = new Argument<string>("path") { Description = "The official repository: its folder, an archive (.zip, .whl, .tar.gz), or the http(s) address of an archive." };
        var sha256 = new Option<string?>("--sha256") { Description = "What a downloaded archive must hash to.", HelpName = "HEX" };
        var timeout = new Option<double>("--timeout") { Description = "Seconds that a download may take in all.", DefaultValueFactory = _ => 600, HelpName = "SECONDS" }.Within(1, Bounds.SecondsOfADay);
        var json = CommonOptions.Json();
        var add = new Verb("add", "Brings a benchmark's files into the data folder, reads from its source what it ships only as source, and checks all by hash.", "data add bfcl path/to/gorilla") { benchmark, path, sha256, timeout, json };
        add.SetAction(async (parse, cancel) =>
        {
            var (library, name, source) = (new BenchmarkLibrary(shell.DataFolder), parse.GetValue(benchmark)!, parse.GetValue(path)!);
            var status = BenchmarkDownload.IsAddress(source)
                ? await BenchmarkDownload.UseAsync(source, parse.GetValue(sha256), TimeSpan.FromSeconds(parse.GetValue(timeout)), file => library.Add(name, file), cancel)
                : library.Add(name, source);
            Show(shell, [status], parse.GetValue(json));
            return status.IsComplete ? Failures.Done : Failures.Failed;
        });
        return add;
    }

    private static Verb List(Shell shell)
    {
        var json = CommonOptions.Json();
        var list = new Verb("list", "Shows what is in the data folder.", "data list", "data list --json") { json };
        list.SetAction(parse =>
        {
            var library = new BenchmarkLibrary(shell.DataFolder);
            Show(shell, [.. BenchmarkManifest.All.Select(m => library.Status(m.Name))], parse.GetValue(json));
            return Failures.Done;
        });
        return list;
    }

    private static void Show(Shell shell, IReadOnlyList<BenchmarkStatus> statuses, bool asJson)
    {
        if (asJson)
        {
            shell.Out.WriteLine(AsJson(statuses));
            return;
        }
        var table = new Table().Border(TableBorder.Rounded).AddColumns("benchmark", "official", "different", "missing", "folder");
        foreach (var status in statuses)
            table.AddRow(
                Markup.Escape(status.Manifest.Title),
                $"{status.In(BenchmarkFileState.Official).Count()}",
                $"{status.In(BenchmarkFileState.Different).Count()}",
                $"{status.In(BenchmarkFileState.Missing).Count()}",
                Markup.Escape(status.Folder));
        shell.Screen.Write(table);
        foreach (var status in statuses)
            Explain(shell, status);
    }

    private static void Explain(Shell shell, BenchmarkStatus status)
    {
        var manifest = status.Manifest;
        foreach (var note in status.Notes)
            shell.Screen.Line(note);
        if (status.IsAbsent)
        {
            Remedy(shell, manifest, $"{manifest.Title} has not been added.");
            return;
        }
        foreach (var file in status.In(BenchmarkFileState.Different))
            shell.Screen.Line($"{file.Path} ({file.Use}) is not that of the version that our results were checked against; scores may differ from published ones.");
        foreach (var file in status.In(BenchmarkFileState.Missing))
            shell.Screen.Line($"{file.Path} ({file.Use}) is missing{(file.Required ? "" : "; nothing needed for playing the standard tasks")}.{Origin(manifest, file)}");
        if (status.IsComplete)
            shell.Screen.Line($"{manifest.Title} is ready: `fission evaluate {manifest.Name} --policy ground-truth`");
        if (!status.IsComplete || status.In(BenchmarkFileState.Different).Any())
            Remedy(shell, manifest, status.IsComplete ? "To have the checked version:" : $"{manifest.Title} is incomplete.");
    }

    /// <summary>Where a file that is missing comes from, when that is not a file of the same name.</summary>
    private static string Origin(BenchmarkManifest manifest, BenchmarkFile file) =>
        manifest.Derived.FirstOrDefault(d => d.Path == file.Path) is { } derived ? $" It is read from {string.Join(", ", derived.Sources.Select(s => s.TrimEnd('?')))} of the official repository."
        : file.ShippedAs is { } shipped ? $" It is {shipped} of another release."
        : "";

    private static void Remedy(Shell shell, BenchmarkManifest manifest, string what)
    {
        shell.Screen.Line($"{what} The files are {manifest.Version}:");
        foreach (var step in manifest.Steps)
            shell.Screen.Line($"  {step}");
    }

    private static string AsJson(IReadOnlyList<BenchmarkStatus> statuses)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true }))
        {
            writer.WriteStartArray();
            foreach (var status in statuses)
            {
                writer.WriteStartObject();
                writer.WriteString("benchmark", status.Manifest.Name);
                writer.WriteString("folder", status.Folder);
                writer.WriteString("version", status.Manifest.Version);
                writer.WriteBoolean("complete", status.IsComplete);
                Texts(writer, "steps", status.Manifest.Steps);
                Texts(writer, "notes", status.Notes);
                writer.WriteStartArray("files");
                foreach (var file in status.Files)
                {
                    writer.WriteStartObject();
                    writer.WriteString("path", file.File.Path);
                    writer.WriteString("state", JsonNamingPolicy.SnakeCaseLower.ConvertName(file.State.ToString()));
                    writer.WriteBoolean("required", file.File.Required);
                    writer.WriteEndObject();
                }
                writer.WriteEndArray();
                writer.WriteEndObject();
            }
            writer.WriteEndArray();
        }
        return System.Text.Encoding.UTF8.GetString(stream.ToArray());
    }

    private static void Texts(Utf8JsonWriter writer, string name, IEnumerable<string> texts)
    {
        writer.WriteStartArray(name);
        foreach (var text in texts)
            writer.WriteStringValue(text);
        writer.WriteEndArray();
    }
}
