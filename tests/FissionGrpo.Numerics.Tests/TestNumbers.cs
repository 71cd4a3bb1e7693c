using FissionGrpo.Numerics.Machine;
using FissionGrpo.Seeds;

namespace FissionGrpo.Numerics.Tests;

/// <summary>Native buffers with random content, freed with the test.</summary>
internal sealed unsafe class TestNumbers(long seed) : IDisposable
{
    private readonly TensorArena _arena = new();
    private SampleRng _rng = new(new Seed(0).Derive("numerics").Derive((int)seed));

    public float* Normal(long count, float scale = 1)
    {
        var result = _arena.TakePointer(count);
        for (long i = 0; i < count; i++)
            result[i] = scale * (float)_rng.NextNormal();
        return result;
    }

    public float* Zeros(long count) => _arena.TakeZeroed(count);

    public float* Filled(long count, float value)
    {
        var result = _arena.TakePointer(count);
        for (long i = 0; i < count; i++)
            result[i] = value;
        return result;
    }

    public float* Copy(float* source, long count)
    {
        var result = _arena.TakePointer(count);
        Buffer.MemoryCopy(source, result, count * sizeof(float), count * sizeof(float));
        return result;
    }

    public int* Ints(int count, int exclusiveEnd)
    {
        var result = _arena.TakeInts(count);
        for (var i = 0; i < count; i++)
            result[i] = _rng.Next(exclusiveEnd);
        return result;
    }

    public int Next(int start, int exclusiveEnd) => _rng.Next(start, exclusiveEnd);

    public void Dispose() => _arena.Dispose();
}
