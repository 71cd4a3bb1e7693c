using System.Collections.Immutable;
using FissionGrpo.Episodes;
using FissionGrpo.Model.Policy;
using FissionGrpo.Seeds;
using FissionGrpo.Testing;

namespace FissionGrpo.Rollouts.Tests;

public sealed class RolloutEngineTests
{
    private static readonly ToyTask Locked = ToyTask.One("locked", "d1", locked: true);
    private static readonly ToyTask TwoTurns = new("two", ["d1", "d2"], ["d2"]);

    [Fact]
    public async Task LockedDoor_IsPlayedThroughErrorAndRecovery()
    {
        var trajectory = (await PlayAsync(Locked, Good())).Trajectory;

        Assert.Equal(TrajectoryEnd.Completed, trajectory.End);
        Assert.True(trajectory.Score!.Correct);
        Assert.Equal(["open(door=\"d1\")", "unlock(door=\"d1\")", "open(door=\"d1\")"], trajectory.Steps.SelectMany(s => s.Calls).Select(c => c.Call.ToString()));
        Assert.Equal([true, false, false, false], trajectory.Steps.Select(s => s.Failed));
    }

    [Fact]
    public async Task Siblings_ShareOneRequestForTheirFirstReply()
    {
        var policy = Good();

        await Engine().SampleAsync([new RolloutStart(Locked)], 5, policy, new Seed(1), "step 0", default);

        Assert.Equal(5, policy.Requests.First().Count);
        Assert.All(policy.Requests.Skip(1), r => Assert.Equal(1, r.Count));
    }

    [Fact]
    public async Task EachPrompt_ExtendsTheEarlierOneTokenForToken()
    {
        var policy = Good();

        var trajectory = (await PlayAsync(TwoTurns, policy, TrajectoryUnit.Episode)).Trajectory;

        var prefixes = policy.Requests.Select(r => r.Prefix).OrderBy(p => p.Length).ToList();
        Assert.Equal(trajectory.Steps.Length, prefixes.Count);
        Assert.All(prefixes, p => Assert.Equal(p, trajectory.Tokens.Ids.Take(p.Length)));
        Assert.Equal(trajectory.Steps.Select(s => s.Start), prefixes.Select(p => p.Length));
    }

    [Fact]
    public async Task OnlySampledTokens_HaveOriginPolicyAndLogProbs()
    {
        var (tokens, steps) = ((await PlayAsync(Locked, Good())).Trajectory is var t ? t.Tokens : null!, t.Steps);

        for (var i = 0; i < tokens.Ids.Length; i++)
        {
            var sampled = steps.Any(s => i >= s.Start && i < s.End);
            Assert.Equal(sampled, tokens.Origins[i] is TokenOrigin.Policy);
            Assert.Equal(sampled ? ScriptedPolicy.LogProb : 0, tokens.LogProbs[i]);
        }
    }

    [Fact]
    public async Task MalformedReply_IsAValueThatEndsTheTurn()
    {
        var trajectory = (await PlayAsync(Locked, new ScriptedPolicy(ToyDialogue.Format, (_, _) => "<tool_call>\n{\"name\": "))).Trajectory;

        var step = Assert.Single(trajectory.Steps);
        Assert.NotNull(step.FormatError);
        Assert.Empty(step.Calls);
        Assert.False(trajectory.Score!.Correct);
        Assert.Null(trajectory.Failure);
    }

    [Fact]
    public async Task ReplyThatIsCutOff_IsMalformed()
    {
        var options = new RolloutOptions(MaxReplyTokens: 4);

        var trajectory = (await PlayAsync(Locked, Good(), options: options)).Trajectory;

        Assert.Contains("cut off", Assert.Single(trajectory.Steps).FormatError!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task EndlessCalls_EndAtTheStepLimitAndAreWrong()
    {
        var stubborn = new ScriptedPolicy(ToyDialogue.Format, (_, _) => ScriptedPolicy.Call(ToyTask.Open("d1")));

        var trajectory = (await PlayAsync(ToyTask.One("free", "d1", locked: false), stubborn, options: new RolloutOptions(MaxStepsPerTurn: 3))).Trajectory;

        Assert.Equal(TrajectoryEnd.StepLimit, trajectory.End);
        Assert.Equal(3, trajectory.Steps.Length);
        Assert.Equal("step limit", trajectory.Score!.Reason);
    }

    [Fact]
    public async Task NoRoomLeft_EndsAtTheTokenLimit()
    {
        var trajectory = (await PlayAsync(Locked, Good(), options: new RolloutOptions(MaxTokens: 60))).Trajectory;

        Assert.Equal(TrajectoryEnd.TokenLimit, trajectory.End);
        Assert.True(trajectory.Steps[^1].End <= 60);
    }

    [Fact]
    public async Task LaterTurn_StartsFromTheGroundTruthsState()
    {
        var policy = Good();

        var groups = await Engine().SampleAsync([new RolloutStart(TwoTurns, 1)], 2, policy, new Seed(1), "step 0", default);

        var trajectory = groups[0].Rollouts[0].Trajectory;
        Assert.Equal("two#1", groups[0].Key);
        Assert.All(trajectory.Steps, s => Assert.Equal(1, s.Turn));
        Assert.True(trajectory.Score!.Correct);
        var prompt = ToyDialogue.Format.Tokenizer.Decode(policy.Requests.First().Prefix.AsSpan());
        Assert.Contains("opened<|end|><|assistant|>Done.<|end|><|user|>open d2", prompt, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ReplayedHistory_HasTheTokensThatAPlayedTurnHas()
    {
        var played = (await PlayAsync(TwoTurns with { Locked = [] }, Good(), TrajectoryUnit.Episode)).Trajectory;
        var policy = Good();

        await Engine().SampleAsync([new RolloutStart(TwoTurns with { Locked = [] }, 1)], 1, policy, new Seed(1), "step 0", default);

        var prompt = policy.Requests.First().Prefix;
        Assert.Equal(prompt, played.Tokens.Ids.Take(prompt.Length));
    }

    [Fact]
    public async Task BrokenEnvironment_IsTriedAgainAndItsSiblingsGoOn()
    {
        var starts = 0;
        var flaky = Locked with { Broken = () => Interlocked.Increment(ref starts) == 1 ? throw new InvalidOperationException("no socket") : new ToyEnvironment(Locked) };

        var groups = await Engine().SampleAsync([new RolloutStart(flaky)], 3, Good(), new Seed(1), "step 0", default);

        Assert.All(groups[0].Rollouts, r => Assert.True(r.Trajectory.Score!.Correct));
        Assert.Equal(4, groups[0].Rollouts.Sum(r => r.Attempts));
    }

    [Fact]
    public async Task EnvironmentThatStaysBroken_IsACountedFailure()
    {
        var broken = Locked with { Id = "broken", Broken = () => throw new InvalidOperationException("no socket") };

        var groups = await Engine().SampleAsync([new RolloutStart(broken), new RolloutStart(Locked)], 2, Good(), new Seed(1), "step 0", default);

        Assert.All(groups[0].Rollouts, r => Assert.Equal(new RolloutFailure("environment", "InvalidOperationException: no socket"), r.Trajectory.Failure));
        Assert.All(groups[1].Rollouts, r => Assert.Null(r.Trajectory.Failure));
    }

    [Fact]
    public async Task EveryRolloutFailing_IsNoBadEpisodeButAnError()
    {
        var broken = Locked with { Broken = () => throw new InvalidOperationException("no socket") };

        var error = await Assert.ThrowsAsync<InvalidOperationException>(() =>
            Engine().SampleAsync([new RolloutStart(broken)], 2, Good(), new Seed(1), "step 0", default));

        Assert.Contains("no socket", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Results_KeepTheOrderOfTheirInputs()
    {
        ImmutableArray<RolloutStart> starts = [.. Enumerable.Range(0, 20).Select(i => new RolloutStart(ToyTask.One($"t{i}", $"d{i % 8}", i % 2 == 0)))];

        var groups = await Engine().SampleAsync(starts, 2, Good(), new Seed(1), "step 7", default);

        Assert.Equal(starts.Select(s => s.Key), groups.Select(g => g.Key));
        Assert.Equal("step 7/t3/1", groups[3].Rollouts[1].Trajectory.Id);
    }

    [Fact]
    public async Task SameSeed_GivesTheSameTrajectories_OtherSeedsDoNot()
    {
        var a = await SampleAsync(1);
        var b = await SampleAsync(1);
        var c = await SampleAsync(2);

        Assert.Equal(a, b);
        Assert.NotEqual(a, c);

        static async Task<string> SampleAsync(ulong seed)
        {
            var coin = new ScriptedPolicy(ToyDialogue.Format, (dialogue, bits) => bits % 3 == 0 ? "Done." : ScriptedPolicy.GoodReply(dialogue));
            var groups = await Engine().SampleAsync([new RolloutStart(Locked), new RolloutStart(TwoTurns, 1)], 8, coin, new Seed(seed), "s", default);
            return string.Join('\n', groups.SelectMany(g => g.Rollouts).Select(r => string.Join(' ', r.Trajectory.Tokens.Ids)));
        }
    }

    [Fact]
    public async Task Cancelling_StopsEverything()
    {
        using var source = new CancellationTokenSource();
        await source.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            Engine().SampleAsync([new RolloutStart(Locked)], 2, Good(), new Seed(1), "step 0", source.Token));
    }

    private static ScriptedPolicy Good() => new(ToyDialogue.Format, (dialogue, _) => ScriptedPolicy.GoodReply(dialogue));

    private static RolloutEngine Engine(RolloutOptions? options = null) => new(ToyDialogue.Format, options ?? new RolloutOptions(), TimeProvider.System);

    private static async Task<Rollout> PlayAsync(
        EpisodeTask task, ISampler policy, TrajectoryUnit unit = TrajectoryUnit.Turn, RolloutOptions? options = null) =>
        (await Engine((options ?? new RolloutOptions()) with { Unit = unit }).SampleAsync([new RolloutStart(task)], 1, policy, new Seed(1), "s", default))[0].Rollouts[0];
}
