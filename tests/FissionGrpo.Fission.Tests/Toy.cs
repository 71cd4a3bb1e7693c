using FissionGrpo.Episodes;
using FissionGrpo.Rollouts;
using FissionGrpo.Seeds;
using FissionGrpo.Testing;

namespace FissionGrpo.Fission.Tests;

/// <summary>Short ways to play the toy world.</summary>
internal static class Toy
{
    /// <summary>One trajectory with these replies in order.</summary>
    public static Task<Rollout> PlayAsync(EpisodeTask task, params string[] replies) => PlayAsync(task, TrajectoryUnit.Turn, replies);

    /// <inheritdoc cref="PlayAsync(EpisodeTask, string[])"/>
    public static async Task<Rollout> PlayAsync(EpisodeTask task, TrajectoryUnit unit, params string[] replies)
    {
        var at = 0;
        var policy = new ScriptedPolicy(ToyDialogue.Format, (_, _) => replies[at++]);
        return (await new RolloutEngine(ToyDialogue.Format, new RolloutOptions(unit), TimeProvider.System)
            .SampleAsync([new RolloutStart(task)], 1, policy, new Seed(1), "s", default))[0].Rollouts[0];
    }

    /// <summary>The failure of a trajectory with these replies.</summary>
    public static async Task<Failure> FailAsync(EpisodeTask task, params string[] replies) =>
        new ErrorIdentification(new FissionOptions(), _ => 0).Identify(await PlayAsync(task, replies), zeroVarianceGroup: true)!;

    public static string Text(EpisodeState state) => ToyDialogue.Format.Tokenizer.Decode(state.Tokens.Ids.AsSpan());
}
