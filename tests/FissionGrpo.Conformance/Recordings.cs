using System.IO.Compression;
using System.Text.Json;
using FissionGrpo.Environments.Python;
using FissionGrpo.Episodes;
using FissionGrpo.Model.Checkpoints;

namespace FissionGrpo.Conformance;

/// <summary>Recordings in JSON Lines, also compressed. What cannot be read is a failed case that names file and line; the rest goes on.</summary>
internal static class Recordings
{
    /// <summary>Checks every line of <c>NAME.jsonl</c> or <c>NAME.jsonl.gz</c>, where the folder has it.</summary>
    public static void Each(string folder, string name, Verdicts verdicts, Action<JsonElement> check)
    {
        var plain = Path.Combine(folder, name + ".jsonl");
        var path = File.Exists(plain) ? plain : plain + ".gz";
        if (File.Exists(path))
            EachLine(path, verdicts, line =>
            {
                using var document = JsonDocument.Parse(line);
                check(document.RootElement);
            });
    }

    /// <summary>Checks every line of a file that is not empty.</summary>
    public static void EachLine(string path, Verdicts verdicts, Action<string> check)
    {
        using var file = File.OpenRead(path);
        using var stream = path.EndsWith(".gz", StringComparison.Ordinal) ? (Stream)new GZipStream(file, CompressionMode.Decompress) : file;
        using var reader = new StreamReader(stream);
        for (var number = 1; ; number++)
        {
            try
            {
                if (reader.ReadLine() is not { } line)
                    return;
                if (line.Length > 0)
                    check(line);
            }
            catch (Exception e) when (IsUnreadable(e))
            {
                verdicts.Check("recording", $"{path}, line {number}", false, () => Finding(e));
                if (e is IOException or InvalidDataException)
                    return; // the file itself, not a line of it
            }
        }
    }

    /// <summary>Whether a recording is to blame, which is cut off or not what it should be, and not the program.</summary>
    public static bool IsUnreadable(Exception e) =>
        e is JsonException or IOException or InvalidDataException or UnauthorizedAccessException or CheckpointException or UserErrorException or PyException or KeyNotFoundException or InvalidCastException
        || (e is InvalidOperationException or FormatException && e.Source == typeof(JsonElement).Assembly.GetName().Name);

    /// <summary>What was found, in one line.</summary>
    public static string Finding(Exception e) => e is CheckpointException or UserErrorException ? e.Message
        : $"cannot be read: {e.Message.ReplaceLineEndings(" ")} It is cut off or not a recording of this kind: fetch it again.";
}
