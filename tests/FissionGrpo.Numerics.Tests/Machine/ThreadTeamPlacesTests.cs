using System.Diagnostics;
using System.Runtime.InteropServices;
using FissionGrpo.Numerics.Machine;

namespace FissionGrpo.Numerics.Tests.Machine;

public sealed unsafe partial class ThreadTeamPlacesTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [SkippableFact]
    public void HelpersWithoutAProcessorOfTheirOwn_StepAsideAndTheCallerDoesEverything()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "other systems do not tell where a thread runs");
        OnOneProcessor(() =>
        {
            using var team = new ThreadTeam(3);
            var counts = new int[500];

            var rounds = 0;
            var aside = RunUntil(team, () => team.HelpersAside == 2, () =>
            {
                team.Run(counts.Length, new Count(counts));
                rounds++;
            });
            team.Run(counts.Length, new Count(counts));

            Assert.True(aside);
            Assert.All(counts, count => Assert.Equal(rounds + 1, count));
            Assert.Throws<InvalidDataException>(() => team.Run(10, new Fail()));
            Assert.Throws<InvalidOperationException>(() => team.Run(10, new Nested(team)));
            team.Run(counts.Length, new Count(counts));
            Assert.All(counts, count => Assert.Equal(rounds + 2, count));
        });
    }

    [Fact]
    public void HelpersThatAreWaitedForLongerThanTheyHelp_StepAside()
    {
        using var team = new ThreadTeam(2);

        Assert.Equal(2, team.AtWork);
        Assert.True(RunUntil(team, () => team.AtWork == 1, () => team.RunTiles(8, new SlowHelpers())));
    }

    [Fact]
    public void HelpersAside_EndWithTheTeam()
    {
        for (var i = 0; i < 20; i++)
        {
            using var team = new ThreadTeam(3);
            Assert.True(RunUntil(team, () => team.HelpersAside > 0, () => team.RunTiles(8, new SlowHelpers())));
        }
    }

    private static bool RunUntil(ThreadTeam team, Func<bool> condition, Action round)
    {
        Assert.Equal(0, team.HelpersAside);
        for (var started = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(started) < Patience;)
        {
            if (condition())
                return true;
            round();
        }
        return false;
    }

    // A thread of its own, so that no other test inherits the confinement.
    private static void OnOneProcessor(Action test)
    {
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            var mask = stackalloc ulong[ProcessorPlace.MaskWords];
            var processor = ProcessorPlace.Current();
            mask[processor / 64] = 1ul << (processor % 64);
            failure = SetAffinity(0, ProcessorPlace.MaskWords * sizeof(ulong), mask) == 0 ? Record.Exception(test) : null;
        });
        thread.Start();
        thread.Join();
        Assert.Null(failure);
    }

    [LibraryImport("libc", EntryPoint = "sched_setaffinity")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SetAffinity(int thread, nuint bytes, ulong* mask);

    private readonly struct Count(int[] counts) : IRowKernel
    {
        public void Invoke(int item) => Interlocked.Increment(ref counts[item]);
    }

    private readonly struct Fail : IRowKernel
    {
        public void Invoke(int item) => throw new InvalidDataException();
    }

    private readonly struct Nested(ThreadTeam team) : IRowKernel
    {
        public void Invoke(int item) => team.Run(4, new Count(new int[4]));
    }

    /// <summary>Items that take the caller no time and a helper a millisecond.</summary>
    private readonly struct SlowHelpers : ITileKernel
    {
        public void Invoke(int item, int worker)
        {
            for (var started = Stopwatch.GetTimestamp(); worker > 0 && Stopwatch.GetElapsedTime(started) < TimeSpan.FromMilliseconds(1);)
                Thread.SpinWait(10);
        }
    }
}
