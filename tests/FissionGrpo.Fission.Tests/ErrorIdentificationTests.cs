using FissionGrpo.Episodes;
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

    private static Task<Failure?> IdentifyAsync(EpisodeTask task, params string[] replies) => IdentifyAsync(task, new FissionOptions(), 0, replies);

    private static async Task<Failure?> IdentifyAsync(EpisodeTask task, FissionOptions options, float correctness, params string[] replies) =>
        new ErrorIdentification(options, _ => correctness).Identify(await Toy.PlayAsync(task, replies), zeroVarianceGroup: false);
}
