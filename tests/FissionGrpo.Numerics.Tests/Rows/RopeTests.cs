using FissionGrpo.Numerics.Machine;
using FissionGrpo.Numerics.Rows;

namespace FissionGrpo.Numerics.Tests.Rows;

public sealed unsafe class RopeTests
{
    [Theory]
    [InlineData(2)]
    [InlineData(14)]
    [InlineData(64)]
    [InlineData(130)]
    public void AnyHeadSize_AgreesWithThePlainLoopAndTurnsBack(int size)
    {
        using var numbers = new TestNumbers(size);
        using var team = new ThreadTeam(2);
        const int Rows = 20, Heads = 3, Positions = 50;
        var (half, ld) = (size / 2, (Heads * size) + 2);
        var cos = numbers.Zeros(Positions * half);
        var sin = numbers.Zeros(Positions * half);
        for (var i = 0; i < Positions * half; i++)
            (cos[i], sin[i]) = (MathF.Cos(i), MathF.Sin(i));
        var positions = numbers.Ints(Rows, Positions);
        var x = numbers.Normal(Rows * ld);
        var turned = numbers.Copy(x, Rows * ld);

        Rope.Forward(team, turned, ld, Rows, Heads, size, positions, cos, sin);

        for (var row = 0; row < Rows; row++)
        {
            for (var head = 0; head < Heads; head++)
            {
                var expected = new Span<float>(x + (row * ld) + (head * size), size).ToArray();
                Rope.Reference(expected, new(cos + (positions[row] * half), half), new(sin + (positions[row] * half), half), 1);
                for (var i = 0; i < size; i++)
                    RmsNormTests.Near(expected[i], turned[(row * ld) + (head * size) + i], 1e-6);
            }
        }
        Rope.Backward(team, turned, ld, Rows, Heads, size, positions, cos, sin); // a rotation's gradient is the rotation back
        for (var i = 0; i < Rows * ld; i++)
            RmsNormTests.Near(x[i], turned[i], 1e-6);
    }
}
