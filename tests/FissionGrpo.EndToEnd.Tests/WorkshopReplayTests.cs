using FissionGrpo.Environments.Workshop;
using FissionGrpo.Episodes;
using FissionGrpo.Rollouts;
using FissionGrpo.Seeds;
using FissionGrpo.Testing;

namespace FissionGrpo.EndToEnd.Tests;

/// <summary>
/// Going on with a run brings environments back by replay. That holds only if replay gives the same state in the real world, with failures
/// that belong to one trajectory (drift), wrong calls rolled back, and turns that began from the ground truth.
/// </summary>
public sealed class WorkshopReplayTests
{
    private static readonly WorkshopGenerator Generator = new(
        new WorkshopOptions(Apis: WorkshopOptions.AllApis, ApisPerTask: 2, MinTurns: 1, MaxTurns: 3, MaxGoals: 2, BlockerRate: 0.6, DriftRate: 0.7), new Seed(11));

    [Theory]
    [InlineData(TrajectoryUnit.Turn)]
    [InlineData(TrajectoryUnit.Episode)]
    public async Task EveryStepOfEveryTrajectory_CanBeForkedAndBroughtBack(TrajectoryUnit unit)
    {
        var forks = 0;
        for (var i = 0; i < 60; i++)
        {
            var task = Generator.Task(WorkshopSplit.Train, i);
            var rollout = await PlayAsync(task, unit, i);
            for (var step = 0; step < rollout.Trajectory.Steps.Length; step++, forks++)
            {
                var calls = rollout.Trajectory.Steps[step].Calls.Length;
                var state = Forking.At(rollout, step, calls - 1, "shown", ToyDialogue.Format);

                var restored = await Forking.RestoreAsync(
                    new RecordedState(task, rollout.TrajectorySeed, state.FirstTurn, state.PriorSteps), ToyDialogue.Format, default);

                Assert.True(state.Environment.Digest() == restored.Digest(), $"{task.Id} step {step}: {rollout.Trajectory.Steps[step].Text}");
                Assert.Equal(state.Environment.Score(), restored.Score());
            }
        }
        Assert.True(forks > 150, $"{forks} forks");
    }

    /// <summary>Makes the expected calls and a few others in a random order, and stops at random.</summary>
    private static async Task<Rollout> PlayAsync(WorkshopTask task, TrajectoryUnit unit, int seed)
    {
        var calls = task.ExpectedCalls.SelectMany(c => c).Concat(task.Tools.Select(t => ToolCall.Of(t.Name))).ToArray();
        var policy = new ScriptedPolicy(
            ToyDialogue.Format, (_, bits) => bits % 5 == 0 ? "Done." : ScriptedPolicy.Call(calls[(int)((bits >> 8) % (ulong)calls.Length)]));
        var turn = unit is TrajectoryUnit.Turn ? seed % task.ExpectedCalls.Length : 0;
        var engine = new RolloutEngine(ToyDialogue.Format, new RolloutOptions(Unit: unit, MaxTokens: 65536, MaxReplyTokens: 4096), TimeProvider.System);
        return (await engine.SampleAsync([new RolloutStart(task, turn)], 1, policy, new Seed((ulong)seed), "s", default))[0].Rollouts[0];
    }
}
