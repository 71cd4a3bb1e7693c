using FissionGrpo.Numerics.Machine;
using FissionGrpo.Numerics.Rows;
using FissionGrpo.Numerics.Tests.Attention;

namespace FissionGrpo.Numerics.Tests.Rows;

public sealed unsafe class SwiGluTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(100)]
    public void AnyWidth_AgreesWithThePlainLoop(int channels)
    {
        using var numbers = new TestNumbers(channels);
        using var team = new ThreadTeam(2);
        const int Rows = 9;
        var ld = (2 * channels) + 1;
        var both = numbers.Normal(Rows * ld, 4);
        var dy = numbers.Normal(Rows * channels);
        var y = numbers.Zeros(Rows * channels);
        var dBoth = numbers.Filled(Rows * ld, 7);

        SwiGlu.Forward(team, both, both + channels, ld, Rows, channels, y, channels);
        SwiGlu.Backward(team, both, both + channels, ld, dy, channels, Rows, channels, dBoth, dBoth + channels, ld);

        for (var row = 0; row < Rows; row++)
        {
            var (expected, dGate, dUp) = (new float[channels], new float[channels], new float[channels]);
            var (gate, up) = (new Span<float>(both + (row * ld), channels).ToArray(), new Span<float>(both + (row * ld) + channels, channels).ToArray());
            SwiGlu.ReferenceForward(gate, up, expected);
            SwiGlu.ReferenceBackward(gate, up, new(dy + (row * channels), channels), dGate, dUp);
            for (var i = 0; i < channels; i++)
            {
                RmsNormTests.Near(expected[i], y[(row * channels) + i]);
                RmsNormTests.Near(dGate[i], dBoth[(row * ld) + i]);
                RmsNormTests.Near(dUp[i], dBoth[(row * ld) + channels + i]);
            }
            Assert.Equal(7, dBoth[(row * ld) + (2 * channels)]);
        }
    }

    [Fact]
    public void HugeGates_GiveNoNaN()
    {
        using var numbers = new TestNumbers(0);
        using var team = new ThreadTeam(1);
        var gate = numbers.Filled(40, -200);
        new Span<float>(gate + 20, 20).Fill(200);
        var up = numbers.Filled(40, 3);
        var y = numbers.Zeros(40);

        SwiGlu.Forward(team, gate, up, 40, 1, 40, y, 40);

        for (var i = 0; i < 40; i++)
            Assert.Equal(i < 20 ? 0 : 600, y[i], 1e-3);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(64)]
    [InlineData(65)]
    public void Gradients_AgreeWithCentralDifferences(int channels)
    {
        using var numbers = new TestNumbers(channels + 1);
        using var team = new ThreadTeam(1);
        var gate = numbers.Normal(channels);
        var up = numbers.Normal(channels);
        var dy = numbers.Normal(channels);
        var dGate = numbers.Zeros(channels);
        var dUp = numbers.Zeros(channels);
        SwiGlu.Backward(team, gate, up, channels, dy, channels, 1, channels, dGate, dUp, channels);

        double Loss()
        {
            var loss = 0.0;
            for (var i = 0; i < channels; i++)
                loss += dy[i] * (gate[i] / (1 + Math.Exp(-(double)gate[i]))) * up[i];
            return loss;
        }

        for (var trial = 0; trial < 20; trial++)
        {
            TreeAttentionTests.Check(gate, dGate, numbers.Next(0, channels), Loss);
            TreeAttentionTests.Check(up, dUp, numbers.Next(0, channels), Loss);
        }
    }
}
