using FissionGrpo.Episodes;

namespace FissionGrpo.Training;

/// <summary>
/// The m trajectories of a group whose rewards vary most (arXiv:2504.13818): some of the highest and some of the lowest. Training costs more than
/// sampling, and the middle of a group teaches least.
/// </summary>
internal static class MaxVarianceSubset
{
    /// <summary>The subset in the group's order; the whole group when it is not larger than <paramref name="count"/>, or when that is 0.</summary>
    public static Trajectory[] Of(Trajectory[] group, int count)
    {
        if (count == 0 || group.Length <= count)
            return group;
        var byReward = Enumerable.Range(0, group.Length).OrderBy(i => group[i].Reward!.Total).ThenBy(i => i).ToArray();

        // The best subset always consists of the k lowest and the m - k highest rewards, for some k.
        var best = (Variance: -1.0, Low: 0);
        for (var low = 0; low <= count; low++)
            if (Variance(low) is var variance && variance > best.Variance)
                best = (variance, low);
        var chosen = Chosen(best.Low).Order();
        return [.. chosen.Select(i => group[i])];

        IEnumerable<int> Chosen(int low) => byReward.Take(low).Concat(byReward.Skip(group.Length - (count - low)));

        double Variance(int low) => GroupAdvantages.StdPopulation([.. Chosen(low).Select(i => (double)group[i].Reward!.Total)]);
    }
}
