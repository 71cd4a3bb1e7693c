using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using FissionGrpo.Cli.Runs;
using FissionGrpo.Cli.Shells;
using FissionGrpo.Episodes;

namespace FissionGrpo.Cli.Options;

/// <summary>
/// The layers that a run's options are made of, merged as JSON and read once: defaults &lt; profile &lt; run file &lt; environment &lt;
/// <c>--set</c>. Each layer keeps its name, so that a message can say where a wrong value was written.
/// </summary>
internal sealed class OptionLayers
{
    /// <summary>Variables with a meaning of their own, which are no options.</summary>
    private static readonly ImmutableHashSet<string> NoOptions = ["FISSION_DATA", "FISSION_SHARED"];

    private readonly List<(string Place, JsonObject Layer)> _layers = [];

    /// <summary>All layers merged; the later one wins.</summary>
    public JsonObject Merged
    {
        get
        {
            var merged = new JsonObject();
            foreach (var (_, layer) in _layers)
                Merge(merged, layer);
            return merged;
        }
    }

    /// <summary>Puts a layer on top.</summary>
    public void Add(string place, JsonObject layer) => _layers.Add((place, layer));

    /// <summary>Puts a run file on top. Comments and trailing commas are allowed in it.</summary>
    /// <exception cref="UserErrorException">It is not there, or is no JSON object.</exception>
    public void AddFile(string path)
    {
        if (!File.Exists(path))
            throw new UserErrorException(
                File.Exists(RunSettingsFile.PathIn(path)) ? $"{path}: is the folder of a run, expected a run file. `--resume {CommandLine.Word(path)}` goes on with that run; {RunSettingsFile.PathIn(path)} as the run file repeats it."
                : Directory.Exists(path) ? $"{path}: is a folder, expected a run file. The repository has some in runs/."
                : $"{path}: there is no such run file. The repository has some in runs/.");
        try
        {
            var options = new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true, AllowDuplicateProperties = false };
            var node = JsonNode.Parse(File.ReadAllText(path), null, options);
            Add(path, node as JsonObject ?? throw new UserErrorException($"{path}: found {Kind(node)}, expected an object such as {{ \"grpo\": {{ \"group_size\": 8 }} }}."));
        }
        catch (JsonException exception)
        {
            throw new UserErrorException(
                exception.LineNumber is { } line ? $"{path}: not JSON at line {line + 1}, byte {exception.BytePositionInLine + 1}: {JsonFinding.Of(exception)}." : $"{path}: {JsonFinding.Of(exception)}. Leave one of them out.",
                exception);
        }
    }

    /// <summary>Puts <c>FISSION_GRPO__GROUP_SIZE=16</c> and its like on top; two underscores part the section from the option.</summary>
    public void AddVariables(IReadOnlyDictionary<string, string> variables)
    {
        foreach (var (name, value) in variables.Where(v => v.Key.StartsWith("FISSION_", StringComparison.Ordinal) && !NoOptions.Contains(v.Key)).OrderBy(v => v.Key, StringComparer.Ordinal))
        {
            var path = string.Join('.', name["FISSION_".Length..].ToLowerInvariant().Split("__"));
            Add(name, Layer(path, value));
        }
    }

    /// <summary>Puts <c>grpo.group_size=16</c> on top.</summary>
    /// <exception cref="UserErrorException">There is no <c>=</c> in it.</exception>
    public void AddSetting(string setting)
    {
        var at = setting.IndexOf('=', StringComparison.Ordinal);
        if (at <= 0)
            throw new UserErrorException($"--set {setting}: expected NAME=VALUE, as in --set grpo.group_size=16.");
        Add($"--set {setting}", Layer(setting[..at].Trim(), setting[(at + 1)..].Trim()));
    }

    /// <summary>The place where an option was last written.</summary>
    /// <param name="path"><c>grpo.group_size</c>.</param>
    public string PlaceOf(string path) => _layers.FindLast(l => Has(l.Layer, path.Split('.'))).Place ?? "options";

    private static JsonObject Layer(string path, string value)
    {
        JsonNode? leaf;
        try
        {
            leaf = JsonNode.Parse(value, null, new JsonDocumentOptions { AllowDuplicateProperties = false });
        }
        catch (JsonException)
        {
            leaf = value; // a word such as `raw_error`
        }
        var parts = path.Split('.');
        for (var i = parts.Length - 1; i >= 0; i--)
            leaf = new JsonObject { [parts[i]] = leaf };
        return (JsonObject)leaf!;
    }

    private static void Merge(JsonObject into, JsonObject layer)
    {
        foreach (var (name, value) in layer)
            if (value is JsonObject inner && into[name] is JsonObject there)
                Merge(there, inner);
            else
                into[name] = value?.DeepClone();
    }

    private static bool Has(JsonObject layer, ReadOnlySpan<string> path) =>
        layer.TryGetPropertyValue(path[0], out var value) && (path.Length == 1 || (value is JsonObject inner && Has(inner, path[1..])));

    private static string Kind(JsonNode? node) => node is null ? "null" : node.GetValueKind().ToString().ToLowerInvariant();
}
