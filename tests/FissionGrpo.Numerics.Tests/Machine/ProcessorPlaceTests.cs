using FissionGrpo.Numerics.Machine;

namespace FissionGrpo.Numerics.Tests.Machine;

public sealed class ProcessorPlaceTests
{
    [Theory]
    [InlineData(0b1111, new[] { 1 }, 0b1101)]
    [InlineData(0b1100, new[] { 2, 0, 2 }, 0b1000)]
    [InlineData(0b0101, new[] { ProcessorPlace.Unknown, 63, 100_000 }, 0b0101)]
    public void Without_LeavesWhatIsNotTaken(ulong allowed, int[] taken, ulong left)
    {
        var rest = new ulong[2];

        Assert.True(ProcessorPlace.Without([allowed, 0], taken, rest));

        Assert.Equal([left, 0], rest);
    }

    [Fact]
    public void Without_ProcessorsBeyondTheFirstWord_AreFoundInTheirOwn()
    {
        var rest = new ulong[2];

        Assert.True(ProcessorPlace.Without([0, 0b110], [65], rest));

        Assert.Equal([0, 0b100], rest);
    }

    [Fact]
    public void Without_WhenAllAreTaken_SaysSo() => Assert.False(ProcessorPlace.Without([0b101, 0], [0, 2], new ulong[2]));

    [Fact]
    public void MovingAround_LeavesNothingPinned()
    {
        var before = ProcessorPlace.Allowed();
        var allowed = Enumerable.Range(0, 64 * before.Length).Where(p => (before[p / 64] >> (p % 64) & 1) != 0).ToArray();

        foreach (var processor in allowed)
        {
            ProcessorPlace.GoTo(processor);
            ProcessorPlace.LeaveFor([processor]);
        }
        var nowhere = ProcessorPlace.LeaveFor(allowed);
        var forbidden = ProcessorPlace.GoTo((64 * ProcessorPlace.MaskWords) - 1);

        Assert.False(nowhere);
        Assert.False(forbidden);
        Assert.Equal(before, ProcessorPlace.Allowed());
    }

    [SkippableFact]
    public void OnLinux_ThePlaceIsKnown()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "other systems do not tell");

        Assert.True(ProcessorPlace.Current() >= 0);
        Assert.NotEmpty(ProcessorPlace.Allowed());
    }
}
