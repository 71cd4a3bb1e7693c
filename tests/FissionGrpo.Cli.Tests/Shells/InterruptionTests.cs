using System.Runtime.InteropServices;

namespace FissionGrpo.Cli.Shells;

public class InterruptionTests
{
    /// <summary>The first Ctrl+C asks, the second does not; both say what becomes of the work.</summary>
    [Fact]
    public void SecondSignal_EndsTheProcessAndSaysSo()
    {
        using var error = new StringWriter();
        using var interruption = new Interruption(error);
        var (first, second) = (new PosixSignalContext(PosixSignal.SIGINT), new PosixSignalContext(PosixSignal.SIGINT));

        interruption.Handle(first);
        interruption.Handle(second);

        Assert.Equal((true, false, true), (first.Cancel, second.Cancel, interruption.Token.IsCancellationRequested));
        Assert.StartsWith("fission: stopping; what is done is being saved", error.ToString(), StringComparison.Ordinal);
        Assert.Contains("fission: stopped at once", error.ToString(), StringComparison.Ordinal);
    }
}
