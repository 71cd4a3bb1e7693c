using FissionGrpo.Episodes;

namespace FissionGrpo.Training.Tests;

public class DemonstrationMixTests
{
    [Theory]
    [InlineData(0.005, 0.005)]
    [InlineData(0.5, 0)]
    [InlineData(0, 0.25)]
    [InlineData(0.03, 0.01)]
    [InlineData(0, 0)]
    [InlineData(1, 0)]
    public void AnyStretch_HasItsShareOfEachKind(double recovery, double diagnosed)
    {
        var mix = new DemonstrationMix(recovery, diagnosed);

        for (var first = 0L; first < 20_000; first += 4000)
        {
            var kinds = Enumerable.Range(0, 4000).Select(i => mix.At(first + i).Kind).ToList();
            Assert.InRange(kinds.Count(k => k is DemonstrationKind.Recovery), (4000 * recovery) - 2, (4000 * recovery) + 2);
            Assert.InRange(kinds.Count(k => k is DemonstrationKind.DiagnosedRecovery), (4000 * diagnosed) - 2, (4000 * diagnosed) + 2);
        }
    }

    [Fact]
    public void Recoveries_AreNumberedWithoutGaps()
    {
        var mix = new DemonstrationMix(0.03, 0.01);

        var all = Enumerable.Range(0, 5000).Select(i => mix.At(i)).ToList();

        foreach (var kind in new[] { DemonstrationKind.Recovery, DemonstrationKind.DiagnosedRecovery })
        {
            var numbers = all.Where(d => d.Kind == kind).Select(d => d.Number).ToList();
            Assert.Equal(Enumerable.Range(0, numbers.Count).Select(i => (long)i), numbers);
        }
        Assert.All(all.Select((d, place) => (d, place)).Where(x => x.d.Kind is DemonstrationKind.HappyPath), x => Assert.Equal(x.place, x.d.Number));
    }
}
