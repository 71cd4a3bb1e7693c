using BenchmarkDotNet.Attributes;
using FissionGrpo.Numerics.Linear;
using FissionGrpo.Numerics.Machine;

namespace FissionGrpo.Benchmarks.Kernels;

/// <summary>The feed-forward product of the 5.8M-parameter model and of Qwen3-0.6B, one thread.</summary>
[MemoryDiagnoser]
public unsafe class GemmBenchmarks : IDisposable
{
    private readonly ThreadTeam _team = new(1);
    private readonly TensorArena _arena = new();
    private PackedMatrix? _packed;
    private float* _x;
    private float* _w;
    private float* _y;

    /// <summary>Rows, outputs, inputs.</summary>
    [Params("256 x 1536 x 256", "256 x 6144 x 1024")]
    public string Shape { get; set; } = "";

    private (int M, int N, int K) Sizes => Shape.Split(" x ") is [var m, var n, var k]
        ? (int.Parse(m, System.Globalization.CultureInfo.InvariantCulture), int.Parse(n, System.Globalization.CultureInfo.InvariantCulture), int.Parse(k, System.Globalization.CultureInfo.InvariantCulture))
        : throw new FormatException(Shape);

    [GlobalSetup]
    public void Setup()
    {
        var (m, n, k) = Sizes;
        _x = _arena.TakePointer((long)m * k);
        _w = _arena.TakePointer((long)n * k);
        _y = _arena.TakePointer((long)m * n);
        new Span<float>(_x, m * k).Fill(0.5f);
        new Span<float>(_w, n * k).Fill(0.25f);
        _packed = new(k, n);
        _packed.PackOutputsByInputs(_team, _w, k);
    }

    [Benchmark(Baseline = true)]
    public void DotProducts()
    {
        var (m, n, k) = Sizes;
        for (var i = 0; i < m; i++)
        {
            for (var j = 0; j < n; j++)
                _y[((long)i * n) + j] = System.Numerics.Tensors.TensorPrimitives.Dot(new ReadOnlySpan<float>(_x + ((long)i * k), k), new ReadOnlySpan<float>(_w + ((long)j * k), k));
        }
    }

    [Benchmark]
    public void Packed() => Gemm.Multiply(_team, _x, Sizes.K, _packed!, _y, Sizes.N, Sizes.M, accumulate: false);

    [Benchmark]
    public void PackedInTheCall() => Gemm.MultiplyTransposed(_team, _x, Sizes.K, _w, Sizes.K, _y, Sizes.N, Sizes.M, Sizes.N, Sizes.K, accumulate: false);

    public void Dispose()
    {
        _packed?.Dispose();
        _arena.Dispose();
        _team.Dispose();
        GC.SuppressFinalize(this);
    }
}
