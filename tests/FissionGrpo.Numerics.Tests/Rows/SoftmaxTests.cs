using FissionGrpo.Numerics.Rows;

namespace FissionGrpo.Numerics.Tests.Rows;

public sealed unsafe class SoftmaxTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(31)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(1000)]
    public void AnyLength_AgreesWithThePlainLoop(int length)
    {
        using var numbers = new TestNumbers(length);
        var x = new Span<float>(numbers.Normal(length, 20), length).ToArray();
        x[length / 2] = float.NegativeInfinity;
        if (length == 1)
            x[0] = 3;
        var (p, expected) = (new float[length], new float[length]);

        var total = Softmax.Forward(x, p);
        var expectedTotal = Softmax.ReferenceForward(x, expected);

        RmsNormTests.Near(expectedTotal, total, 2e-7);
        RmsNormTests.Near(expectedTotal, Softmax.LogSumExp(x), 2e-7);
        for (var i = 0; i < length; i++)
            Assert.InRange(p[i], (expected[i] * (1 - 3e-6)) - 1e-30, (expected[i] * (1 + 3e-6)) + 1e-30);
        Assert.Equal(1, p.Sum(v => (double)v), 1e-5);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(64)]
    [InlineData(65)]
    public void Gradient_AgreesWithCentralDifferences(int length)
    {
        using var numbers = new TestNumbers(length);
        var x = numbers.Normal(length);
        var dp = new Span<float>(numbers.Normal(length), length).ToArray();
        var p = new float[length];
        var dx = numbers.Zeros(length);
        Softmax.Forward(new(x, length), p);

        Softmax.Backward(p, dp, new(dx, length));

        double Loss()
        {
            var (sum, loss) = (0.0, 0.0);
            for (var i = 0; i < length; i++)
            {
                sum += Math.Exp(x[i]);
                loss += Math.Exp(x[i]) * dp[i];
            }
            return loss / sum;
        }
        for (var i = 0; i < length; i++)
            Attention.TreeAttentionTests.Check(x, dx, i, Loss);
    }

    [SkippableTheory]
    [InlineData(16)]
    [InlineData(32)]
    [InlineData(208)]
    public void FourLinesAtOnce_HaveTheBitsOfEachAlone(int count)
    {
        Skip.IfNot(System.Runtime.Intrinsics.X86.Avx512F.IsSupported, "only the AVX-512 path takes lines together");
        using var numbers = new TestNumbers(count);
        var stride = count + 48;
        var lines = numbers.Normal(4 * stride, 3);
        for (var line = 0; line < 4; line++)
            lines[(line * stride) + count - 1 - line] = float.NegativeInfinity;
        var expected = numbers.Copy(lines, 4 * stride);
        var maxima = stackalloc float[4];
        var sums = stackalloc float[4];

        Softmax.WeighLines(lines, stride, count, maxima, sums);

        for (var line = 0; line < 4; line++)
        {
            var alone = expected + (line * stride);
            Assert.Equal(Softmax.Max(alone, count), maxima[line]);
            Assert.Equal(Softmax.SumExp(alone, count, maxima[line], alone), sums[line]);
        }
        Assert.True(new Span<float>(expected, 4 * stride).SequenceEqual(new(lines, 4 * stride)));
    }
}
