using System.Text.Json;

namespace FissionGrpo.Model.Checkpoints;

/// <summary>A checkpoint on disk is not what it should be. Names the file, the tensor where there is one, and what was found.</summary>
public sealed class CheckpointException : Exception
{
    private const int LongestFinding = 300;

    /// <summary>Describes one finding.</summary>
    /// <param name="path">The file or folder.</param>
    /// <param name="tensor">The tensor, or null when the finding is about the file.</param>
    /// <param name="finding">What was found and what was expected.</param>
    /// <param name="inner">What raised it, if anything.</param>
    public CheckpointException(string path, string? tensor, string finding, Exception? inner = null)
        : base(tensor is null ? $"{path}: {finding}" : $"{path}: tensor {tensor}: {finding}", inner)
    {
        Path = path;
        Tensor = tensor;
    }

    /// <summary>A file that is not whole or not what was written: no setting helps, another copy does. What downloads leave in its place is recognised.</summary>
    internal static CheckpointException Damaged(string path, string? tensor, string finding, Exception? inner = null, string remedy = "Fetch or copy the file again.") =>
        new(path, tensor, CheckpointFiles.StandIn(path) ?? $"{Short(finding)}. {remedy}", inner);

    /// <summary>A text that is no JSON. What the reader says of it ends with places that are counted from 0, and its first line is the one that a person looks at.</summary>
    internal static CheckpointException NotJson(string path, Exception cause, string what = "")
    {
        var words = cause.Message.AsSpan();
        if (words.IndexOf(" LineNumber:") is var place and > 0)
            words = words[..place];
        var line = cause is JsonException { LineNumber: > 0 and var number } ? $" in line {number + 1}" : "";
        return Damaged(path, null, $"{what}not valid JSON{line} ({words.TrimEnd('.')})", cause);
    }

    // What a JSON reader says of a literal that is none holds the whole rest of the file.
    private static string Short(string finding)
    {
        var end = Math.Min(finding.AsSpan().IndexOfAny('\r', '\n') is var line and >= 0 ? line : finding.Length, LongestFinding);
        return end == finding.Length ? finding : $"{finding.AsSpan(0, char.IsHighSurrogate(finding[end - 1]) ? end - 1 : end)}…";
    }

    /// <summary>The file or folder.</summary>
    public string Path { get; }

    /// <summary>The tensor, or null when the finding is about the file.</summary>
    public string? Tensor { get; }
}
