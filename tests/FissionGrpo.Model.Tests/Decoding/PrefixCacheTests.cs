using FissionGrpo.Model.Decoding;
using FissionGrpo.Numerics.Attention;

namespace FissionGrpo.Model.Tests.Decoding;

public sealed class PrefixCacheTests
{
    /// <summary>A sequence that failed while it was made (no memory for its page) holds its prefix for ever: keys of old weights must not be found all the same.</summary>
    [Fact]
    public void Clear_ForgetsAlsoWhatSomebodyStillHolds()
    {
        using var engine = TinyModels.Engine(threads: 1);
        using var pool = new PagePool(engine.Weights.Configuration);
        var cache = new PrefixCache(pool, 16);
        var tokens = Enumerable.Range(1, 2 * KeyValuePage.Positions).ToArray();
        var first = cache.Insert(cache.Root, tokens.AsSpan(0, KeyValuePage.Positions), cache.Take());
        cache.Hold(cache.Insert(first, tokens.AsSpan(KeyValuePage.Positions), cache.Take()));
        Assert.Equal(2, cache.Match(tokens).Pages.Count);

        cache.Clear();

        Assert.Empty(cache.Match(tokens).Pages);
    }
}
