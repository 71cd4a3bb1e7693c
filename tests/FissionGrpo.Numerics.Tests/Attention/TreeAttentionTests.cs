using FissionGrpo.Numerics.Attention;
using FissionGrpo.Numerics.Machine;

namespace FissionGrpo.Numerics.Tests.Attention;

public sealed unsafe class TreeAttentionTests
{
    // heads, key/value heads, head size, segments, longest segment
    public static TheoryData<int, int, int, int, int> Cases => new()
    {
        { 1, 1, 8, 1, 1 }, { 2, 1, 16, 3, 5 }, { 4, 2, 32, 6, 40 }, { 6, 2, 24, 9, 33 }, { 8, 8, 64, 4, 70 }, { 16, 1, 128, 3, 100 }, { 2, 2, 33, 5, 12 }, { 4, 1, 32, 2, 400 }, { 64, 1, 4, 3, 5 }, { 4, 2, 24, 60, 9 },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void RandomTree_AgreesWithThePlainLoops(int heads, int keyValueHeads, int size, int count, int longest)
    {
        using var numbers = new TestNumbers(heads + size + count);
        using var team = new ThreadTeam(2);
        var shape = new AttentionShape(heads, keyValueHeads, size);
        var segments = RandomTree.Create(numbers, count, longest, out var rows);
        var (ldq, ldkv, ldo) = ((heads * size) + 5, (keyValueHeads * size) + 3, (heads * size) + 1);
        var (q, k, v, d) = (new Native(numbers.Normal((long)rows * ldq)), new Native(numbers.Normal((long)rows * ldkv)), new Native(numbers.Normal((long)rows * ldkv)), new Native(numbers.Normal((long)rows * ldo)));
        var output = numbers.Zeros((long)rows * ldo);
        var expected = numbers.Zeros((long)rows * ldo);
        var total = numbers.Zeros((long)rows * heads);
        var expectedTotal = numbers.Zeros((long)rows * heads);

        TreeAttention.Forward(team, q.Start, ldq, k.Start, v.Start, ldkv, segments, shape, output, ldo, total);
        TreeAttention.ReferenceForward(q.Start, ldq, k.Start, v.Start, ldkv, segments, shape, expected, ldo, expectedTotal);

        AssertClose(expected, output, (long)rows * ldo, 3e-6);
        AssertClose(expectedTotal, total, (long)rows * heads, 3e-6);

        var actualGradients = new float*[3];
        var expectedGradients = new float*[3];
        for (var i = 0; i < 3; i++)
        {
            actualGradients[i] = numbers.Filled((long)rows * (i == 0 ? ldq : ldkv), 0.5f);
            expectedGradients[i] = numbers.Filled((long)rows * (i == 0 ? ldq : ldkv), 0.5f);
        }
        TreeAttention.Backward(
            team, q.Start, ldq, k.Start, v.Start, ldkv, segments, shape, output, d.Start, ldo, total, actualGradients[0], ldq, actualGradients[1], actualGradients[2], ldkv);
        TreeAttention.ReferenceBackward(
            q.Start, ldq, k.Start, v.Start, ldkv, segments, shape, output, d.Start, ldo, total, expectedGradients[0], ldq, expectedGradients[1], expectedGradients[2], ldkv);
        for (var i = 0; i < 3; i++)
            AssertClose(expectedGradients[i], actualGradients[i], (long)rows * (i == 0 ? ldq : ldkv), 2e-5);
    }

    [Fact]
    public void CuttingAPathIntoSegments_ChangesNoBit()
    {
        using var numbers = new TestNumbers(3);
        using var team = new ThreadTeam(2);
        var shape = new AttentionShape(4, 2, 32);
        const int Rows = 150, Width = 128, KeyWidth = 64;
        var q = numbers.Normal(Rows * Width);
        var k = numbers.Normal(Rows * KeyWidth);
        var v = numbers.Normal(Rows * KeyWidth);
        var whole = numbers.Zeros(Rows * Width);
        TreeAttention.Forward(team, q, Width, k, v, KeyWidth, [new(0, Rows, -1)], shape, whole, Width, null);

        for (var trial = 0; trial < 20; trial++)
        {
            var segments = new List<TreeSegment>();
            for (var start = 0; start < Rows;)
            {
                var length = Math.Min(Rows - start, numbers.Next(1, 60));
                segments.Add(new(start, length, segments.Count - 1));
                start += length;
            }
            var cut = numbers.Zeros(Rows * Width);

            TreeAttention.Forward(team, q, Width, k, v, KeyWidth, segments.ToArray(), shape, cut, Width, null);

            Assert.True(new Span<float>(whole, Rows * Width).SequenceEqual(new(cut, Rows * Width)));
        }
    }

    [Theory]
    [InlineData(1, 2)]
    [InlineData(12, 1)]
    public void Threads_ChangeNoBit(int segmentCount, int keyValueHeads)
    {
        using var numbers = new TestNumbers(segmentCount);
        var shape = new AttentionShape(4, keyValueHeads, 16);
        var segments = RandomTree.Create(numbers, segmentCount, 300 / segmentCount, out var rows);
        var (width, keyWidth) = (64, keyValueHeads * 16);
        var q = numbers.Normal(rows * width);
        var k = numbers.Normal(rows * keyWidth);
        var v = numbers.Normal(rows * keyWidth);
        var d = numbers.Normal(rows * width);
        float[]? first = null;
        foreach (var threads in new[] { 1, 2, 4 })
        {
            using var team = new ThreadTeam(threads);
            var output = numbers.Zeros(rows * width);
            var total = numbers.Zeros(rows * 4);
            var gradients = numbers.Zeros(rows * (width + (2 * keyWidth)));
            var dk = gradients + (rows * width);

            TreeAttention.Forward(team, q, width, k, v, keyWidth, segments, shape, output, width, total);
            TreeAttention.Backward(team, q, width, k, v, keyWidth, segments, shape, output, d, width, total, gradients, width, dk, dk + (rows * keyWidth), keyWidth);

            float[] all = [.. new Span<float>(output, rows * width), .. new Span<float>(gradients, rows * (width + (2 * keyWidth)))];
            first ??= all;
            Assert.Equal(first, all);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(64)]
    [InlineData(65)]
    public void Gradients_AgreeWithCentralDifferences(int size)
    {
        using var numbers = new TestNumbers(size);
        using var team = new ThreadTeam(1);
        var shape = new AttentionShape(2, 1, size);
        TreeSegment[] segments = [new(0, 3, -1), new(3, 2, 0), new(5, 2, 0)];
        const int Rows = 7;
        var q = numbers.Normal(Rows * 2 * size);
        var k = numbers.Normal(Rows * size);
        var v = numbers.Normal(Rows * size);
        var d = numbers.Normal(Rows * 2 * size);
        var output = numbers.Zeros(Rows * 2 * size);
        var total = numbers.Zeros(Rows * 2);
        var dq = numbers.Zeros(Rows * 2 * size);
        var dk = numbers.Zeros(Rows * size);
        var dv = numbers.Zeros(Rows * size);
        TreeAttention.Forward(team, q, 2 * size, k, v, size, segments, shape, output, 2 * size, total);
        TreeAttention.Backward(team, q, 2 * size, k, v, size, segments, shape, output, d, 2 * size, total, dq, 2 * size, dk, dv, size);

        double Loss() => DoubleAttention.Loss(q, k, v, d, segments, shape);

        for (var trial = 0; trial < 20; trial++)
        {
            Check(q, dq, numbers.Next(0, Rows * 2 * size), Loss);
            Check(k, dk, numbers.Next(0, Rows * size), Loss);
            Check(v, dv, numbers.Next(0, Rows * size), Loss);
        }
    }

    [Fact]
    public void ParentAfterChild_IsRefused()
    {
        using var team = new ThreadTeam(1);

        Assert.Throws<ArgumentException>(() => TreeAttention.Forward(team, null, 0, null, null, 0, [new(0, 1, 1), new(1, 1, -1)], new(1, 1, 4), null, 0, null));
    }

    internal static void Check(float* x, float* gradient, int i, Func<double> loss)
    {
        const float Step = 1f / 512;
        var kept = x[i];
        x[i] = kept + Step;
        var (up, high) = (loss(), (double)x[i]);
        x[i] = kept - Step;
        var (down, low) = (loss(), (double)x[i]);
        x[i] = kept;
        var expected = (up - down) / (high - low);
        Assert.InRange(gradient[i], expected - 1e-4 - (1e-4 * Math.Abs(expected)), expected + 1e-4 + (1e-4 * Math.Abs(expected)));
    }

    internal static void AssertClose(float* expected, float* actual, long count, double tolerance)
    {
        for (long i = 0; i < count; i++)
            Assert.True(Math.Abs(expected[i] - actual[i]) <= tolerance * (1 + Math.Abs(expected[i])), $"[{i}] expected {expected[i]:R}, found {actual[i]:R}");
    }

    private readonly struct Native(float* start)
    {
        public readonly float* Start = start;
    }

    /// <summary>The loss Σ output · d in double precision.</summary>
    private static class DoubleAttention
    {
        public static double Loss(float* q, float* k, float* v, float* d, TreeSegment[] segments, AttentionShape shape)
        {
            var (loss, size) = (0.0, shape.HeadSize);
            for (var s = 0; s < segments.Length; s++)
            {
                var path = TreeAttention.PathOf(segments, s);
                for (var i = 0; i < segments[s].Length; i++)
                {
                    var row = segments[s].Start + i;
                    for (var h = 0; h < shape.Heads; h++)
                    {
                        var (weights, values) = (0.0, 0.0);
                        foreach (var key in path.AsSpan(0, path.Length - segments[s].Length + i + 1))
                        {
                            var (score, value) = (0.0, 0.0);
                            for (var c = 0; c < size; c++)
                            {
                                score += (double)q[(((row * shape.Heads) + h) * size) + c] * k[(((key * shape.KeyValueHeads) + (h / shape.Group)) * size) + c];
                                value += (double)d[(((row * shape.Heads) + h) * size) + c] * v[(((key * shape.KeyValueHeads) + (h / shape.Group)) * size) + c];
                            }
                            var e = Math.Exp(score * shape.Scale);
                            weights += e;
                            values += e * value;
                        }
                        loss += values / weights;
                    }
                }
            }
            return loss;
        }
    }
}
