using FissionGrpo.Numerics.Machine;
using FissionGrpo.Numerics.Rows;

namespace FissionGrpo.Numerics.Tests.Rows;

public sealed unsafe class EmbeddingTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(63)]
    [InlineData(200)]
    public void GatherAndScatterAdd_AreEachOthersTranspose(int channels)
    {
        using var numbers = new TestNumbers(channels);
        using var team = new ThreadTeam(3);
        const int Rows = 50, Vocabulary = 11; // tokens repeat
        var table = numbers.Normal(Vocabulary * channels);
        var tokens = numbers.Ints(Rows, Vocabulary);
        var y = numbers.Zeros(Rows * channels);
        var dTable = numbers.Filled(Vocabulary * channels, 1);
        var expected = Enumerable.Repeat(1f, Vocabulary * channels).ToArray();

        Embedding.Gather(team, table, tokens, Rows, channels, y);
        Embedding.ScatterAdd(team, y, tokens, Rows, channels, dTable);

        for (var row = 0; row < Rows; row++)
        {
            for (var c = 0; c < channels; c++)
            {
                Assert.Equal(table[(tokens[row] * channels) + c], y[(row * channels) + c]);
                expected[(tokens[row] * channels) + c] += y[(row * channels) + c];
            }
        }
        Assert.Equal(expected, new Span<float>(dTable, Vocabulary * channels).ToArray());
    }

    [Fact]
    public void BiasAndItsGradient_AreRowSums()
    {
        using var numbers = new TestNumbers(2);
        using var team = new ThreadTeam(2);
        var bias = numbers.Normal(37);
        var y = numbers.Filled(5 * 40, 1);
        var sums = numbers.Zeros(37);

        Residual.AddBias(team, bias, 5, 37, y, 40);
        Residual.AddColumnSums(team, y, 40, 5, 37, sums);
        Residual.Add(team, y, 5 * 40, y);

        for (var c = 0; c < 37; c++)
        {
            Assert.Equal((1 + bias[c]) * 2, y[(4 * 40) + c]);
            RmsNormTests.Near(5 * (1 + bias[c]), sums[c]);
        }
        Assert.Equal(2, y[39]);
    }
}
