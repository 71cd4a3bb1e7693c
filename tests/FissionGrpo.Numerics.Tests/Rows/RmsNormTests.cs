using FissionGrpo.Numerics.Machine;
using FissionGrpo.Numerics.Rows;
using FissionGrpo.Numerics.Tests.Attention;

namespace FissionGrpo.Numerics.Tests.Rows;

public sealed unsafe class RmsNormTests
{
    public static TheoryData<int, int, int> Shapes => new() { { 1, 1, 1 }, { 3, 2, 7 }, { 70, 1, 64 }, { 5, 4, 65 }, { 100, 2, 33 }, { 3, 20, 24 }, { 2, 17, 8 }, { 34, 3, 24 } };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void AnyShape_AgreesWithThePlainLoop(int rows, int groups, int channels)
    {
        using var numbers = new TestNumbers(rows + channels);
        using var team = new ThreadTeam(2);
        var (ldx, ldy) = ((groups * channels) + 3, (groups * channels) + 1);
        var x = numbers.Normal(rows * ldx);
        var weight = numbers.Normal(channels);
        var dy = numbers.Normal(rows * ldy);
        var y = numbers.Zeros(rows * ldy);
        var dx = numbers.Filled(rows * ldx, 2);
        var replaced = numbers.Filled(rows * ldx, 2);
        var dWeight = numbers.Filled(channels, 3);

        RmsNorm.Forward(team, x, ldx, weight, rows, groups, channels, 1e-5f, y, ldy);
        RmsNorm.Backward(team, x, ldx, weight, dy, ldy, rows, groups, channels, 1e-5f, accumulate: true, dx, ldx, dWeight);
        RmsNorm.Backward(team, x, ldx, weight, dy, ldy, rows, groups, channels, 1e-5f, accumulate: false, replaced, ldx, null);

        var expectedDWeight = Enumerable.Repeat(3f, channels).ToArray();
        for (var row = 0; row < rows; row++)
        {
            for (var g = 0; g < groups; g++)
            {
                var (expected, expectedDx) = (new float[channels], new float[channels]);
                RmsNorm.ReferenceForward(new(x + (row * ldx) + (g * channels), channels), new(weight, channels), 1e-5f, expected);
                RmsNorm.ReferenceBackward(
                    new(x + (row * ldx) + (g * channels), channels), new(weight, channels), new(dy + (row * ldy) + (g * channels), channels), 1e-5f, expectedDx, expectedDWeight);
                for (var i = 0; i < channels; i++)
                {
                    Near(expected[i], y[(row * ldy) + (g * channels) + i]);
                    Near(expectedDx[i], replaced[(row * ldx) + (g * channels) + i]);
                    Near(expectedDx[i] + 2, dx[(row * ldx) + (g * channels) + i]);
                }
            }
            for (var i = groups * channels; i < ldx; i++)
                Assert.Equal(2, replaced[(row * ldx) + i]);
        }
        for (var i = 0; i < channels; i++)
            Near(expectedDWeight[i], dWeight[i]);
    }

    [Fact]
    public void Neighbours_ChangeNoBitOfAGroup()
    {
        using var numbers = new TestNumbers(2);
        using var team = new ThreadTeam(1);
        const int Groups = 21, Channels = 24, Width = Groups * Channels;
        var x = numbers.Normal(Width);
        var weight = numbers.Normal(Channels);
        var dy = numbers.Normal(Width);
        var (together, alone) = (new float[2 * Width], new float[2 * Width]);

        fixed (float* all = together, one = alone)
        {
            RmsNorm.Forward(team, x, Width, weight, 1, Groups, Channels, 1e-6f, all, Width);
            RmsNorm.Backward(team, x, Width, weight, dy, Width, 1, Groups, Channels, 1e-6f, accumulate: false, all + Width, Width, null);
            for (var i = 0; i < Width; i += Channels)
            {
                RmsNorm.Forward(team, x + i, Channels, weight, 1, 1, Channels, 1e-6f, one + i, Channels);
                RmsNorm.Backward(team, x + i, Channels, weight, dy + i, Channels, 1, 1, Channels, 1e-6f, accumulate: false, one + Width + i, Channels, null);
            }
        }

        Assert.Equal(alone, together);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(64)]
    [InlineData(65)]
    public void Gradients_AgreeWithCentralDifferences(int channels)
    {
        using var numbers = new TestNumbers(channels);
        using var team = new ThreadTeam(1);
        const int Rows = 3;
        var x = numbers.Normal(Rows * channels);
        var weight = numbers.Normal(channels);
        var dy = numbers.Normal(Rows * channels);
        var dx = numbers.Zeros(Rows * channels);
        var dWeight = numbers.Zeros(channels);
        RmsNorm.Backward(team, x, channels, weight, dy, channels, Rows, 1, channels, 1e-2f, accumulate: false, dx, channels, dWeight);

        double Loss()
        {
            var loss = 0.0;
            for (var row = 0; row < Rows; row++)
            {
                var sum = 0.0;
                for (var i = 0; i < channels; i++)
                    sum += (double)x[(row * channels) + i] * x[(row * channels) + i];
                for (var i = 0; i < channels; i++)
                    loss += dy[(row * channels) + i] * (double)weight[i] * x[(row * channels) + i] / Math.Sqrt((sum / channels) + 1e-2f);
            }
            return loss;
        }

        for (var trial = 0; trial < 20; trial++)
        {
            TreeAttentionTests.Check(x, dx, numbers.Next(0, Rows * channels), Loss);
            TreeAttentionTests.Check(weight, dWeight, numbers.Next(0, channels), Loss);
        }
    }

    [Fact]
    public void Threads_ChangeNoBitOfTheWeightGradient()
    {
        using var numbers = new TestNumbers(1);
        var x = numbers.Normal(500 * 48);
        var dy = numbers.Normal(500 * 48);
        var weight = numbers.Normal(48);
        var dx = numbers.Zeros(500 * 48);
        float[]? first = null;
        foreach (var threads in new[] { 1, 2, 4 })
        {
            using var team = new ThreadTeam(threads);
            var dWeight = numbers.Zeros(48);

            RmsNorm.Backward(team, x, 48, weight, dy, 48, 500, 1, 48, 1e-6f, accumulate: false, dx, 48, dWeight);

            first ??= new Span<float>(dWeight, 48).ToArray();
            Assert.Equal(first, new Span<float>(dWeight, 48).ToArray());
        }
    }

    internal static void Near(double expected, float actual, double tolerance = 3e-6) =>
        Assert.True(Math.Abs(expected - actual) <= tolerance * (1 + Math.Abs(expected)), $"expected {expected:R}, found {actual:R}");
}
