using FissionGrpo.Numerics.Machine;
using FissionGrpo.Numerics.Rows;

namespace FissionGrpo.Numerics.Tests.Rows;

public sealed unsafe class AdamWTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(40_001)]
    public void SeveralSteps_AgreeWithThePlainLoop(int count)
    {
        using var numbers = new TestNumbers(count);
        using var team = new ThreadTeam(3);
        var weight = numbers.Normal(count);
        var (first, second) = (new Pair(numbers, count), new Pair(numbers, count));
        var expectedWeight = new Span<float>(weight, count).ToArray();

        for (var step = 1; step <= 5; step++)
        {
            var gradient = numbers.Normal(count);
            AdamW.Step(team, gradient, count, 0.5f, step, 1e-3f, 0.9f, 0.95f, 1e-8f, 0.1f, weight, first.Actual, second.Actual);
            AdamW.ReferenceStep(new(gradient, count), 0.5f, step, 1e-3f, 0.9f, 0.95f, 1e-8f, 0.1f, expectedWeight, first.Expected, second.Expected);
        }

        for (var i = 0; i < count; i++)
        {
            RmsNormTests.Near(expectedWeight[i], weight[i], 1e-6);
            RmsNormTests.Near(first.Expected[i], first.Actual[i], 1e-6);
            RmsNormTests.Near(second.Expected[i], second.Actual[i], 1e-6);
        }
    }

    [Fact]
    public void GradientNorm_IsTheSumOfSquaresWithAnyThreads()
    {
        using var numbers = new TestNumbers(4);
        const int Count = 100_003;
        var x = numbers.Normal(Count);
        var expected = 0.0;
        for (var i = 0; i < Count; i++)
            expected += (double)x[i] * x[i];
        using var one = new ThreadTeam(1);
        using var three = new ThreadTeam(3);

        var sum = GradientNorm.SumOfSquares(one, x, Count);

        Assert.Equal(expected, sum, expected * 1e-12);
        Assert.Equal(sum, GradientNorm.SumOfSquares(three, x, Count));
    }

    private sealed class Pair(TestNumbers numbers, int count)
    {
        public float* Actual { get; } = numbers.Zeros(count);

        public float[] Expected { get; } = new float[count];
    }
}
