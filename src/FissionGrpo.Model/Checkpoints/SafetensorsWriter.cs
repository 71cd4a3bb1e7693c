using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Text.Json;
using FissionGrpo.Model.Weights;
using FissionGrpo.Numerics.Rows;

namespace FissionGrpo.Model.Checkpoints;

/// <summary>A tensor to write: its floats lie in native memory that outlives the writing.</summary>
internal readonly unsafe record struct TensorToWrite(string Name, ImmutableArray<long> Shape, nint Floats, long Count)
{
    public TensorToWrite(string name, ImmutableArray<long> shape, float* floats, long count)
        : this(name, shape, (nint)floats, count)
    {
    }
}

/// <summary>Writes safetensors files of F32 or BF16 under a temporary name and renames them when they are whole and on disk.</summary>
internal static unsafe class SafetensorsWriter
{
    private const int ChunkFloats = 1 << 20;

    /// <summary>Writes all parameters of a set.</summary>
    public static void Write(string path, ParameterSet set, TensorType type = TensorType.F32) =>
        Write(path, [.. set.Parameters.Select(p => new TensorToWrite(p.Name, p.Shape, set.Values + p.Offset, p.Count))], null, type);

    /// <summary>Writes the tensors in the given order. BF16 rounds to the nearest.</summary>
    public static void Write(string path, IReadOnlyList<TensorToWrite> tensors, IReadOnlyDictionary<string, string>? metadata = null, TensorType type = TensorType.F32)
    {
        var temporary = $"{path}.writing";
        using (var stream = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16))
        {
            var header = Header(tensors, metadata, type);
            Span<byte> length = stackalloc byte[8];
            BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)header.Length);
            stream.Write(length);
            stream.Write(header);
            var rounded = type == TensorType.BF16 ? new ushort[ChunkFloats] : [];
            foreach (var tensor in tensors)
            {
                for (var at = 0L; at < tensor.Count; at += ChunkFloats)
                {
                    var floats = new ReadOnlySpan<float>((float*)tensor.Floats + at, (int)Math.Min(tensor.Count - at, ChunkFloats));
                    if (type == TensorType.BF16)
                        FloatFormats.SingleToBFloat16(floats, rounded.AsSpan(0, floats.Length));
                    stream.Write(type == TensorType.BF16 ? MemoryMarshal.AsBytes<ushort>(rounded.AsSpan(0, floats.Length)) : MemoryMarshal.AsBytes(floats));
                }
            }
            stream.Flush(flushToDisk: true);
        }
        File.Move(temporary, path, overwrite: true);
    }

    private static byte[] Header(IReadOnlyList<TensorToWrite> tensors, IReadOnlyDictionary<string, string>? metadata, TensorType type)
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
                json.WriteString("dtype", type.ToString());
                json.WriteStartArray("shape");
                foreach (var size in tensor.Shape)
                    json.WriteNumberValue(size);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(offset);
                json.WriteNumberValue(offset += tensor.Count * TensorEntry.SizeOf(type));
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
