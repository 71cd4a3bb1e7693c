using System.Collections.Immutable;
using FissionGrpo.Episodes;
using FissionGrpo.Model.Policy;
using FissionGrpo.Rollouts;

namespace FissionGrpo.Training;

/// <summary>
/// The trajectories of some groups as training sequences: advantages inside each group, groups without variance left out, failed rollouts
/// without any effect, targets only where the policy sampled.
/// </summary>
/// <param name="Batch">What is trained on; may be empty.</param>
/// <param name="Loss">The objective, with what it is divided by already taken into account.</param>
/// <param name="Tokens">Target tokens.</param>
internal sealed record GrpoBatch(TrainingBatch Batch, LossOptions Loss, int Tokens)
{
    /// <summary>Sequences of the current policy; those of old groups come after them.</summary>
    public int Fresh { get; private init; }

    /// <param name="groups">Scored groups.</param>
    /// <param name="options">Advantages and objective.</param>
    /// <param name="temperature">The sampler's.</param>
    /// <param name="largestReward">What the virtual best sibling has.</param>
    /// <param name="old">Groups that come back from earlier steps.</param>
    public static GrpoBatch Of(
        ImmutableArray<RolloutGroup> groups, GrpoOptions options, float temperature, double largestReward = 0, ImmutableArray<TrajectoryGroup> old = default)
    {
        var scored = groups.Select(g => g.ToTrajectories()).Concat(old.IsDefault ? [] : old).Select(g => ChosenOf(g.Trajectories, options)).ToArray();
        var fresh = 0;
        var batchStd = GroupAdvantages.StdUnbiased([.. scored.SelectMany(group => group).Select(RewardOf)]);
        var sequences = ImmutableArray.CreateBuilder<TrainingSequence>();
        foreach (var (index, group) in scored.Index())
        {
            fresh = index <= groups.Length ? sequences.Count : fresh;
            var rewards = ComparedRewards(group, options, largestReward);
            if (!HasVariance(rewards, options))
                continue;
            var advantages = new double[rewards.Length];
            GroupAdvantages.Of(rewards, options.Advantage, options.AdvantageEpsilon, batchStd, advantages);
            for (var i = 0; i < group.Length; i++)
                if (group[i].Tokens.CountSampled() > 0)
                    sequences.Add(ToSequence(group[i].Tokens, advantages[i] < 0 ? advantages[i] * options.NegativeWeight : advantages[i]));
        }

        // The mean over all trajectories is the mean over the kept ones times their share; the loss is linear in advantages and KL weight.
        // So is Dr.GRPO's sum over a constant: which groups have variance must not change what a token weighs.
        var all = scored.Sum(g => g.Length);
        var share = options.Normalisation is LossNormalisation.AllTrajectories or LossNormalisation.Constant && all > 0 ? sequences.Count / (float)all : 1f;
        if (share != 1f)
            for (var i = 0; i < sequences.Count; i++)
                sequences[i] = sequences[i] with { Advantages = [.. sequences[i].Advantages.Select(a => a * share)] };
        var loss = new LossOptions(
            options.Loss,
            options.Normalisation switch
            {
                LossNormalisation.KeptTokens => LossReduction.TokenMean,
                LossNormalisation.Constant => LossReduction.Constant,
                _ => LossReduction.SequenceMean,
            },
            options.ClipLow,
            options.ClipHigh,
            options.KlCoefficient * share,
            options.KlEstimator,
            Constant: options.LossConstant,
            Temperature: temperature,
            ImportanceCap: options.ImportanceCap,
            ImportanceBand: options.ImportanceBand);
        return new GrpoBatch(new TrainingBatch(sequences.ToImmutable()), loss, sequences.Sum(s => s.Mask.Count(m => m != 0)))
        {
            Fresh = scored.Length > groups.Length ? fresh : sequences.Count,
        };
    }

    /// <summary>
    /// Whether an update trains on a group: the rewards that are compared are not all equal, exactly, and their standard deviation is not below the least one.
    /// Whoever asks for groups with variance asks this.
    /// </summary>
    /// <param name="group">Scored trajectories of one prompt.</param>
    /// <param name="options">What is compared, and the least standard deviation.</param>
    /// <param name="largestReward">What the virtual best sibling has.</param>
    public static bool TrainsOn(IEnumerable<Trajectory> group, GrpoOptions options, double largestReward) =>
        HasVariance(ComparedRewards(ChosenOf(group, options), options, largestReward), options);

    private static bool HasVariance(double[] rewards, GrpoOptions options) =>
        !GroupAdvantages.AllEqual(rewards) && GroupAdvantages.StdUnbiased(rewards) >= options.MinStd;

    private static Trajectory[] ChosenOf(IEnumerable<Trajectory> group, GrpoOptions options) =>
        MaxVarianceSubset.Of([.. group.Where(t => t.Reward is not null)], options.TrainPerGroup);

    /// <summary>Rewards of the chosen trajectories; with the virtual best sibling's behind them, which is compared with and not trained on.</summary>
    private static double[] ComparedRewards(Trajectory[] chosen, GrpoOptions options, double largestReward)
    {
        var rewards = chosen.Select(RewardOf);
        return options.VirtualBest && chosen.Length > 0 && !chosen.Any(t => t.Score is { Correct: true }) ? [.. rewards, largestReward] : [.. rewards];
    }

    private static double RewardOf(Trajectory trajectory) => trajectory.Reward!.Total;

    private static TrainingSequence ToSequence(TokenSequence tokens, double advantage) => new(
        tokens.Ids,
        [.. tokens.Origins.Select(origin => origin is TokenOrigin.Policy ? 1f : 0f)],
        [.. tokens.Origins.Select(origin => origin is TokenOrigin.Policy ? (float)advantage : 0f)],
        tokens.LogProbs,
        []);
}
