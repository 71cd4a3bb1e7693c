using System.Collections.Immutable;
using FissionGrpo.Training;

namespace FissionGrpo.Cli;

/// <summary>Steps as a run reports them.</summary>
internal static class Reported
{
    public static StepReport Step(int step, double reward = 1.5, bool recovered = true) => new(
        1, step, Batch(reward), new FissionReport(4, 3, 1, 7, recovered ? Batch(reward) : null, 0.5, 0, 0, 0, ImmutableSortedDictionary<string, int>.Empty),
        [], 1000 * (step + 1), 10, 1e-6, 1e-7, 0.5, 1e-3, ImmutableSortedDictionary<string, double>.Empty.Add("explore", 0.5));

    public static BatchReport Batch(double reward, int failures = 0) => new(
        4, 32, reward, ImmutableSortedDictionary<string, double>.Empty.Add("format", 0.9).Add("correctness", 1.2), 0.75, 10, 0.4, 0.1, 0.25, 0.2, 0.05, 900, 1234,
        failures == 0 ? ImmutableSortedDictionary<string, int>.Empty : ImmutableSortedDictionary<string, int>.Empty.Add("environment", failures), 0);
}
