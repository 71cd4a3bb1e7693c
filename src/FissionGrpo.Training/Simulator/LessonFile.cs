using System.Collections.Immutable;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using FissionGrpo.Episodes;

namespace FissionGrpo.Training;

/// <summary>What a file of lessons was collected from: its first line. An interrupted collection goes on only with the same.</summary>
/// <param name="Schema">Version of the file: 1.</param>
/// <param name="World">The tasks' source.</param>
/// <param name="Policy">Whose failures these are.</param>
/// <param name="Teacher">Who explains them.</param>
/// <param name="Seed">The root of the draws.</param>
/// <param name="Unit">How much of a task was played.</param>
/// <param name="Fingerprint">What the policy's files hold: with the same it is the same policy, wherever it lies.</param>
public sealed record LessonSource(int Schema, string World, string Policy, string Teacher, ulong Seed, TrajectoryUnit Unit, string? Fingerprint = null)
{
    /// <summary>In words, where this file's source is not the one that is collected from; null when it is.</summary>
    internal string? DifferenceFrom(LessonSource wanted) => Differing.InWords(
        ("format", Schema, wanted.Schema), ("world", World, wanted.World), ("policy", Fingerprint is not null && Fingerprint == wanted.Fingerprint ? wanted.Policy : Policy, wanted.Policy), ("policy's fingerprint", Fingerprint, wanted.Fingerprint),
        ("teacher", Teacher, wanted.Teacher), ("seed", Seed, wanted.Seed), ("unit", Unit, wanted.Unit));
}

/// <summary>A file of lessons: JSON Lines, the source first.</summary>
public static class LessonFile
{
    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Reads a whole file.</summary>
    /// <exception cref="UserErrorException">It is not there, or a line is no lesson.</exception>
    public static (LessonSource Source, ImmutableArray<SimulatorLesson> Lessons) Read(string path)
    {
        if (!File.Exists(path))
            throw new UserErrorException($"{path}: there is no such file. `fission simulator collect` makes one.");
        var (source, lessons, broken) = TryRead(path);
        return broken is null ? (source!, lessons) : throw new UserErrorException(broken);
    }

    /// <summary>What a collection left, also an interrupted one: a torn last line does not count.</summary>
    internal static (LessonSource? Source, ImmutableArray<SimulatorLesson> Lessons) ReadWhatIsThere(string path)
    {
        if (!File.Exists(path))
            return (null, []);
        var (source, lessons, _) = TryRead(path);
        return (source, lessons);
    }

    /// <summary>Writes a file anew, under another name first.</summary>
    internal static void Write(string path, LessonSource source, ImmutableArray<SimulatorLesson> lessons)
    {
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder)
            Directory.CreateDirectory(folder);
        using (var stream = File.Create(path + ".new"))
        {
            stream.Write(Line(writer => JsonSerializer.Serialize(writer, source, LessonJson.Default.LessonSource)));
            foreach (var lesson in lessons)
                stream.Write(Line(writer => JsonSerializer.Serialize(writer, lesson, LessonJson.Default.SimulatorLesson)));
        }
        File.Move(path + ".new", path, overwrite: true);
    }

    /// <summary>Adds the lessons of a round in one write.</summary>
    internal static void Append(string path, IEnumerable<SimulatorLesson> lessons)
    {
        using var buffer = new MemoryStream();
        foreach (var lesson in lessons)
            buffer.Write(Line(writer => JsonSerializer.Serialize(writer, lesson, LessonJson.Default.SimulatorLesson)));
        using var stream = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read);
        stream.Write(buffer.GetBuffer(), 0, (int)buffer.Length);
        stream.Flush(flushToDisk: true);
    }

    private static (LessonSource? Source, ImmutableArray<SimulatorLesson> Lessons, string? Broken) TryRead(string path)
    {
        var lessons = ImmutableArray.CreateBuilder<SimulatorLesson>();
        LessonSource? source = null;
        var number = 0;
        foreach (var line in File.ReadLines(path))
        {
            number++;
            try
            {
                if (source is null)
                    source = JsonSerializer.Deserialize(line, LessonJson.Default.LessonSource);
                else if (JsonSerializer.Deserialize(line, LessonJson.Default.SimulatorLesson) is { Tools.IsDefault: false, Dialogue.IsDefault: false, Expected.IsDefault: false } lesson)
                    lessons.Add(lesson);
                else
                    return (source, lessons.ToImmutable(), $"{path}, line {number}: a lesson lacks tools, dialogue or expected calls.");
            }
            catch (JsonException cause)
            {
                return (source, lessons.ToImmutable(), $"{path}, line {number}: no lesson of a simulator: {JsonFinding.Of(cause)}. Give a file that `fission simulator collect` wrote.");
            }
        }
        return (source, lessons.ToImmutable(), source is null ? $"{path}: the file is empty." : null);
    }

    private static byte[] Line(Action<Utf8JsonWriter> write)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, Plain))
            write(writer);
        buffer.Write(Encoding.UTF8.GetBytes("\n"));
        return buffer.ToArray();
    }
}

/// <summary>Lessons as JSON: snake_case, strict.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(SnakeCaseEnumConverter<FailureCategory>), typeof(SnakeCaseEnumConverter<TrajectoryUnit>)])]
[JsonSerializable(typeof(SimulatorLesson))]
[JsonSerializable(typeof(LessonSource))]
[JsonSerializable(typeof(CollectionReport))]
[JsonSerializable(typeof(FineTuningReport))]
public sealed partial class LessonJson : JsonSerializerContext;
