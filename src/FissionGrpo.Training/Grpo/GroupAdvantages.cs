namespace FissionGrpo.Training;

/// <summary>
/// How far each trajectory is above its siblings. Arithmetic in double. Formulas: GRPO (arXiv:2402.03300), Dr.GRPO (arXiv:2503.20783),
/// RLOO (arXiv:2402.14740).
/// </summary>
internal static class GroupAdvantages
{
    /// <summary>The advantages of one group; all zero when the rewards are equal, whatever rounding makes of their mean.</summary>
    /// <param name="rewards">One reward per trajectory, shape <c>[G]</c>.</param>
    /// <param name="kind">The formula.</param>
    /// <param name="epsilon">Added to the standard deviation.</param>
    /// <param name="batchStd">Unbiased standard deviation of all rewards of the batch; only <see cref="AdvantageKind.BatchStd"/> uses it.</param>
    /// <param name="advantages">Result, shape <c>[G]</c>.</param>
    public static void Of(ReadOnlySpan<double> rewards, AdvantageKind kind, double epsilon, double batchStd, Span<double> advantages)
    {
        if (advantages.Length != rewards.Length)
            throw new ArgumentException($"{advantages.Length} advantages for {rewards.Length} rewards", nameof(advantages));
        advantages.Clear();
        if (AllEqual(rewards))
            return;
        var mean = Mean(rewards);
        var divisor = kind switch
        {
            AdvantageKind.GroupMeanStd => StdUnbiased(rewards) + epsilon,
            AdvantageKind.GroupMeanPopulationStd => StdPopulation(rewards) + epsilon,
            AdvantageKind.BatchStd => batchStd + epsilon,
            AdvantageKind.GroupMean => 1,
            AdvantageKind.LeaveOneOut => (rewards.Length - 1.0) / rewards.Length, // r − mean of the others = (r − mean) G / (G − 1)
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
        };
        for (var i = 0; i < rewards.Length; i++)
            advantages[i] = (rewards[i] - mean) / divisor;
    }

    /// <summary>Zero variance, decided by exact equality: a rounded mean must not turn equal rewards into a gradient.</summary>
    public static bool AllEqual(ReadOnlySpan<double> rewards) => rewards.IsEmpty || !rewards.ContainsAnyExcept(rewards[0]);

    public static double Mean(ReadOnlySpan<double> values)
    {
        var sum = 0.0;
        foreach (var value in values)
            sum += value;
        return values.IsEmpty ? 0 : sum / values.Length;
    }

    /// <summary>Divisor n − 1; 0 for fewer than two values.</summary>
    public static double StdUnbiased(ReadOnlySpan<double> values) =>
        values.Length < 2 ? 0 : Math.Sqrt(SquaredDeviations(values) / (values.Length - 1));

    /// <summary>Divisor n.</summary>
    public static double StdPopulation(ReadOnlySpan<double> values) =>
        values.IsEmpty ? 0 : Math.Sqrt(SquaredDeviations(values) / values.Length);

    private static double SquaredDeviations(ReadOnlySpan<double> values)
    {
        var mean = Mean(values);
        var sum = 0.0;
        foreach (var value in values)
            sum += (value - mean) * (value - mean);
        return sum;
    }
}
