using System.Collections.Immutable;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using FissionGrpo.Episodes;

namespace FissionGrpo.Environments.Tau.Tasks;

/// <summary>The files of one domain (each as it is or as <c>.gz</c>), and what to say when one is not as expected.</summary>
/// <param name="path">The domain's folder.</param>
/// <param name="benchmark">The benchmark's name, for messages.</param>
internal sealed class BenchmarkFolder(string path, string benchmark)
{
    public string PathOf(string file) => Path.Combine(path, file);

    public bool Has(string file) => File.Exists(PathOf(file)) || File.Exists(PathOf(file) + ".gz");

    /// <summary>Reads a JSON file; whatever is taken out of it must be cloned.</summary>
    /// <exception cref="UserErrorException">It cannot be read, is not JSON, or <paramref name="use"/> says what is wrong with it.</exception>
    public T Read<T>(string file, Func<JsonElement, T> use)
    {
        var bytes = ReadBytes(file);
        try
        {
            using var document = JsonDocument.Parse(bytes);
            return use(document.RootElement);
        }
        catch (JsonException error)
        {
            throw new UserErrorException($"{PathOf(file)}: not valid JSON ({error.Message}). Add the file again from the benchmark's release.", error);
        }
    }

    public string ReadText(string file) => Encoding.UTF8.GetString(ReadBytes(file));

    /// <summary>A list of function descriptions, each bare or wrapped as a function.</summary>
    /// <param name="list">The list.</param>
    /// <param name="where">What to call it.</param>
    public ImmutableArray<ToolSpec> Tools(JsonElement list, string where)
    {
        var tools = ImmutableArray.CreateBuilder<ToolSpec>();
        foreach (var entry in list.EnumerateArray())
        {
            var function = entry.ValueKind is JsonValueKind.Object && entry.TryGetProperty("function", out var inner) ? inner : entry;
            if (function.ValueKind is not JsonValueKind.Object || !function.TryGetProperty("name", out var name) || name.ValueKind is not JsonValueKind.String)
                throw Wrong("tools.json", $"entry {tools.Count} of {where} is no function description with a name");
            tools.Add(new ToolSpec(name.GetString()!, function.Clone()));
        }
        return tools.ToImmutable();
    }

    public UserErrorException Wrong(string file, string what) => new($"{PathOf(file)}: {what}. Use the file of the {benchmark} version named in docs/tau.md.");

    private byte[] ReadBytes(string file)
    {
        var full = PathOf(file);
        try
        {
            if (File.Exists(full) || !File.Exists(full + ".gz"))
                return File.ReadAllBytes(full);
            using var packed = new GZipStream(File.OpenRead(full + ".gz"), CompressionMode.Decompress);
            using var content = new MemoryStream();
            packed.CopyTo(content);
            return content.ToArray();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            throw new UserErrorException($"{full}: cannot be read ({error.Message}). {benchmark} data is not part of this program; docs/tau.md says where to get it and how to add it.", error);
        }
    }
}
