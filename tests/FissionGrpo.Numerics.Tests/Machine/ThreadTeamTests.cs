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

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void ItemThatRunsATeamOfItsOwn_DoesEveryItemOnce(int threads)
    {
        using var team = new ThreadTeam(threads);
        var counts = new int[40 * 50];

        team.RunTiles(40, new OnItsOwn(team, counts));

        Assert.All(counts, count => Assert.Equal(1, count));
    }

    [Fact]
    public void ItemThatCallsTheTeam_IsRefused()
    {
        using var team = new ThreadTeam(2);

        Assert.Throws<InvalidOperationException>(() => team.Run(10, new Nested(team)));
    }

    [Fact]
    public void SteadyState_AllocatesNothing()
    {
        using var team = new ThreadTeam(2);
        var counts = new int[64];
        team.Run(64, new Count(counts));
        var before = GC.GetAllocatedBytesForCurrentThread();

        for (var i = 0; i < 1000; i++)
            team.Run(64, new Count(counts));

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public void HelpersThatWentToSleep_WakeForTheNextRound()
    {
        using var team = new ThreadTeam(3);
        for (var round = 0; round < 5; round++)
        {
            Assert.True(SpinWait.SpinUntil(() => team.SleepingHelpers == 2, TimeSpan.FromSeconds(30)));
            var counts = new int[1000];
            team.Run(1000, new Count(counts));
            Assert.All(counts, count => Assert.Equal(1, count));
        }
    }

    private readonly struct Nested(ThreadTeam team) : IRowKernel
    {
        public void Invoke(int item) => team.Run(4, new Count(new int[4]));
    }

    private readonly struct OnItsOwn(ThreadTeam team, int[] counts) : ITileKernel
    {
        public void Invoke(int item, int worker) => team.Alone(worker).Run(50, new Count(counts, 50 * item));
    }

    private readonly struct Count(int[] counts, int first = 0) : IRowKernel
    {
        public void Invoke(int item) => Interlocked.Increment(ref counts[first + item]);
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
