using FissionGrpo.Numerics.Machine;

namespace FissionGrpo.Numerics.Tests.Machine;

public sealed unsafe class ThreadTeamTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void EveryItem_IsDoneOnce(int threads)
    {
        using var team = new ThreadTeam(threads);
        for (var items = 0; items < 300; items++)
        {
            var counts = new int[items];
            team.Run(items, 1 + (items % 7), new Count(counts));
            Assert.All(counts, count => Assert.Equal(1, count));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void FailingItem_ReachesTheCallerAndTheTeamGoesOn(int threads)
    {
        using var team = new ThreadTeam(threads);

        Assert.Throws<InvalidDataException>(() => team.Run(100, new Fail()));

        var counts = new int[10];
        team.Run(10, new Count(counts));
        Assert.All(counts, count => Assert.Equal(1, count));
    }

    private readonly struct Count(int[] counts) : IRowKernel
    {
        public void Invoke(int item) => Interlocked.Increment(ref counts[item]);
    }

    private readonly struct Fail : IRowKernel
    {
        public void Invoke(int item)
        {
            if (item == 37)
                throw new InvalidDataException("37");
        }
    }
}
