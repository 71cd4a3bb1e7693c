using System.Collections.Immutable;
using FissionGrpo.Episodes;

namespace FissionGrpo.Rewards.Tests;

public sealed class CompositeRewardTests
{
    private static readonly ToolCall Open = ToolCall.Of("open", ("door", "front"));
    private static readonly ToolCall Unlock = ToolCall.Of("unlock", ("door", "front"));
    private static readonly ImmutableArray<ImmutableArray<ToolCall>> Expected = [[Unlock, Open]];
    private static readonly RewardOptions Options = new(ScheduleSteps: 100, SuccessShare: 0, LengthSoftTokens: 10, LengthHardTokens: 20);

    [Fact]
    public void PerfectTrajectory_HasThePapersSumAtBothEndsOfTheSchedule()
    {
        var trajectory = Played(true, 5, Ok(Unlock), Ok(Open));

        Assert.Equal((2 * 1 + 1 * 2 + 1) / 3f, Total(trajectory, 0), 1e-5f);
        Assert.Equal((1 * 1 + 1.5f * 2 + 1) / 3f, Total(trajectory, 1), 1e-5f);
        Assert.Equal((1.5f * 1 + 1.25f * 2 + 1) / 3f, Total(trajectory, 0.5), 1e-5f);
    }

    [Theory]
    [InlineData(100, 0.25, 400, 1)] // the schedule is the first quarter of the training
    [InlineData(100, 0.125, 400, 0.5)]
    [InlineData(100, 0.5, 80, 0.5)] // a shorter training reaches the schedule's end all the same
    [InlineData(100, 1.02, 100, 1)] // the step that passes a budget
    [InlineData(0, 0, 100, 1)]
    public void Schedule_FollowsTheTrainingsProgress(int scheduleSteps, double progress, int steps, double expected) =>
        Assert.Equal(expected, new RewardOptions(scheduleSteps).ScheduleAt(progress, steps), 1e-12);

    [Fact]
    public void FailedCalls_DoNotCountAgainstARecovery()
    {
        var direct = Played(true, 5, Ok(Unlock), Ok(Open));
        var recovered = Played(true, 5, Failed(Open), Ok(Unlock), Ok(Open));

        Assert.Equal(Total(direct, 0), Total(recovered, 0));
    }

    [Fact]
    public void CallsBeforeTheFork_CountInARecovery()
    {
        var recovery = Played(true, 5, Ok(Open)) with { PriorSteps = [Step(Ok(Unlock)), Step(Failed(Open))] };

        Assert.Equal(2, new CompositeReward(Options).Correctness(recovery, Expected));
    }

    [Fact]
    public void FormatReward_IsLostByOneMalformedReply()
    {
        var trajectory = Played(false, 5) with { Steps = [Step(Ok(Open)), new Step(0, 0, 0, "{", "not closed", [])] };

        Assert.Equal(0, Term(trajectory, "format").Value);
        Assert.Equal(1, Term(Played(false, 5), "format").Value);
    }

    [Theory]
    [InlineData(1, 1f)]
    [InlineData(10, 1f)]
    [InlineData(15, 0.5f)]
    [InlineData(20, 0f)]
    [InlineData(30, 0f)]
    public void LengthReward_FallsBetweenSoftAndHardLimit(int sampled, float value) =>
        Assert.Equal(value, Term(Played(true, sampled), "length").Value);

    [Fact]
    public void OverlongPunishment_FallsFromNothingToMinusOne()
    {
        var punishing = new CompositeReward(Options with { OverlongWeight = 1 });

        foreach (var sampled in new[] { 1, (Options.LengthSoftTokens + Options.LengthHardTokens) / 2, Options.LengthHardTokens })
        {
            var (plain, punished) = (new CompositeReward(Options).Of(Played(true, sampled), Expected, 0)!, punishing.Of(Played(true, sampled), Expected, 0)!);
            var slope = Math.Clamp((sampled - Options.LengthSoftTokens) / (float)(Options.LengthHardTokens - Options.LengthSoftTokens), 0, 1);
            Assert.Equal(-slope, punished.Total - plain.Total, 1e-5f);
            Assert.DoesNotContain(plain.Terms, t => t.Name == "overlong");
        }
    }

    [Fact]
    public void SuccessShare_ReplacesThatPartOfCorrectness()
    {
        var options = Options with { SuccessShare = 0.5f };

        var wrongState = new CompositeReward(options).Of(Played(false, 5, Ok(Unlock), Ok(Open)), Expected, 0)!;
        var right = new CompositeReward(options).Of(Played(true, 5, Ok(Unlock), Ok(Open)), Expected, 0)!;

        Assert.Equal(1 / 3f, right.Total - wrongState.Total, 1e-5f);
        Assert.Equal(right.Total, Total(Played(true, 5, Ok(Unlock), Ok(Open)), 0), 1e-5f);
    }

    [Fact]
    public void Total_IsTheSumOfItsTerms()
    {
        var reward = new CompositeReward(new RewardOptions()).Of(Played(true, 200, Ok(Unlock), Ok(Open)), Expected, 0.05)!;

        Assert.Equal(["format", "correctness", "success", "length"], reward.Terms.Select(t => t.Name));
        Assert.Equal(reward.Total, reward.Terms.Sum(t => t.Value * t.Weight), 1e-5f);
    }

    [Fact]
    public void RolloutFailure_HasNoReward() =>
        Assert.Null(new CompositeReward(Options).Of(Played(false, 5) with { Failure = new RolloutFailure("environment", "x") }, Expected, 0));

    [Fact]
    public void TurnUnit_IsComparedWithItsTurnOnly()
    {
        var second = Played(true, 5, Ok(Open)) with { FirstTurn = 1 };

        Assert.Equal(2, new CompositeReward(Options).Correctness(second, [[Unlock], [Open]]));
        Assert.Equal(2, new CompositeReward(Options).Correctness(second with { Unit = TrajectoryUnit.Episode, FirstTurn = 0, PriorSteps = [Step(Ok(Unlock))] }, [[Unlock], [Open]]));
    }

    private static float Total(Trajectory trajectory, double schedule) => new CompositeReward(Options).Of(trajectory, Expected, schedule)!.Total;

    private static RewardTerm Term(Trajectory trajectory, string name) =>
        new CompositeReward(Options).Of(trajectory, Expected, 0)!.Terms.Single(t => t.Name == name);

    private static ExecutedCall Ok(ToolCall call) => new(call, new ToolResult.Ok("done"));

    private static ExecutedCall Failed(ToolCall call) => new(call, new ToolResult.Failed(ToolErrorKind.Rejected, "no"));

    private static Step Step(params ImmutableArray<ExecutedCall> calls) => new(0, 0, 0, "", null, calls);

    private static Trajectory Played(bool correct, int sampled, params ImmutableArray<ExecutedCall> calls) => new(
        "t/0", "t", "base", TrajectoryUnit.Turn, 0,
        new TokenSequence([.. new int[sampled]], [.. Enumerable.Repeat(TokenOrigin.Policy, sampled)], [.. new float[sampled]]),
        [.. calls.Select(c => Step(c))], TrajectoryEnd.Completed)
    {
        Score = new EpisodeScore(correct, correct ? 1 : 0, null),
    };
}
