using FissionGrpo.Numerics.Attention;
using FissionGrpo.Numerics.Linear;
using FissionGrpo.Numerics.Machine;
using FissionGrpo.Numerics.Rows;
using FissionGrpo.Seeds;

namespace FissionGrpo.Benchmarks.Kernels;

/// <summary>The largest deviation of each kernel from the same formula in double precision: the figures of docs/numerics.md.</summary>
internal static unsafe class KernelAccuracy
{
    public static void Run()
    {
        Console.WriteLine("Largest deviation from double precision, standard normal inputs");
        using var team = new ThreadTeam(1);
        using var arena = new TensorArena();
        Exp();
        foreach (var k in new[] { 64, 512, 1024, 4096 })
            Product(team, arena, k);
        SoftmaxRows(arena);
        Norm(team, arena);
        Attention(team, arena);
    }

    private static void Exp()
    {
        var (x, y) = (new float[1 << 16], new float[1 << 16]);
        var worst = 0.0;
        // Every 61st float between -87.3 and 88.7.
        foreach (var (first, last) in new[] { (BitConverter.SingleToUInt32Bits(1e-30f), BitConverter.SingleToUInt32Bits(88.7f)), (BitConverter.SingleToUInt32Bits(-1e-30f), BitConverter.SingleToUInt32Bits(-87.3f)) })
        {
            for (ulong at = first; at < last;)
            {
                var count = 0;
                for (; count < x.Length && at < last; at += 61)
                    x[count++] = BitConverter.UInt32BitsToSingle((uint)at);
                FastExp.Exp(x.AsSpan(0, count), y);
                for (var i = 0; i < count; i++)
                    worst = Math.Max(worst, Math.Abs((y[i] / Math.Exp(x[i])) - 1));
            }
        }
        Report("exp, -87.3 to 88.7", worst, "relative");
    }

    private static void Product(ThreadTeam team, TensorArena arena, int k)
    {
        const int M = 24, N = 96;
        arena.Reset();
        var (x, w, y) = (new Numbers(arena, M * k, 1), new Numbers(arena, N * k, 2), new Numbers(arena, M * N, 3));
        Gemm.MultiplyTransposed(team, x.Start, k, w.Start, k, y.Start, N, M, N, k, accumulate: false);
        var worst = 0.0;
        for (var i = 0; i < M * N; i++)
        {
            var (sum, size) = (0.0, 0.0);
            for (var l = 0; l < k; l++)
            {
                var term = (double)x.Start[(i / N * k) + l] * w.Start[(i % N * k) + l];
                (sum, size) = (sum + term, size + Math.Abs(term));
            }
            worst = Math.Max(worst, Math.Abs(y.Start[i] - sum) / size);
        }
        Report($"product, K {k}", worst, "of the sum of absolute terms");
    }

    private static void SoftmaxRows(TensorArena arena)
    {
        arena.Reset();
        foreach (var length in new[] { 256, 4096, 151936 })
        {
            var x = new Numbers(arena, length, length).Span;
            var (p, expected) = (new float[length], new float[length]);
            var total = Softmax.Forward(x, p);
            var expectedTotal = Softmax.ReferenceForward(x, expected);
            Report($"softmax, {length} entries", Enumerable.Range(0, length).Max(i => Math.Abs((p[i] / (double)expected[i]) - 1)), "relative");
            Report($"log-sum-exp, {length}", Math.Abs(total - expectedTotal), "absolute");
        }
    }

    private static void Norm(ThreadTeam team, TensorArena arena)
    {
        arena.Reset();
        const int Channels = 1024;
        var (x, w, y) = (new Numbers(arena, Channels, 1), new Numbers(arena, Channels, 2), new Numbers(arena, Channels, 3));
        RmsNorm.Forward(team, x.Start, Channels, w.Start, 1, 1, Channels, 1e-6f, y.Start, Channels);
        var expected = new float[Channels];
        RmsNorm.ReferenceForward(x.Span, w.Span, 1e-6f, expected);
        Report("rms norm, 1,024 channels", Enumerable.Range(0, Channels).Max(i => Math.Abs((y.Start[i] / (double)expected[i]) - 1)), "relative");
        SwiGlu.Forward(team, x.Start, w.Start, Channels, 1, Channels, y.Start, Channels);
        SwiGlu.ReferenceForward(x.Span, w.Span, expected);
        Report("SwiGLU", Enumerable.Range(0, Channels).Max(i => Math.Abs((y.Start[i] / (double)expected[i]) - 1)), "relative");
    }

    private static void Attention(ThreadTeam team, TensorArena arena)
    {
        arena.Reset();
        const int Rows = 1024, Size = 64;
        var shape = new AttentionShape(2, 1, Size);
        var (q, k, v, o) = (new Numbers(arena, Rows * 2 * Size, 1), new Numbers(arena, Rows * Size, 2), new Numbers(arena, Rows * Size, 3), new Numbers(arena, Rows * 2 * Size, 4));
        TreeAttention.Forward(team, q.Start, 2 * Size, k.Start, v.Start, Size, [new(0, Rows, -1)], shape, o.Start, 2 * Size, null);
        var worst = 0.0;
        var result = new double[Size];
        for (var row = 0; row < Rows; row += 31)
        {
            for (var h = 0; h < 2; h++)
            {
                Array.Clear(result);
                var weights = 0.0;
                for (var key = 0; key <= row; key++)
                {
                    var score = 0.0;
                    for (var d = 0; d < Size; d++)
                        score += (double)q.Start[(((row * 2) + h) * Size) + d] * k.Start[(key * Size) + d];
                    var e = Math.Exp(score / Math.Sqrt(Size));
                    weights += e;
                    for (var d = 0; d < Size; d++)
                        result[d] += e * v.Start[(key * Size) + d];
                }
                for (var d = 0; d < Size; d++)
                    worst = Math.Max(worst, Math.Abs(o.Start[(((row * 2) + h) * Size) + d] - (result[d] / weights)));
            }
        }
        Report("attention, 1,024 keys, head size 64", worst, "absolute, values of size 1");
    }

    private static void Report(string name, double worst, string kind) => Console.WriteLine($"{name,-38} {worst:E1} {kind}");

    private readonly struct Numbers
    {
        public readonly float* Start;
        private readonly int _count;

        public Numbers(TensorArena arena, int count, int seed)
        {
            var rng = new SampleRng(new Seed((ulong)seed));
            Start = arena.TakePointer(count);
            _count = count;
            for (var i = 0; i < count; i++)
                Start[i] = (float)rng.NextNormal();
        }

        public Span<float> Span => new(Start, _count);
    }
}
