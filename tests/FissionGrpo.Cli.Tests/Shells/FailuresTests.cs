using FissionGrpo.Episodes;
using FissionGrpo.Model;
using FissionGrpo.Model.Checkpoints;

namespace FissionGrpo.Cli.Shells;

public class FailuresTests
{
    public static TheoryData<Exception, int, string> Cases => new()
    {
        { new UserErrorException("runs/x.json: wrong"), 2, "fission: runs/x.json: wrong" },
        { new AggregateException(new UserErrorException("inner")), 2, "fission: inner" },
        { new IOException("No space left on device : 'x'", 28), 1, "disk is full" },
        { new IOException("There is not enough space on the disk.", unchecked((int)0x80070070)), 1, "disk is full" },
        { new IOException("Input/output error"), 1, "What was written before is whole" },
        { new UnauthorizedAccessException("Access to the path '/x' is denied."), 2, "permissions" },
        { new DirectoryNotFoundException("Could not find a part of the path '/x'."), 2, "Check the path" },
        { new CheckpointException("m/model.safetensors", "norm", "has 3 values, expected 4"), 2, "m/model.safetensors: tensor norm" },
        { new NonFiniteException("layers.0.q", "is NaN."), 1, "learning_rate" },
        { new InsufficientMemoryException(), 1, "out of memory" },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void EveryFault_IsOneLineAndACode(Exception exception, int code, string expected)
    {
        using var shell = new TestShell();

        Assert.Equal(code, Failures.Explain(exception, shell.Shell, default));
        Assert.Contains(expected, shell.Error, StringComparison.Ordinal);
        Assert.Single(shell.Error.TrimEnd().Split('\n'));
    }

    [Fact]
    public void OurOwnMistake_ComesWithItsPlace()
    {
        using var shell = new TestShell();

        Assert.Equal(1, Failures.Explain(new InvalidOperationException("oops"), shell.Shell, default));
        Assert.Contains("bug of ours", shell.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Cancellation_Is130()
    {
        using var shell = new TestShell();
        using var cancel = new CancellationTokenSource();
        cancel.Cancel();

        Assert.Equal(130, Failures.Explain(new OperationCanceledException(), shell.Shell, cancel.Token));
    }
}
