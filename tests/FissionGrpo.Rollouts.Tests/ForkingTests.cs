using System.Collections.Immutable;
using FissionGrpo.Episodes;
using FissionGrpo.Seeds;
using FissionGrpo.Testing;

namespace FissionGrpo.Rollouts.Tests;

public sealed class ForkingTests
{
    private static readonly ToyTask Locked = ToyTask.One("locked", "d1", locked: true);
    private static readonly ToyTask TwoTurns = new("two", ["d1", "d2"], ["d2"]);

    [Fact]
    public async Task FailedCall_IsForkedWithTheDiagnosticInPlaceOfItsMessage()
    {
        var rollout = await PlayAsync(Locked, (dialogue, _) => ScriptedPolicy.GoodReply(dialogue));

        var state = Forking.At(rollout, 0, 0, "the door needs unlock", ToyDialogue.Format);

        var text = ToyDialogue.Format.Tokenizer.Decode(state.Tokens.Ids.AsSpan());
        Assert.EndsWith("</tool_call><|end|><|tool|>the door needs unlock<|end|><|assistant|>", text, StringComparison.Ordinal);
        Assert.Equal("the door needs unlock", Assert.Single(state.PriorSteps).Calls[0].Result.Text);
        Assert.Equal(state.Tokens.Ids.Length, state.Origin!.PrefixTokens);
    }

    [Fact]
    public async Task TokensOfTheCorrectiveContext_AreNeverTrainedOn()
    {
        var rollout = await PlayAsync(Locked, (dialogue, _) => ScriptedPolicy.GoodReply(dialogue));

        var state = Forking.At(rollout, 0, 0, "no", ToyDialogue.Format);

        Assert.DoesNotContain(TokenOrigin.Policy, state.Tokens.Origins);
        Assert.All(state.Tokens.LogProbs, p => Assert.Equal(0, p));
    }

    [Fact]
    public async Task WrongCallThatSucceeded_IsRolledBack()
    {
        var wrong = true;
        var rollout = await PlayAsync(ToyTask.One("free", "d1", locked: false), (dialogue, _) =>
        {
            var reply = wrong ? ScriptedPolicy.Call(ToyTask.Open("d5")) : "Done.";
            wrong = false;
            return reply;
        });

        var state = Forking.At(rollout, 0, 0, "not this door", ToyDialogue.Format);

        Assert.Equal(rollout.BeforeStep[0].Digest(), state.Environment.Digest());
        Assert.True(state.PriorSteps[0].Calls[0].RolledBack);
    }

    [Fact]
    public async Task Recoveries_ContinueLiveAndLeaveTheContextAsItIs()
    {
        var parent = await PlayAsync(Locked, (_, bits) => ScriptedPolicy.Call(ToyTask.Open("d1")));
        var state = Forking.At(parent, 0, 0, "locked: use unlock", ToyDialogue.Format);
        var before = state.Environment.Digest();
        var good = new ScriptedPolicy(ToyDialogue.Format, (dialogue, _) => ScriptedPolicy.GoodReply(dialogue));

        var groups = await Engine().ContinueAsync([("key", state)], 3, good, new Seed(1), "fission", default);

        Assert.All(groups[0].Rollouts, r => Assert.True(r.Trajectory.Score!.Correct));
        Assert.All(groups[0].Rollouts, r => Assert.Equal(
            ["open(door=\"d1\")", "unlock(door=\"d1\")", "open(door=\"d1\")"], r.Trajectory.AllSteps().SelectMany(s => s.Calls).Select(c => c.Call.ToString())));
        Assert.Equal(["unlock(door=\"d1\")", "open(door=\"d1\")"], groups[0].Rollouts[0].Trajectory.SucceededCalls().Select(c => c.ToString()));
        Assert.Equal(before, state.Environment.Digest());
        Assert.Equal(3, good.Requests.First().Count);
    }

    [Fact]
    public async Task Recoveries_AreTrainedOnBehindTheForkOnly()
    {
        var parent = await PlayAsync(Locked, (dialogue, _) => ScriptedPolicy.GoodReply(dialogue));
        var state = Forking.At(parent, 0, 0, "locked: use unlock", ToyDialogue.Format);
        var good = new ScriptedPolicy(ToyDialogue.Format, (dialogue, _) => ScriptedPolicy.GoodReply(dialogue));

        var recovery = (await Engine().ContinueAsync([("key", state)], 1, good, new Seed(1), "fission", default))[0].Rollouts[0].Trajectory;

        Assert.DoesNotContain(TokenOrigin.Policy, recovery.Tokens.Origins.Take(recovery.Origin!.PrefixTokens));
        Assert.Equal(recovery.Steps.Sum(s => s.End - s.Start), recovery.Tokens.CountSampled());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task ReplayOfARecordedTrajectory_GivesTheSameState(int step)
    {
        var rollout = await PlayAsync(TwoTurns, (dialogue, _) => ScriptedPolicy.GoodReply(dialogue), TrajectoryUnit.Episode);
        var state = Forking.At(rollout, step, rollout.Trajectory.Steps[step].Calls.IsEmpty ? -1 : 0, "shown", ToyDialogue.Format);

        var restored = await Forking.RestoreAsync(
            new RecordedState(TwoTurns, rollout.TrajectorySeed, state.FirstTurn, state.PriorSteps), ToyDialogue.Format, default);

        Assert.Equal(state.Environment.Digest(), restored.Digest());
        Assert.Equal(state.Environment.Score(), restored.Score());
    }

    [Fact]
    public async Task ReplayFromALaterTurn_GivesTheSameState()
    {
        var policy = new ScriptedPolicy(ToyDialogue.Format, (dialogue, _) => ScriptedPolicy.GoodReply(dialogue));
        var rollout = (await Engine().SampleAsync([new RolloutStart(TwoTurns, 1)], 1, policy, new Seed(3), "s", default))[0].Rollouts[0];
        var state = Forking.At(rollout, 1, 0, "shown", ToyDialogue.Format);

        var restored = await Forking.RestoreAsync(
            new RecordedState(TwoTurns, rollout.TrajectorySeed, state.FirstTurn, state.PriorSteps), ToyDialogue.Format, default);

        Assert.Equal(state.Environment.Digest(), restored.Digest());
    }

    [Fact]
    public async Task Demonstration_HasTheTokensOfThePolicyThatWouldHavePlayedIt()
    {
        var played = (await PlayAsync(TwoTurns, (dialogue, _) => ScriptedPolicy.GoodReply(dialogue), TrajectoryUnit.Episode)).Trajectory;
        var demonstration = new Demonstration(TwoTurns,
        [
            [Say(ToyTask.Open("d1")), new DemonstratedReply("Done.", [])],
            [Say(ToyTask.Open("d2")), Say(ToyTask.Unlock("d2")), Say(ToyTask.Open("d2")), new DemonstratedReply("Done.", [])],
        ]);

        var demonstrated = await Engine().DemonstrateAsync(demonstration, default);

        Assert.Equal(played.Tokens.Ids.AsEnumerable(), demonstrated.Tokens.Ids);
        Assert.Equal(played.Tokens.Origins.AsEnumerable(), demonstrated.Tokens.Origins);
        Assert.True(demonstrated.Score!.Correct);
    }

    [Fact]
    public async Task DemonstratedMistake_IsShownWithItsDiagnosticAndNotLearned()
    {
        var demonstration = new Demonstration(Locked,
            [[Say(ToyTask.Open("d1")) with { Diagnostic = "bolt", Train = false }, Say(ToyTask.Unlock("d1")), Say(ToyTask.Open("d1")), new DemonstratedReply("Done.", [])]]);

        var trajectory = await Engine().DemonstrateAsync(demonstration, default);

        var mistake = trajectory.Steps[0];
        Assert.Equal("bolt", mistake.Calls[0].Result.Text);
        Assert.All(Enumerable.Range(mistake.Start, mistake.End - mistake.Start), i => Assert.Equal(TokenOrigin.Prompt, trajectory.Tokens.Origins[i]));
        Assert.Contains("<|tool|>bolt<|end|>", ToyDialogue.Format.Tokenizer.Decode(trajectory.Tokens.Ids.AsSpan()), StringComparison.Ordinal);
    }

    private static DemonstratedReply Say(ToolCall call) => new("", [call]);

    private static RolloutEngine Engine() => new(ToyDialogue.Format, new RolloutOptions(), TimeProvider.System);

    private static async Task<Rollout> PlayAsync(EpisodeTask task, Func<string, ulong, string> script, TrajectoryUnit unit = TrajectoryUnit.Turn) =>
        (await new RolloutEngine(ToyDialogue.Format, new RolloutOptions(Unit: unit), TimeProvider.System)
            .SampleAsync([new RolloutStart(task)], 1, new ScriptedPolicy(ToyDialogue.Format, script), new Seed(1), "s", default))[0].Rollouts[0];
}
