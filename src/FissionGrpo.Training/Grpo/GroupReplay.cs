using System.Collections.Immutable;
using FissionGrpo.Episodes;
using FissionGrpo.Rollouts;
using FissionGrpo.Seeds;

namespace FissionGrpo.Training;

/// <summary>A scored group that may be trained on again.</summary>
/// <param name="Step">The training step that it was sampled in.</param>
/// <param name="Group">Tokens with the log-probabilities of the policy that sampled them, scores and rewards; the steps are left out.</param>
internal sealed record ReplayedGroup(int Step, TrajectoryGroup Group);

/// <summary>
/// Good old groups, a baseline: groups in which something was right and something else was not come back in later updates. They are off-policy, so the
/// objective's ratio is taken against the log-probabilities stored with them, and clipped like any other. Not safe for several threads.
/// </summary>
/// <param name="count">Groups that come back in an update.</param>
/// <param name="capacity">The most groups kept; the oldest leave.</param>
/// <param name="maxAge">Steps after which a group is too old.</param>
/// <param name="seed">Where the choice is drawn from.</param>
internal sealed class GroupReplay(int count, int capacity, int maxAge, Seed seed)
{
    private readonly List<ReplayedGroup> _groups = []; // oldest first

    /// <summary>What is kept, oldest first; set when a run goes on.</summary>
    public ImmutableArray<ReplayedGroup> Groups
    {
        get => [.. _groups];
        set
        {
            _groups.Clear();
            _groups.AddRange(value);
        }
    }

    /// <summary>The groups that come back at a step, drawn without replacement from those that are young enough.</summary>
    public ImmutableArray<TrajectoryGroup> Draw(int step)
    {
        _groups.RemoveAll(g => step - g.Step > maxAge);
        var order = Enumerable.Range(0, _groups.Count).ToArray();
        new SampleRng(seed.Derive(step)).Shuffle<int>(order);
        return [.. order.Take(count).Order().Select(i => _groups[i].Group)];
    }

    /// <summary>Keeps the groups of a step from which something can be learned and in which something was right.</summary>
    public void Add(int step, ImmutableArray<RolloutGroup> groups, GrpoOptions options)
    {
        foreach (var group in groups)
        {
            var played = group.Rollouts.Select(r => r.Trajectory).Where(t => t.Reward is not null).ToArray();
            if (played.Any(t => t.Score is { Correct: true }) && GrpoBatch.TrainsOn(played, options, 0)) // where something is right, there is no virtual best
                _groups.Add(new ReplayedGroup(step, new TrajectoryGroup(group.Key, [.. played.Select(t => t with { Steps = [], PriorSteps = [] })])));
        }
        if (_groups.Count > capacity)
            _groups.RemoveRange(0, _groups.Count - capacity);
    }
}
