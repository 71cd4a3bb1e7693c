using System.Collections.Immutable;
using System.Text.Json;

namespace FissionGrpo.Model.Checkpoints;

/// <summary>
/// Parses the JSON header of a safetensors file and checks every claim that it makes before anything is read or allocated:
/// known types, shapes whose product fits, byte ranges that match the shapes and cover the data exactly once.
/// </summary>
internal static class SafetensorsHeader
{
    /// <summary>The reference reader's limit on the header.</summary>
    public const long MostBytes = 100_000_000;

    private const int MostDimensions = 16;

    /// <param name="path">For messages.</param>
    /// <param name="json">The header, padding included.</param>
    /// <param name="dataBytes">Length of what follows it.</param>
    public static ImmutableSortedDictionary<string, TensorEntry> Parse(string path, ReadOnlySpan<byte> json, long dataBytes)
    {
        if (json.IsEmpty || json[0] != (byte)'{')
            throw CheckpointException.Damaged(path, null, "the header does not begin with '{': not a safetensors file");
        var entries = new Dictionary<string, TensorEntry>(StringComparer.Ordinal);
        try
        {
            var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 8 });
            reader.Read();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var name = reader.GetString()!;
                reader.Read();
                if (name == "__metadata__")
                {
                    reader.Skip();
                    continue;
                }
                if (!entries.TryAdd(name, ReadEntry(path, name, ref reader)))
                    throw CheckpointException.Damaged(path, name, "named twice in the header");
            }
            if (reader.Read())
                throw CheckpointException.Damaged(path, null, "something follows the header's object");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            throw CheckpointException.NotJson(path, e, "the header is ");
        }
        CheckCoverage(path, entries.Values, dataBytes);
        return entries.ToImmutableSortedDictionary(StringComparer.Ordinal);
    }

    private static TensorEntry ReadEntry(string path, string name, ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
            throw CheckpointException.Damaged(path, name, "its header entry is not an object");
        TensorType? type = null;
        ImmutableArray<long>? shape = null;
        ImmutableArray<long>? offsets = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var key = reader.GetString();
            reader.Read();
            switch (key)
            {
                case "dtype":
                    var text = reader.GetString() ?? "";
                    type = TensorEntry.Parse(text) ?? throw new CheckpointException(path, name, $"dtype {Shorten(text)} is not one that the engine reads. Take the model in F32, BF16 or F16.");
                    break;
                case "shape":
                    shape = ReadNumbers(path, name, "shape", ref reader, MostDimensions);
                    break;
                case "data_offsets":
                    offsets = ReadNumbers(path, name, "data_offsets", ref reader, 2);
                    break;
                default:
                    throw CheckpointException.Damaged(path, name, $"unknown header key {Shorten(key ?? "")}");
            }
        }
        if (type is null || shape is null || offsets is not [var start, var end])
            throw CheckpointException.Damaged(path, name, "the header entry needs dtype, shape and two data_offsets");
        if (start > end)
            throw CheckpointException.Damaged(path, name, $"data_offsets run backwards, from {start} to {end}");
        var entry = new TensorEntry(name, type.Value, shape.Value, start, end);
        Int128 bytes = TensorEntry.SizeOf(type.Value);
        foreach (var size in entry.Shape)
        {
            bytes *= size;
            if (bytes > long.MaxValue)
                throw CheckpointException.Damaged(path, name, $"shape {entry.ShapeText} is larger than any file");
        }
        if (bytes != end - start)
            throw CheckpointException.Damaged(path, name, $"shape {entry.ShapeText} of {type} needs {bytes} bytes, but data_offsets hold {end - start}");
        return entry;
    }

    private static ImmutableArray<long> ReadNumbers(string path, string name, string key, ref Utf8JsonReader reader, int most)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
            throw CheckpointException.Damaged(path, name, $"{key} is not a list");
        var numbers = ImmutableArray.CreateBuilder<long>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out var number) || number < 0)
                throw CheckpointException.Damaged(path, name, $"{key} holds something that is not a whole number from 0 up");
            if (numbers.Count == most)
                throw CheckpointException.Damaged(path, name, $"{key} has more than {most} entries");
            numbers.Add(number);
        }
        return numbers.ToImmutable();
    }

    private static void CheckCoverage(string path, IEnumerable<TensorEntry> entries, long dataBytes)
    {
        var covered = 0L;
        foreach (var entry in entries.OrderBy(e => e.Start).ThenBy(e => e.End))
        {
            if (entry.End > dataBytes)
                throw CheckpointException.Damaged(path, entry.Name, $"ends at byte {entry.End} of the data, but the file holds {dataBytes}: it is truncated");
            if (entry.Start < covered)
                throw CheckpointException.Damaged(path, entry.Name, $"begins at byte {entry.Start}, inside the tensor before it, which ends at {covered}");
            if (entry.Start > covered)
                throw CheckpointException.Damaged(path, entry.Name, $"begins at byte {entry.Start}, but the tensor before it ends at {covered}: bytes that belong to nothing");
            covered = entry.End;
        }
        if (covered != dataBytes)
            throw CheckpointException.Damaged(path, null, $"{dataBytes - covered} bytes follow the last tensor");
    }

    private static string Shorten(string text) => text.Length <= 40 ? $"\"{text}\"" : $"\"{text.AsSpan(0, 40)}…\"";
}
