using static FissionGrpo.Evaluation.Played;

namespace FissionGrpo.Evaluation.Metrics;

public class ErrorRecoveryTests
{
    [Fact]
    public void SameToolSucceedsLaterInTheTurn_IsARecovery()
    {
        var counts = ErrorRecovery.Of([Step(0, Failed(Open)), Step(0, Ok(Unlock)), Step(0, Ok(Open))], [[Unlock, Open]]);

        Assert.Equal(new ErrorRecovery(FailedCalls: 1, RecoveredCalls: 1, FailedThenCalled: 1, RepeatedCalls: 0, MalformedReplies: 0, Calls: 3), counts);
    }

    [Fact]
    public void OnlyTheFixSucceeds_IsNotARecovery() =>
        Assert.Equal(0, ErrorRecovery.Of([Step(0, Failed(Open)), Step(0, Ok(Unlock))], [[Unlock, Open]]).RecoveredCalls);

    [Fact]
    public void SuccessInTheNextTurn_IsNotARecovery() =>
        Assert.Equal(0, ErrorRecovery.Of([Step(0, Failed(Open)), Step(1, Ok(Open))], [[Open], [Open]]).RecoveredCalls);

    [Fact]
    public void WrongTool_IsRecoveredByAnExpectedCall() =>
        Assert.Equal(1, ErrorRecovery.Of([Step(0, Failed(Push)), Step(0, Ok(Open))], [[Open]]).RecoveredCalls);

    /// <summary>The expected call had been made before the wrong tool failed, so making it again serves nothing.</summary>
    [Fact]
    public void WrongToolAfterTheExpectedCall_IsNotRecoveredByRepeatingIt() =>
        Assert.Equal(0, ErrorRecovery.Of([Step(0, Ok(Open)), Step(0, Failed(Push)), Step(0, Ok(Open))], [[Open]]).RecoveredCalls);

    [Fact]
    public void SameCallInTheNextReply_IsARepetition()
    {
        var counts = ErrorRecovery.Of([Step(0, Failed(Open)), Step(0, Failed(Open)), Step(0, Ok(Unlock))], []);

        Assert.Equal((2, 2, 1), (counts.FailedCalls, counts.FailedThenCalled, counts.RepeatedCalls));
    }

    /// <summary>Parallel calls are written before any result is seen: two of the same are clumsy, but no repetition of a failure.</summary>
    [Fact]
    public void SameCallTwiceInOneReply_IsNoRepetition() =>
        Assert.Equal(0, ErrorRecovery.Of([Step(0, Failed(Open), Failed(Open))], []).FailedThenCalled);

    [Fact]
    public void MalformedReply_IsCountedBesideTheCalls()
    {
        var counts = ErrorRecovery.Of([Malformed(0), Step(0, Ok(Open))], [[Open]]);

        Assert.Equal((0, 1, 1), (counts.FailedCalls, counts.MalformedReplies, counts.Calls));
    }
}
