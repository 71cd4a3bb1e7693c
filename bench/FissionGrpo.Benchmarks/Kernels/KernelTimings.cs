using System.Globalization;
using FissionGrpo.Numerics.Attention;
using FissionGrpo.Numerics.Linear;
using FissionGrpo.Numerics.Machine;
using FissionGrpo.Numerics.Rows;

namespace FissionGrpo.Benchmarks.Kernels;

/// <summary>
/// Tables of the kernels in a minute or two: <c>-- kernels [peak] [gemm] [decode] [attention] [rows] [accuracy]</c>; without names, all of them.
/// </summary>
internal static unsafe class KernelTimings
{
    private const int Rounds = 7;

    public static int Run(string[] names)
    {
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        (string Name, Action Work)[] all = [("peak", Peak), ("gemm", Gemms), ("decode", Decoding), ("attention", Attentions), ("rows", Rows), ("accuracy", KernelAccuracy.Run)];
        if (names.FirstOrDefault(name => all.All(entry => entry.Name != name)) is { } unknown)
        {
            Console.Error.WriteLine($"kernels: '{unknown}' is none of {string.Join(", ", all.Select(entry => entry.Name))}.");
            return 2;
        }
        Console.WriteLine($"Path {Tiles.Path}; one thread, {(Measure.ProcessorTime ? "processor" : "wall-clock")} time, medians of {Rounds} interleaved rounds.");
        foreach (var (name, work) in all)
        {
            if (names.Length > 0 && !names.Contains(name))
                continue;
            Console.WriteLine();
            work();
        }
        return 0;
    }

    private static void Peak()
    {
        Console.WriteLine($"multiply-add on registers   {MachineProbe.PeakGigaflops(),8:F1} GFLOP/s per core");
        foreach (var kib in new[] { 256, 8 << 10, 256 << 10 })
            Console.WriteLine($"reading {kib,7} KiB         {MachineProbe.ReadGigabytesPerSecond((long)kib << 10),8:F1} GB/s per core");
    }

    /// <summary>M by (N, K): model widths 128 to 1,024, feed-forward four times as wide, vocabularies of 4k and 32k.</summary>
    private static IEnumerable<(int M, int N, int K)> Shapes()
    {
        foreach (var m in new[] { 64, 256, 1024, 4096 })
        {
            foreach (var d in new[] { 128, 256, 512, 1024 })
            {
                yield return (m, d, d);
                yield return (m, 4 * d, d);
                yield return (m, d, 4 * d);
            }
            yield return (m, 4096, 128);
            yield return (m, 4096, 512);
            if (m <= 1024)
                yield return (m, 32768, 256);
        }
    }

    private static void Gemms()
    {
        Console.WriteLine("GEMM, GFLOP/s: forward y[M,N] = x·wᵀ, dX, dW; packed = weights prepacked, else packed in the call");
        Console.WriteLine($"{OpenBlas.Name}; {OneDnn.Name}");
        Console.WriteLine("    M     N     K |  peak | forward packed  dX packed  dW | forward    dX | OpenBLAS forward    dX    dW | oneDNN forward    dX    dW | plain loop");
        var peakShares = Enumerable.Range(0, 5).Select(_ => new List<double>()).ToArray();
        // Ours against OpenBLAS and oneDNN, with the number of rows.
        var ratios = Enumerable.Range(0, 10).Select(_ => new List<(int Rows, double Ratio)>()).ToArray();
        using var team = new ThreadTeam(1);
        using var arena = new TensorArena();
        foreach (var (m, n, k) in Shapes())
        {
            arena.Reset();
            var x = Numbers(arena, (long)m * k);
            var w = Numbers(arena, (long)n * k);
            var y = Numbers(arena, (long)m * n);
            var dx = arena.TakeZeroed((long)m * k);
            var dw = arena.TakeZeroed((long)n * k);
            using var forward = new PackedMatrix(k, n);
            using var backward = new PackedMatrix(n, k);
            forward.PackOutputsByInputs(team, w, k);
            backward.PackInputsByOutputs(team, w, k);
            var work = 2.0 * m * n * k / 1e9;
            var (blas, dnn) = (OpenBlas.IsPresent, OneDnn.IsPresent);
            var (seconds, peak) = Measure.Interleaved(
                work > 4 ? 3 : Rounds,
                () => Gemm.Multiply(team, x, k, forward, y, n, m, accumulate: false),
                () => Gemm.Multiply(team, y, n, backward, dx, k, m, accumulate: false),
                () => Gemm.MultiplyOuter(team, y, n, x, k, dw, k, m, n, k, accumulate: true),
                () => Gemm.MultiplyTransposed(team, x, k, w, k, y, n, m, n, k, accumulate: false),
                () => Gemm.Multiply(team, y, n, w, k, dx, k, m, n, k, accumulate: false),
                blas ? () => OpenBlas.Forward(x, w, y, m, n, k) : null,
                blas ? () => OpenBlas.InputGradient(y, w, dx, m, n, k) : null,
                blas ? () => OpenBlas.WeightGradient(y, x, dw, m, n, k) : null,
                dnn ? () => OneDnn.Forward(x, w, y, m, n, k) : null,
                dnn ? () => OneDnn.InputGradient(y, w, dx, m, n, k) : null,
                dnn ? () => OneDnn.WeightGradient(y, x, dw, m, n, k) : null,
                work < 0.05 ? () => PlainLoop(x, w, y, m, n, k) : null);
            var rate = seconds.Select(s => work / s).ToArray();
            for (var i = 0; i < 5; i++)
            {
                peakShares[i].Add(rate[i] / peak);
                var form = i is 2 ? 2 : i % 3; // forward, dX, dW
                if (blas)
                    ratios[i].Add((m, rate[i] / rate[5 + form]));
                if (dnn)
                    ratios[5 + i].Add((m, rate[i] / rate[8 + form]));
            }
            Console.WriteLine(
                $"{m,5} {n,5} {k,5} | {peak,5:F0} | {rate[0],14:F0} {rate[1],10:F0} {rate[2],3:F0} | {rate[3],7:F0} {rate[4],5:F0} | {Cell(rate[5]),16} {Cell(rate[6]),5} {Cell(rate[7]),5} | {Cell(rate[8]),14} {Cell(rate[9]),5} {Cell(rate[10]),5} | {Cell(rate[11]),10}");
        }
        string[] labels = ["forward packed", "dX packed", "dW", "forward", "dX"];
        for (var i = 0; i < labels.Length; i++)
        {
            Console.WriteLine($"{labels[i],-15} geometric mean {Measure.GeometricMean(peakShares[i]):F3} of the peak, least {peakShares[i].Min():F3}");
            Compare("OpenBLAS", ratios[i]);
            Compare("oneDNN", ratios[5 + i]);
        }

        static void Compare(string name, List<(int Rows, double Ratio)> ratios)
        {
            if (ratios.Count == 0)
                return;
            var classes = ratios.GroupBy(entry => entry.Rows).Select(group => $"M {group.Key}: {Measure.GeometricMean(group.Select(entry => entry.Ratio)):F2}");
            Console.WriteLine(
                $"    {Measure.GeometricMean(ratios.Select(entry => entry.Ratio)):F2} x {name}, least {ratios.Min(entry => entry.Ratio):F2}, most {ratios.Max(entry => entry.Ratio):F2}; {string.Join(", ", classes)}");
        }
    }

    private static void Decoding()
    {
        Console.WriteLine("Few rows against packed weights: GFLOP/s (GB/s of weights)");
        using var team = new ThreadTeam(1);
        using var arena = new TensorArena();
        foreach (var (n, k) in new[] { (512, 256), (4096, 256), (4096, 1024), (32768, 512), (32768, 1024) })
        {
            foreach (var format in new[] { PackedFormat.Single, PackedFormat.BFloat16 })
            {
                arena.Reset();
                var w = Numbers(arena, (long)n * k);
                using var packed = new PackedMatrix(k, n, format);
                packed.PackOutputsByInputs(team, w, k);
                Console.Write($"{n,5} x {k,4} {format,-8}:");
                foreach (var m in new[] { 1, 2, 4, 8, 16, 64 })
                {
                    var x = Numbers(arena, m * k);
                    var y = arena.TakeZeroed((long)m * n);
                    var (seconds, _) = Measure.Interleaved(Rounds, () => Gemm.Multiply(team, x, k, packed, y, n, m, accumulate: false));
                    Console.Write($"  M {m} {2e-9 * m * n * k / seconds[0]:F0} ({packed.Bytes / seconds[0] / 1e9:F0})");
                }
                Console.WriteLine();
            }
        }
    }

    private static void Attentions()
    {
        Console.WriteLine("Attention, causal, grouped queries; the plain loop is the reference implementation");
        Console.WriteLine("heads/kv  size  sequences x tokens |   forward ms  GFLOP/s |  backward ms  GFLOP/s | decode us  GB/s of cache | forward / plain loop");
        using var team = new ThreadTeam(1);
        using var arena = new TensorArena();
        foreach (var (heads, keyValueHeads, size, sequences, tokens) in new[] { (8, 4, 32, 16, 256), (8, 4, 32, 64, 256), (16, 8, 64, 2, 1024), (16, 8, 128, 1, 2048) })
        {
            arena.Reset();
            var shape = new AttentionShape(heads, keyValueHeads, size);
            var rows = sequences * tokens;
            var (width, keyWidth) = (heads * size, keyValueHeads * size);
            var q = Numbers(arena, (long)rows * width);
            var k = Numbers(arena, (long)rows * keyWidth);
            var v = Numbers(arena, (long)rows * keyWidth);
            var d = Numbers(arena, (long)rows * width);
            var output = arena.TakeZeroed((long)rows * width);
            var total = arena.TakeZeroed((long)rows * heads);
            var dq = arena.TakeZeroed((long)rows * width);
            var dk = arena.TakeZeroed((long)rows * keyWidth);
            var dv = arena.TakeZeroed((long)rows * keyWidth);
            var segments = Enumerable.Range(0, sequences).Select(i => new TreeSegment(i * tokens, tokens, -1)).ToArray();
            var page = new KeyValuePage(keyValueHeads, size);
            var perSequence = tokens / KeyValuePage.Positions;
            var pages = Enumerable.Range(0, sequences * perSequence).Select(_ => (nint)Numbers(arena, page.Floats)).ToArray();
            var queries = Enumerable.Range(0, sequences).Select(i => new PagedQuery(i, 1, tokens - 1, i * perSequence)).ToArray();
            var (seconds, _) = Measure.Interleaved(
                5,
                () => TreeAttention.Forward(team, q, width, k, v, keyWidth, segments, shape, output, width, total),
                () => TreeAttention.Backward(team, q, width, k, v, keyWidth, segments, shape, output, d, width, total, dq, width, dk, dv, keyWidth),
                () => PagedAttention.Forward(team, q, width, queries, pages, shape, output, width),
                tokens == 1024 ? () => TreeAttention.ReferenceForward(q, width, k, v, keyWidth, segments, shape, output, width, total) : null);
            var work = 4e-9 * sequences * heads * size * tokens * (tokens + 1) / 2;
            Console.WriteLine(
                $"{heads,5}/{keyValueHeads,-2} {size,5} {sequences,10} x {tokens,6} | {seconds[0] * 1e3,12:F2} {work / seconds[0],8:F0} | {seconds[1] * 1e3,12:F2} {2.5 * work / seconds[1],8:F0} | {seconds[2] * 1e6,9:F0} {8e-9 * sequences * tokens * keyWidth / seconds[2],8:F1}              | {Cell(seconds[3] / seconds[0])}");
        }
    }

    private static void Rows()
    {
        const int Rows = 4096, Channels = 256, Count = Rows * Channels;
        Console.WriteLine($"Rows of {Channels}, {Rows} of them: ns per element, and the plain loop's");
        using var team = new ThreadTeam(1);
        using var arena = new TensorArena();
        var x = Numbers(arena, Count);
        var y = Numbers(arena, Count);
        var z = Numbers(arena, Count);
        var result = arena.TakeZeroed(Count);
        var second = arena.TakeZeroed(Count);
        var weight = Numbers(arena, Channels);
        var dWeight = arena.TakeZeroed(Channels);
        Report("exp", () => FastExp.Exp(new(x, Count), new(result, Count)), () =>
        {
            for (var i = 0; i < Count; i++)
                result[i] = MathF.Exp(x[i]);
        });
        Report("softmax", () => EachRow((row, line) => Softmax.Forward(new(x + line, Channels), new(result + line, Channels))),
            () => EachRow((row, line) => Softmax.ReferenceForward(new(x + line, Channels), new(result + line, Channels))));
        Report("rms norm", () => RmsNorm.Forward(team, x, Channels, weight, Rows, 1, Channels, 1e-6f, result, Channels),
            () => EachRow((row, line) => RmsNorm.ReferenceForward(new(x + line, Channels), new(weight, Channels), 1e-6f, new(result + line, Channels))));
        Report("rms norm backward", () => RmsNorm.Backward(team, x, Channels, weight, y, Channels, Rows, 1, Channels, 1e-6f, true, result, Channels, dWeight),
            () => EachRow((row, line) => RmsNorm.ReferenceBackward(
                new(x + line, Channels), new(weight, Channels), new(y + line, Channels), 1e-6f, new(result + line, Channels), new(dWeight, Channels))));
        Report("SwiGLU", () => SwiGlu.Forward(team, x, y, Channels, Rows, Channels, result, Channels),
            () => SwiGlu.ReferenceForward(new(x, Count), new(y, Count), new(result, Count)));
        Report("SwiGLU backward", () => SwiGlu.Backward(team, x, y, Channels, z, Channels, Rows, Channels, result, second, Channels),
            () => SwiGlu.ReferenceBackward(new(x, Count), new(y, Count), new(z, Count), new(result, Count), new(second, Count)));
        new Span<float>(result, Count).Clear();
        new Span<float>(second, Count).Clear();
        Report("AdamW", () => AdamW.Step(team, x, Count, 1, 3, 1e-4f, 0.9f, 0.95f, 1e-8f, 0.1f, y, result, second),
            () => AdamW.ReferenceStep(new(x, Count), 1, 3, 1e-4f, 0.9f, 0.95f, 1e-8f, 0.1f, new(y, Count), new(result, Count), new(second, Count)));
        Report("gradient norm", () => GradientNorm.SumOfSquares(team, x, Count), () =>
        {
            var sum = 0.0;
            for (var i = 0; i < Count; i++)
                sum += (double)x[i] * x[i];
            GC.KeepAlive(sum);
        });

        void Report(string name, Action kernel, Action plain)
        {
            var (seconds, _) = Measure.Interleaved(5, kernel, plain);
            Console.WriteLine($"{name,-18} {seconds[0] / Count * 1e9,7:F3} {seconds[1] / Count * 1e9,7:F2}   {seconds[1] / seconds[0],6:F1} x");
        }

        static void EachRow(Action<int, int> work)
        {
            for (var row = 0; row < Rows; row++)
                work(row, row * Channels);
        }
    }

    private static float* Numbers(TensorArena arena, long count)
    {
        var result = arena.TakePointer(count);
        for (long i = 0; i < count; i++)
            result[i] = ((i * 7919 % 2003) - 1001) * 1e-3f;
        return result;
    }

    /// <summary>The loop that one would write first, with the dot product vectorised by the framework.</summary>
    private static void PlainLoop(float* x, float* w, float* y, int m, int n, int k)
    {
        for (var i = 0; i < m; i++)
        {
            for (var j = 0; j < n; j++)
                y[((long)i * n) + j] = System.Numerics.Tensors.TensorPrimitives.Dot(new ReadOnlySpan<float>(x + ((long)i * k), k), new ReadOnlySpan<float>(w + ((long)j * k), k));
        }
    }

    private static string Cell(double value) => double.IsFinite(value) ? value.ToString("F0", CultureInfo.InvariantCulture) : "-";
}
