using System.Buffers.Binary;
using System.Collections.Immutable;
using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using FissionGrpo.Model.Weights;

namespace FissionGrpo.Model.Checkpoints;

/// <summary>
/// A memory-mapped safetensors file. The header is checked when it is opened; the bytes of a tensor are touched when they are read.
/// Threads may read from it at the same time.
/// </summary>
internal sealed unsafe class SafetensorsFile : IDisposable
{
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly byte* _data;

    private SafetensorsFile(string path, MemoryMappedFile file, MemoryMappedViewAccessor view, byte* data, ImmutableSortedDictionary<string, TensorEntry> tensors)
    {
        Path = path;
        _file = file;
        _view = view;
        _data = data;
        Tensors = tensors;
    }

    public string Path { get; }

    /// <summary>The tensors by name.</summary>
    public ImmutableSortedDictionary<string, TensorEntry> Tensors { get; }

    /// <summary>Opens and checks a file.</summary>
    /// <exception cref="CheckpointException">It is missing or malformed.</exception>
    public static SafetensorsFile Open(string path)
    {
        MemoryMappedFile? file = null;
        MemoryMappedViewAccessor? view = null;
        var kept = false;
        try
        {
            long length; // of the file, not of a link to it: the cache of the Hugging Face hub is made of links
            using (var handle = File.OpenHandle(path))
                length = RandomAccess.GetLength(handle);
            if (length < 8)
                throw CheckpointException.Damaged(path, null, $"is {length} bytes long; a safetensors file has at least 8");
            file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
            view = file.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read);
            byte* start = null;
            view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
            start += view.PointerOffset;
            var headerBytes = BinaryPrimitives.ReadUInt64LittleEndian(new ReadOnlySpan<byte>(start, 8));
            if (headerBytes > SafetensorsHeader.MostBytes)
                throw CheckpointException.Damaged(path, null, $"claims a header of {headerBytes} bytes, expected at most {SafetensorsHeader.MostBytes}");
            if ((long)headerBytes > length - 8)
                throw CheckpointException.Damaged(path, null, $"claims a header of {headerBytes} bytes, but only {length - 8} follow: it is truncated or no safetensors file");
            var tensors = SafetensorsHeader.Parse(path, new ReadOnlySpan<byte>(start + 8, (int)headerBytes), length - 8 - (long)headerBytes);
            kept = true;
            return new SafetensorsFile(path, file, view, start + 8 + headerBytes, tensors);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CheckpointException(path, null, e is FileNotFoundException or DirectoryNotFoundException ? "there is no such file" : e.Message, e);
        }
        finally
        {
            if (!kept)
            {
                view?.Dispose();
                file?.Dispose();
            }
        }
    }

    /// <summary>The tensor's entry.</summary>
    /// <exception cref="CheckpointException">There is none of this name.</exception>
    public TensorEntry Entry(string name) =>
        Tensors.TryGetValue(name, out var entry) ? entry : throw new CheckpointException(Path, name, "is missing");

    /// <summary>The raw little-endian bytes of a tensor of less than 2 GiB; valid while the file is open.</summary>
    public ReadOnlySpan<byte> Bytes(TensorEntry entry) => new(_data + entry.Start, checked((int)(entry.End - entry.Start)));

    /// <summary>A part of a tensor's raw bytes, unaligned; valid while the file is open.</summary>
    public byte* Pointer(TensorEntry entry) => _data + entry.Start;

    /// <summary>Widens a tensor of floating-point numbers into <paramref name="target"/>.</summary>
    public void ReadFloats(TensorEntry entry, long offset, Span<float> target)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset + target.Length, entry.Count);
        var source = _data + entry.Start + offset * TensorEntry.SizeOf(entry.Type);
        switch (entry.Type)
        {
            case TensorType.F32:
                new ReadOnlySpan<byte>(source, target.Length * sizeof(float)).CopyTo(MemoryMarshal.AsBytes(target));
                break;
            case TensorType.BF16:
                var wide = MemoryMarshal.Cast<float, uint>(target);
                for (var i = 0; i < wide.Length; i++)
                    wide[i] = (uint)BinaryPrimitives.ReadUInt16LittleEndian(new ReadOnlySpan<byte>(source + 2 * i, 2)) << 16;
                break;
            case TensorType.F16:
                for (var i = 0; i < target.Length; i++)
                    target[i] = (float)BinaryPrimitives.ReadHalfLittleEndian(new ReadOnlySpan<byte>(source + 2 * i, 2));
                break;
            case TensorType.F64:
                for (var i = 0; i < target.Length; i++)
                    target[i] = (float)BinaryPrimitives.ReadDoubleLittleEndian(new ReadOnlySpan<byte>(source + 8 * i, 8));
                break;
            default:
                throw new CheckpointException(Path, entry.Name, $"holds {entry.Type}, expected F32, BF16 or F16");
        }
    }

    /// <summary>Reads a whole tensor of floating-point numbers.</summary>
    public float[] ReadFloats(string name)
    {
        var entry = Entry(name);
        var values = new float[checked((int)entry.Count)];
        ReadFloats(entry, 0, values);
        return values;
    }

    /// <summary>Reads a whole tensor of 64-bit integers.</summary>
    public long[] ReadLongs(string name)
    {
        var entry = Entry(name);
        if (entry.Type != TensorType.I64)
            throw new CheckpointException(Path, name, $"holds {entry.Type}, expected I64");
        return MemoryMarshal.Cast<byte, long>(Bytes(entry)).ToArray();
    }

    /// <summary>Checks that the file holds these tensors, in these shapes, finite, and no others.</summary>
    public void CheckHoldsExactly(ImmutableArray<Parameter> parameters)
    {
        foreach (var parameter in parameters)
        {
            CheckHolds(parameter, parameter.Name);
            CheckFinite(parameter.Name);
        }
        var names = parameters.Select(p => p.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var name in Tensors.Keys)
        {
            if (!names.Contains(name))
                throw new CheckpointException(Path, name, "is not expected here");
        }
    }

    /// <summary>Checks that a tensor has the shape of a parameter and holds floating-point numbers.</summary>
    public void CheckHolds(Parameter parameter, string name)
    {
        var entry = Entry(name);
        if (!entry.Shape.AsSpan().SequenceEqual(parameter.Shape.AsSpan()))
            throw new CheckpointException(Path, name, $"has shape {entry.ShapeText}, expected [{string.Join(", ", parameter.Shape)}] by the configuration beside it. They belong to different models: fetch or copy both again.");
        if (entry.Type is not (TensorType.F32 or TensorType.BF16 or TensorType.F16))
            throw new CheckpointException(Path, name, $"holds {entry.Type}, expected F32, BF16 or F16. Take the model in one of these.");
    }

    /// <summary>Checks that a matrix can be used where it is mapped: F32 or BF16, every value finite.</summary>
    public void CheckFrozen(Parameter parameter)
    {
        var entry = Entry(parameter.Name);
        if (entry.Type is not (TensorType.F32 or TensorType.BF16))
            throw new CheckpointException(Path, entry.Name, $"holds {entry.Type}; only F32 and BF16 can be kept as bfloat16. Load it in single precision");
        CheckFinite(entry.Name);
    }

    /// <summary>Checks that every value of a tensor is finite, where it is mapped.</summary>
    public void CheckFinite(string name)
    {
        var entry = Entry(name);
        var finite = entry.Type switch
        {
            TensorType.F32 => ModelWeights.AllFinite((float*)Pointer(entry), entry.Count),
            TensorType.BF16 => ModelWeights.AllFinite((ushort*)Pointer(entry), entry.Count, exponent: 0x7F80),
            TensorType.F16 => ModelWeights.AllFinite((ushort*)Pointer(entry), entry.Count, exponent: 0x7C00),
            _ => true,
        };
        if (!finite)
            throw CheckpointException.Damaged(Path, name, "holds NaN or infinity");
    }

    /// <summary>Reads a parameter to its place in flat memory; shape and values have been checked.</summary>
    /// <param name="name">The tensor's name when it is not the parameter's.</param>
    public void ReadParameter(Parameter parameter, float* values, string? name = null)
    {
        const int chunk = 1 << 24;
        var entry = Entry(name ?? parameter.Name);
        for (var done = 0L; done < parameter.Count; done += chunk)
            ReadFloats(entry, done, new Span<float>(values + parameter.Offset + done, (int)Math.Min(chunk, parameter.Count - done)));
    }

    public void Dispose()
    {
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file.Dispose();
    }
}
