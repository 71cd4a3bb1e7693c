using System.Collections.Immutable;
using FissionGrpo.Episodes;

namespace FissionGrpo.Rewards.Tests;

public sealed class CorrectnessRewardTests
{
    private static readonly ToolCall Open = ToolCall.Of("open", ("door", "front"));
    private static readonly ToolCall OpenBack = ToolCall.Of("open", ("door", "back"));
    private static readonly ToolCall Send = ToolCall.Of("send", ("to", "ann"), ("text", "hi"));

    [Fact]
    public void SameCalls_HaveTheLargestValue() => Assert.Equal(2, Of([Open, Send], [Open, Send]));

    [Fact]
    public void OrderOfCalls_DoesNotMatter() => Assert.Equal(2, Of([Send, Open], [Open, Send]));

    [Fact]
    public void NothingCalledWhereSomethingIsExpected_IsZero() => Assert.Equal(0, Of([], [Open]));

    [Fact]
    public void NothingExpectedAndNothingCalled_IsTheLargestValue() => Assert.Equal(2, Of([], []));

    [Fact]
    public void CallWhereNothingIsExpected_IsZero() => Assert.Equal(0, Of([Open], []));

    [Fact]
    public void WrongValue_CostsItsShareOfTheF1() => Assert.Equal(2 * (0.5f + 0.5f * 0.5f), Of([ToolCall.Of("send", ("to", "bob"), ("text", "hi"))], [Send]));

    [Fact]
    public void MissingArgument_LowersRecallOnly() => Assert.Equal(2 * (0.5f + 0.5f * (2f / 3)), Of([ToolCall.Of("send", ("to", "ann"))], [Send]), 1e-6f);

    [Fact]
    public void MissingCall_CountsZeroInTheMean() => Assert.Equal(2 * 0.5f * 0.5f, Of([Open], [Open, Send]));

    [Fact]
    public void NeedlessCall_LosesTheFunctionMatchOnly() => Assert.Equal(2 * 0.5f, Of([Open, Send], [Open]));

    [Fact]
    public void ExactMatch_IsNotTakenByASimilarCall() => Assert.Equal(2, Of([OpenBack, Open], [Open, OpenBack]));

    [Fact]
    public void NumbersSpeltDifferently_AreDifferentValues() =>
        Assert.True(Of([ToolCall.Of("fill", ("litres", 1))], [ToolCall.Of("fill", ("litres", 2))]) < 2);

    private static float Of(ImmutableArray<ToolCall> called, ImmutableArray<ToolCall> expected) => CorrectnessReward.Of(called, expected, 0.5f);
}
