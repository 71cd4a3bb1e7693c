using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Text.Json;
using FissionGrpo.Model.Weights;

namespace FissionGrpo.Model.Checkpoints;

/// <summary>A tensor to write: its floats lie in native memory that outlives the writing.</summary>
internal readonly unsafe record struct TensorToWrite(string Name, ImmutableArray<long> Shape, nint Floats, long Count)
{
    public TensorToWrite(string name, ImmutableArray<long> shape, float* floats, long count)
        : this(name, shape, (nint)floats, count)
    {
    }
}

/// <summary>Writes F32 safetensors files under a temporary name and renames them when they are whole and on disk.</summary>
internal static unsafe class SafetensorsWriter
{
    private const int ChunkBytes = 4 << 20;

    /// <summary>Writes all parameters of a set.</summary>
    public static void Write(string path, ParameterSet set) =>
        Write(path, [.. set.Parameters.Select(p => new TensorToWrite(p.Name, p.Shape, set.Values + p.Offset, p.Count))]);

    /// <summary>Writes the tensors in the given order.</summary>
    public static void Write(string path, IReadOnlyList<TensorToWrite> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        var temporary = $"{path}.writing";
        using (var stream = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16))
        {
            var header = Header(tensors, metadata);
            Span<byte> length = stackalloc byte[8];
            BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)header.Length);
            stream.Write(length);
            stream.Write(header);
            foreach (var tensor in tensors)
            {
                var bytes = (byte*)tensor.Floats;
                for (var left = tensor.Count * sizeof(float); left > 0;)
                {
                    var now = (int)Math.Min(left, ChunkBytes);
                    stream.Write(new ReadOnlySpan<byte>(bytes, now));
                    bytes += now;
                    left -= now;
                }
            }
            stream.Flush(flushToDisk: true);
        }
        File.Move(temporary, path, overwrite: true);
    }

    private static byte[] Header(IReadOnlyList<TensorToWrite> tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteStartObject("__metadata__");
            json.WriteString("format", "pt");
            foreach (var (key, value) in metadata ?? ImmutableSortedDictionary<string, string>.Empty)
                json.WriteString(key, value);
            json.WriteEndObject();
            var offset = 0L;
            foreach (var tensor in tensors)
            {
                json.WriteStartObject(tensor.Name);
                json.WriteString("dtype", "F32");
                json.WriteStartArray("shape");
                foreach (var size in tensor.Shape)
                    json.WriteNumberValue(size);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(offset);
                json.WriteNumberValue(offset += tensor.Count * sizeof(float));
                json.WriteEndArray();
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        while (stream.Length % 8 != 0)
            stream.WriteByte((byte)' ');
        return stream.ToArray();
    }
}
