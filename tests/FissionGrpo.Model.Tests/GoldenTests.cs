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

    [SkippableFact]
    public void BFloat16Weights_GiveTheReferencesLogits() => AssertPasses(new GoldenBFloat16(), "golden/qwen3-tiny/tied-bf16");

    [SkippableFact]
    public void Shards_HoldTheSameWeights() => AssertPasses(new GoldenShards(), "golden/qwen3-tiny/untied/sharded");

    [SkippableFact]
    public void AdamWAndClipping_EqualTheReference() => AssertPasses(new GoldenOptimizer(), "golden/optimizer");

    [SkippableFact]
    public void SamplingFilters_EqualTheReference() => AssertPasses(new GoldenSampling(), "golden/sampling");

    private static void AssertPasses(IGoldenPart part, string folder)
    {
        var path = SharedMaterial.Path(folder);
        var verdicts = new Verdicts();

        part.Check(path, verdicts);

        Assert.True(part.Recognises(path));
        Assert.Equal(0, verdicts.Failed);
        Assert.True(verdicts.Passed > 0);
    }
}
