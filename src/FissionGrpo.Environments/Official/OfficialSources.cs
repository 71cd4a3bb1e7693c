using System.Collections.Immutable;
using System.Text;
using FissionGrpo.Environments.Python;
using FissionGrpo.Environments.Python.Source;
using FissionGrpo.Episodes;

namespace FissionGrpo.Environments.Official;

/// <summary>A file of ours whose content a benchmark's authors keep in their program's source.</summary>
/// <param name="Path">Its path in the user's data folder, with forward slashes.</param>
/// <param name="Sources">
/// The ends of the paths of the files that it is read from, in the official repository. One that ends in <c>/*.py</c> stands for all Python
/// files of a folder, one that ends in <c>?</c> may be missing.
/// </param>
public sealed record DerivedFile(string Path, ImmutableArray<string> Sources)
{
    /// <summary>Blanks per level of its JSON.</summary>
    public int Indent { get; init; } = 1;

    internal Func<SourceFiles, PyValue> Make { get; init; } = _ => default;

    /// <summary>Makes the file's text.</summary>
    /// <param name="sources">The content of the official files by the end of their path.</param>
    /// <exception cref="UserErrorException">A source is not as expected; the message names place and finding.</exception>
    public string Write(IReadOnlyDictionary<string, byte[]> sources)
    {
        PyBudget.Reset();
        try
        {
            return OfficialJson.Write(Make(new SourceFiles(sources)), Indent);
        }
        catch (PyException error)
        {
            throw new UserErrorException($"{string.Join(", ", Sources)}: {Path} cannot be made from it: {error.Message}.", error);
        }
    }
}

/// <summary>
/// What each benchmark's official repository holds only as Python or TOML, and how it is read without running anything. The texts and values
/// come from the user's copy; nothing official is part of this program.
/// </summary>
public static class OfficialSources
{
    /// <summary>The derived files of a benchmark (<c>bfcl</c>, <c>tau</c>, <c>tau2</c>).</summary>
    public static ImmutableArray<DerivedFile> Of(string benchmark) => benchmark switch
    {
        "bfcl" => BfclSources.Files,
        "tau" => TauSources.Files,
        "tau2" => Tau2Sources.Files,
        _ => [],
    };
}

/// <summary>The official files that were found, by the end of their path.</summary>
internal sealed class SourceFiles(IReadOnlyDictionary<string, byte[]> files)
{
    /// <summary>A benchmark's source files are a quarter of this at most.</summary>
    private const int LargestFile = 1 << 21;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public bool Has(string path) => files.ContainsKey(path);

    /// <summary>The text with Python's line ends: a line separator (U+2028) or form feed inside a text is a character of it.</summary>
    public string Text(string path)
    {
        if (!files.TryGetValue(path, out var content))
            throw new UserErrorException($"{path}: is not there. Give the whole official repository.");
        if (content.Length > LargestFile)
            throw new UserErrorException($"{path}: is larger than {LargestFile >> 20} MiB. No source file of a benchmark is near that.");
        try
        {
            return Strict.GetString(content).Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');
        }
        catch (DecoderFallbackException error)
        {
            throw new UserErrorException($"{path}: byte {error.Index + 1} is not UTF-8. The file is damaged; fetch it again.", error);
        }
    }

    public PyModule Module(string path) => new(path, Text(path));
}
