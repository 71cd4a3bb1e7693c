using BenchmarkDotNet.Attributes;
using FissionGrpo.Numerics.Rows;

namespace FissionGrpo.Benchmarks.Kernels;

/// <summary>Softmax over a row of scores and over a vocabulary.</summary>
[MemoryDiagnoser]
public class RowBenchmarks
{
    private float[] _x = [];
    private float[] _y = [];

    [Params(256, 4096, 151936)]
    public int Length { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _x = [.. Enumerable.Range(0, Length).Select(i => (i * 7919 % 2003 * 0.01f) - 10)];
        _y = new float[Length];
    }

    [Benchmark(Baseline = true)]
    public void TensorPrimitives() => System.Numerics.Tensors.TensorPrimitives.SoftMax(_x, _y);

    [Benchmark]
    public float Fast() => Softmax.Forward(_x, _y);

    [Benchmark]
    public float LogSumExp() => Softmax.LogSumExp(_x);
}
