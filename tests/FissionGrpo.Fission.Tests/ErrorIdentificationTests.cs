using FissionGrpo.Episodes;
using FissionGrpo.Rollouts;
using FissionGrpo.Testing;

namespace FissionGrpo.Fission.Tests;

public sealed class ErrorIdentificationTests
{
    private static readonly ToyTask Locked = ToyTask.One("locked", "d1", locked: true);
    private static readonly ToyTask Free = ToyTask.One("free", "d1", locked: false);

    [Fact]
    public async Task FailedCall_IsTheFirstOne()
    {
        var failure = await IdentifyAsync(Locked, ScriptedPolicy.Call(ToyTask.Open("d1")), ScriptedPolicy.Call(ToyTask.Open("d9")), ScriptedPolicy.Call(ToyTask.Open("d1")), "Done.");

        Assert.Equal((0, 0, FailureSign.FailedCall), (failure!.Step, failure.Call, failure.Sign));
        Assert.Equal("locked: unlock d1", failure.OwnMessage);
    }

    [Fact]
    public async Task MalformedReply_IsAFormatError()
    {
        var failure = await IdentifyAsync(Locked, "<tool_call>{");

        Assert.Equal((0, -1, FailureSign.FormatError), (failure!.Step, failure.Call, failure.Sign));
    }

    [Fact]
    public async Task MalformedReply_IsLeftToStageOneWhereFormatErrorsAreNotForked()
    {
        var options = new FissionOptions(FormatErrors: false);

        Assert.Empty(await IdentifyBatchAsync(options, "<tool_call>{"));
        Assert.Single(await IdentifyBatchAsync(options, ScriptedPolicy.Call(ToyTask.Open("d1")), "Done."));
    }

    [Fact]
    public async Task WrongCallThatSucceeds_IsTheDeparture()
    {
        var failure = await IdentifyAsync(Free, ScriptedPolicy.Call(ToyTask.Unlock("d7")), ScriptedPolicy.Call(ToyTask.Open("d5")), "Done.");

        Assert.Equal((0, 0, FailureSign.Departure), (failure!.Step, failure.Call, failure.Sign));
        Assert.Null(failure.OwnMessage);
    }

    [Fact]
    public async Task RightCallsButTooFew_IsAPrematureStop()
    {
        var failure = await IdentifyAsync(Locked, ScriptedPolicy.Call(ToyTask.Unlock("d1")), "Done.");

        Assert.Equal((1, -1, FailureSign.PrematureStop), (failure!.Step, failure.Call, failure.Sign));
    }

    [Fact]
    public async Task CorrectTrajectory_HasNoFailure() => Assert.Null(await IdentifyAsync(Free, ScriptedPolicy.Call(ToyTask.Open("d1")), "Done."));

    [Fact]
    public async Task RecoveredTrajectory_FailsOnlyWhenAskedFor()
    {
        string[] replies = [ScriptedPolicy.Call(ToyTask.Open("d1")), ScriptedPolicy.Call(ToyTask.Unlock("d1")), ScriptedPolicy.Call(ToyTask.Open("d1")), "Done."];

        Assert.Null(await IdentifyAsync(Locked, replies));
        Assert.NotNull(await IdentifyAsync(Locked, new FissionOptions(IncludeRecovered: true), 0, replies));
    }

    [Fact]
    public async Task ScoreAboveTheThreshold_IsNoFailureWithoutAnError() =>
        Assert.Null(await IdentifyAsync(Locked, new FissionOptions(FailureThreshold: 1), 1.5f, ScriptedPolicy.Call(ToyTask.Unlock("d1")), "Done."));

    [Fact]
    public async Task SameMistakeAfterTheSameTokens_HasTheSameKey()
    {
        var a = await IdentifyAsync(Locked, ScriptedPolicy.Call(ToyTask.Open("d1")), "Done.");
        var b = await IdentifyAsync(Locked, ScriptedPolicy.Call(ToyTask.Open("d1")), ScriptedPolicy.Call(ToyTask.Open("d1")), "Done.");
        var c = await IdentifyAsync(Locked, ScriptedPolicy.Call(ToolCall.Of("kick", ("door", "d1"))), "Done.");

        Assert.Equal(a!.Key, b!.Key);
        Assert.NotEqual(a.Key, c!.Key);
    }

    [Fact]
    public async Task PrematureStopInTurn1_IsPlacedThere()
    {
        var failure = await IdentifyEpisodeAsync(TwoDoors(), "Done.", ScriptedPolicy.Call(ToyTask.Open("d2")), "Done.");

        Assert.Equal((0, -1, FailureSign.PrematureStop), (failure!.Step, failure.Call, failure.Sign));
    }

    [Fact]
    public async Task PrematureStopInTurn2_IsPlacedThere()
    {
        var failure = await IdentifyEpisodeAsync(TwoDoors(), ScriptedPolicy.Call(ToyTask.Open("d1")), "Done.", "Done.");

        Assert.Equal((2, -1, FailureSign.PrematureStop), (failure!.Step, failure.Call, failure.Sign));
    }

    [Fact]
    public async Task CallOfTurn2MadeInTurn1_IsADeparture()
    {
        var failure = await IdentifyEpisodeAsync(
            TwoDoors(), ScriptedPolicy.Call(ToyTask.Open("d2")), "Done.", ScriptedPolicy.Call(ToyTask.Open("d7")), "Done.");

        Assert.Equal((0, 0, FailureSign.Departure), (failure!.Step, failure.Call, failure.Sign));
    }

    [Fact]
    public async Task ErrorInTurn2AfterALowTurn1_IsNotTheFirstFailure()
    {
        var failure = await IdentifyEpisodeAsync(
            TwoDoors("d2"), ScriptedPolicy.Call(ToyTask.Open("d5")), "Done.", ScriptedPolicy.Call(ToyTask.Open("d2")), "Done.");

        Assert.Equal((0, 0, FailureSign.Departure), (failure!.Step, failure.Call, failure.Sign));
    }

    [Fact]
    public async Task ErrorInTurn2AfterARightTurn1_IsTheFirstFailure()
    {
        var failure = await IdentifyEpisodeAsync(
            TwoDoors("d2"), ScriptedPolicy.Call(ToyTask.Open("d1")), "Done.", ScriptedPolicy.Call(ToyTask.Open("d2")), "Done.");

        Assert.Equal((2, 0, FailureSign.FailedCall), (failure!.Step, failure.Call, failure.Sign));
    }

    [Fact]
    public async Task FailedTrajectoryWithoutAForkPoint_IsCounted()
    {
        // Cut off by the limit of steps while it repeats right calls only.
        var rollout = await Toy.PlayAsync(Locked, ScriptedPolicy.Call(ToyTask.Unlock("d1")), "Done.");
        var cutOff = rollout with { Trajectory = rollout.Trajectory with { Steps = [rollout.Trajectory.Steps[0]] } };

        var found = new ErrorIdentification(new FissionOptions(), _ => 0).Identify([new RolloutGroup("g", [cutOff])]);

        Assert.Empty(found.Failures);
        Assert.Equal(1, found.Unplaced);
    }

    [Fact]
    public async Task SameCallWithAnotherResult_IsAnotherFailure()
    {
        var failure = await IdentifyAsync(Locked, ScriptedPolicy.Call(ToyTask.Open("d1")), "Done.");
        var (trajectory, step) = (failure!.Rollout.Trajectory, failure.FailedStep);
        var timedOut = step with { Calls = [step.Calls[0] with { Result = new ToolResult.Failed(ToolErrorKind.Injected, "timed out") }] };
        var other = failure with { Rollout = failure.Rollout with { Trajectory = trajectory with { Steps = trajectory.Steps.SetItem(0, timedOut) } } };

        Assert.NotEqual(failure.Key, other.Key);
    }

    private static ToyTask TwoDoors(params string[] locked) => new("two", ["d1", "d2"], [.. locked]);

    /// <summary>A turn is right when its expected calls were made, and worth nothing otherwise.</summary>
    private static async Task<Failure?> IdentifyEpisodeAsync(ToyTask task, params string[] replies) =>
        new ErrorIdentification(new FissionOptions(), r => r.Trajectory.SucceededCalls().SequenceEqual(r.Trajectory.PlayedOf(r.Task.ExpectedCalls)) ? 2 : 0)
            .Identify(await Toy.PlayAsync(task, TrajectoryUnit.Episode, replies), zeroVarianceGroup: false);

    private static async Task<IReadOnlyList<Failure>> IdentifyBatchAsync(FissionOptions options, params string[] replies) =>
        new ErrorIdentification(options, _ => 0).Identify([new RolloutGroup("locked", [await Toy.PlayAsync(Locked, replies)])]).Failures;

    private static Task<Failure?> IdentifyAsync(EpisodeTask task, params string[] replies) => IdentifyAsync(task, new FissionOptions(), 0, replies);

    private static async Task<Failure?> IdentifyAsync(EpisodeTask task, FissionOptions options, float correctness, params string[] replies) =>
        new ErrorIdentification(options, _ => correctness).Identify(await Toy.PlayAsync(task, replies), zeroVarianceGroup: false);
}
