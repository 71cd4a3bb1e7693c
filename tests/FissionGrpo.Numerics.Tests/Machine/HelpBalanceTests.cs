using System.Diagnostics;
using FissionGrpo.Numerics.Machine;

namespace FissionGrpo.Numerics.Tests.Machine;

public sealed class HelpBalanceTests
{
    private static readonly long Millisecond = Stopwatch.Frequency / 1000;

    [Fact]
    public void HelpersThatDoHalfOfTheItems_GoOn()
    {
        var balance = new HelpBalance();

        for (var round = 0; round < 1000; round++)
            Assert.Equal(0, balance.Add(items: 10, own: 5, working: Millisecond, waiting: Millisecond / 10));
    }

    [Fact]
    public void HelpersThatAreWaitedForLongerThanTheyHelp_PauseLongerEachTime()
    {
        var balance = new HelpBalance();

        var pauses = Enumerable.Range(0, 1000).Select(_ => balance.Add(items: 10, own: 9, working: Millisecond, waiting: 4 * Millisecond)).Where(pause => pause > 0).ToList();

        Assert.Equal(pauses[0] * 2, pauses[1]);
        Assert.Equal(pauses.Order(), pauses);
        Assert.Equal(pauses[^1], pauses[^2]);
    }

    [Fact]
    public void HelpersThatDoNothing_Pause()
    {
        var balance = new HelpBalance();

        Assert.Contains(Enumerable.Range(0, 100), _ => balance.Add(items: 10, own: 10, working: Millisecond, waiting: 0) > 0);
    }

    [Fact]
    public void HelpersThatHelpAgain_StartAfreshWithAShortPause()
    {
        var balance = new HelpBalance();
        var first = Enumerable.Range(0, 100).Select(_ => Useless(ref balance)).First(pause => pause > 0);
        for (var round = 0; round < 200; round++)
            _ = Useless(ref balance);

        for (var round = 0; round < 100; round++)
            balance.Add(items: 10, own: 5, working: Millisecond, waiting: 0);
        var afterwards = Enumerable.Range(0, 100).Select(_ => Useless(ref balance)).First(pause => pause > 0);

        Assert.Equal(first, afterwards);
    }

    [Fact]
    public void RoundsThatTheCallerHadNoPartIn_SayNothing()
    {
        var balance = new HelpBalance();

        for (var round = 0; round < 100; round++)
            Assert.Equal(0, balance.Add(items: 10, own: 0, working: Millisecond, waiting: 20 * Millisecond));
    }

    private static long Useless(ref HelpBalance balance) => balance.Add(items: 10, own: 10, working: Millisecond, waiting: Millisecond);
}
