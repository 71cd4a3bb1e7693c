using FissionGrpo.Conformance;
using FissionGrpo.Conformance.Golden;
using FissionGrpo.Testing;

namespace FissionGrpo.Model.Tests;

public sealed class GoldenTests
{
    [SkippableTheory]
    [InlineData("golden/qwen3-tiny/tied")]
    [InlineData("golden/qwen3-tiny/untied")]
    [InlineData("golden/llama-tiny")]
    [InlineData("golden/qwen2-tiny")]
    public void ReferenceModel_GivesItsLogitsLossesAndGradients(string folder) => AssertPasses(new GoldenModel(), folder);

    [Fact]
    public void BFloat16Weights_GiveTheReferencesLogits() => AssertPassesAt(new GoldenBFloat16(), GoldenFiles.Path("qwen3-tiny-bf16"));

    [SkippableFact]
    public void Shards_HoldTheSameWeights() => AssertPasses(new GoldenShards(), "golden/qwen3-tiny/untied/sharded");

    [Fact]
    public void AdamWAndClipping_EqualTheReference() => AssertPassesAt(new GoldenOptimizer(), GoldenFiles.Path("optimizer"));

    [Fact]
    public void SamplingFilters_EqualTheReference() => AssertPassesAt(new GoldenSampling(), GoldenFiles.Path("sampling"));

    private static void AssertPasses(IGoldenPart part, string folder) => AssertPassesAt(part, SharedMaterial.Path(folder));

    private static void AssertPassesAt(IGoldenPart part, string path)
    {
        var verdicts = new Verdicts();

        part.Check(path, verdicts);

        Assert.True(part.Recognises(path));
        Assert.Equal(0, verdicts.Failed);
        Assert.True(verdicts.Passed > 0);
    }
}
