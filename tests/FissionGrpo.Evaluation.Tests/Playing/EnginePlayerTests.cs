using System.Collections.Immutable;
using FissionGrpo.Model;
using FissionGrpo.Model.Policy;
using FissionGrpo.Rollouts;
using FissionGrpo.Seeds;
using FissionGrpo.Text.Dialogues;

namespace FissionGrpo.Evaluation.Playing;

public class EnginePlayerTests
{
    private static readonly DialogueFormat Format = new CompactDialogueFormat(CompactDialogueFormat.LearnTokenizer(["open the door", "Done."], 320));

    /// <summary>One task that the sampler cannot serve must not end the evaluation of the others, nor count as the policy's failure.</summary>
    [Fact]
    public async Task TaskWhoseEveryTryFails_IsCountedAndTheOthersGoOn()
    {
        var sampler = new SaysDone { Breaks = true };
        var plan = new EvaluationPlan([new PlannedTask(new DoorTask("a"), "door"), new PlannedTask(new DoorTask("b"), "door")], 2);

        var episodes = await new EvaluationRun(Player(sampler), plan).PlayAsync(null, null, default);

        Assert.Equal(4, episodes.Length);
        Assert.All(episodes, e => Assert.False(e.IsPlayed));
        Assert.All(episodes, e => Assert.Contains("too long", e.Trajectory.Failure!.Message, StringComparison.Ordinal));
    }

    [Fact]
    public async Task PolicyWhoseNumbersAreNaN_EndsTheEvaluation_RatherThanLeavingItsEpisodesOutOfTheRates()
    {
        var plan = new EvaluationPlan([new PlannedTask(new DoorTask("a"), "door")], 2);

        await Assert.ThrowsAsync<NonFiniteException>(() => new EvaluationRun(Player(new SaysNothing()), plan).PlayAsync(null, null, default));
    }

    [Fact]
    public async Task EachTry_IsPlayedWithItsOwnDraws()
    {
        var sampler = new SaysDone();
        var plan = new EvaluationPlan([new PlannedTask(new DoorTask("a"), "door")], 3);

        var episodes = await new EvaluationRun(Player(sampler), plan).PlayAsync(null, null, default);

        Assert.Equal([0, 1, 2], episodes.Select(e => e.Sample));
        Assert.All(episodes, e => Assert.Equal("door never opened and closed", e.Trajectory.Score!.Reason));
        Assert.Equal(3, episodes.Select(e => e.Trajectory.Id).Distinct().Count());
    }

    private static EnginePlayer Player(ISampler sampler) =>
        new(new RolloutEngine(Format, new RolloutOptions(Unit: Episodes.TrajectoryUnit.Episode), TimeProvider.System), sampler, new Seed(1));

    private sealed class SaysNothing : ISampler
    {
        public Task<ImmutableArray<SampledTokens>> SampleAsync(SampleRequest request, CancellationToken cancel) =>
            Task.FromException<ImmutableArray<SampledTokens>>(new NonFiniteException("logits", "are NaN."));
    }

    private sealed class SaysDone : ISampler
    {
        public bool Breaks { get; init; }

        public Task<ImmutableArray<SampledTokens>> SampleAsync(SampleRequest request, CancellationToken cancel)
        {
            if (Breaks)
                throw new ArgumentException("the prefix is too long");
            ImmutableArray<int> tokens = [.. Format.Tokenizer.Encode("Done."), Format.StopTokens[0]];
            return Task.FromResult<ImmutableArray<SampledTokens>>([.. Enumerable.Range(0, request.Count).Select(_ => new SampledTokens(tokens, [.. tokens.Select(_ => 0f)], true))]);
        }
    }
}
