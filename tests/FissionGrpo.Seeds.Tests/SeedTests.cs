using FsCheck;
using FsCheck.Fluent;

namespace FissionGrpo.Seeds.Tests;

public sealed class SeedTests
{
    [Fact]
    public void KnownPath_GivesTheSameBitsOnEveryMachine()
    {
        var seed = new Seed(1).Derive("rollout", 3).Derive("task-7");

        Assert.Equal("5d680a99e436cfd4", seed.Value.ToString("x16", null));
    }

    [Fact]
    public void DifferentNames_GiveDifferentSeeds() =>
        Prop.ForAll<string, string>((a, b) => a is null || b is null || (a == b) == (new Seed(5).Derive(a) == new Seed(5).Derive(b)))
            .QuickCheckThrowOnFailure();

    [Fact]
    public void NameAndNumber_AreDifferentChildren() => Assert.NotEqual(new Seed(0).Derive("1"), new Seed(0).Derive(1));

    [Fact]
    public void Next_IsUniformAndStaysInside()
    {
        var rng = new SampleRng(new Seed(11));
        var counts = new int[7];

        for (var i = 0; i < 70_000; i++)
            counts[rng.Next(7)]++;

        Assert.All(counts, count => Assert.InRange(count, 9_600, 10_400)); // 10,000 expected, 4 standard deviations are 370
    }

    [Fact]
    public void Shuffle_KeepsEveryItem()
    {
        var rng = new SampleRng(new Seed(2));
        var items = Enumerable.Range(0, 100).ToArray();

        rng.Shuffle<int>(items);

        Assert.NotEqual(Enumerable.Range(0, 100), items);
        Assert.Equal(Enumerable.Range(0, 100), items.Order());
    }
}
