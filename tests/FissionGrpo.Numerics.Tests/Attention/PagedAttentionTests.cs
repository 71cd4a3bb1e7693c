using FissionGrpo.Numerics.Attention;
using FissionGrpo.Numerics.Machine;

namespace FissionGrpo.Numerics.Tests.Attention;

public sealed unsafe class PagedAttentionTests
{
    [Theory]
    [InlineData(4, 2, 32, 2)]
    [InlineData(2, 1, 16, 2)]
    [InlineData(8, 1, 64, 2)]
    [InlineData(3, 3, 20, 2)]
    [InlineData(8, 4, 32, 1)]
    [InlineData(14, 2, 64, 1)]
    [InlineData(15, 5, 24, 1)]
    [InlineData(10, 2, 80, 1)]
    [InlineData(4, 1, 128, 1)]
    public void DecodingAndPrefill_GiveTheBitsOfTheTree(int heads, int keyValueHeads, int size, int threads)
    {
        using var numbers = new TestNumbers(heads * size);
        using var team = new ThreadTeam(threads);
        var shape = new AttentionShape(heads, keyValueHeads, size);
        var layout = new KeyValuePage(keyValueHeads, size);
        int[] lengths = [1, 32, 33, 100];
        var (width, keyWidth) = (heads * size, keyValueHeads * size);
        var rows = lengths.Sum();
        var q = numbers.Normal(rows * width);
        var k = numbers.Normal(rows * keyWidth);
        var v = numbers.Normal(rows * keyWidth);
        var segments = new List<TreeSegment>();
        var pages = new List<nint>();
        var firstPages = new List<int>();
        var start = 0;
        foreach (var length in lengths)
        {
            firstPages.Add(pages.Count);
            for (var i = 0; i < length; i++)
            {
                if (i % KeyValuePage.Positions == 0)
                    pages.Add((nint)numbers.Filled(layout.Floats, float.NaN)); // what is not written must not be used
                layout.Write(k + ((start + i) * keyWidth), v + ((start + i) * keyWidth), i % KeyValuePage.Positions, (float*)pages[^1]);
            }
            segments.Add(new(start, length, -1));
            start += length;
        }
        var expected = numbers.Zeros(rows * width);
        TreeAttention.Forward(team, q, width, k, v, keyWidth, segments.ToArray(), shape, expected, width, null);
        var prefill = numbers.Zeros(rows * width);
        var decoded = numbers.Zeros(rows * width);

        PagedAttention.Forward(team, q, width, [.. segments.Select((s, i) => new PagedQuery(s.Start, s.Length, 0, firstPages[i]))], pages.ToArray(), shape, prefill, width);
        for (var position = 0; position < lengths.Max(); position++)
        {
            var queries = segments.Select((s, i) => (s, i)).Where(x => x.s.Length > position).Select(x => new PagedQuery(x.s.Start + position, 1, position, firstPages[x.i]));
            PagedAttention.Forward(team, q, width, queries.ToArray(), pages.ToArray(), shape, decoded, width);
        }

        Assert.True(new Span<float>(expected, rows * width).SequenceEqual(new(prefill, rows * width)), "prefill");
        Assert.True(new Span<float>(expected, rows * width).SequenceEqual(new(decoded, rows * width)), "decode");
    }

    [Fact]
    public void OneRow_AgreesWithThePlainLoops()
    {
        using var numbers = new TestNumbers(9);
        using var team = new ThreadTeam(1);
        var shape = new AttentionShape(6, 2, 48);
        var layout = new KeyValuePage(2, 48);
        var pages = stackalloc nint[3];
        for (var i = 0; i < 3; i++)
            pages[i] = (nint)numbers.Normal(layout.Floats);
        var q = numbers.Normal(6 * 48);
        var expected = numbers.Zeros(6 * 48);
        var actual = numbers.Zeros(6 * 48);

        PagedAttention.ReferenceRow(q, pages, 77, shape, expected);
        PagedAttention.Forward(team, q, 6 * 48, [new(0, 1, 76, 0)], new(pages, 3), shape, actual, 6 * 48);

        TreeAttentionTests.AssertClose(expected, actual, 6 * 48, 3e-6);
    }
}
