using System.Collections.Immutable;
using FissionGrpo.Evaluation;
using FissionGrpo.Evaluation.Metrics;
using FissionGrpo.Training;

namespace FissionGrpo.Cli.Runs;

/// <summary>Before and after, for a part of the test tasks.</summary>
/// <param name="World">The world.</param>
/// <param name="Part">The slice or category; <c>all</c> for everything.</param>
/// <param name="Changes">Every metric.</param>
internal sealed record PartChanges(string World, string Part, ImmutableArray<MetricChange> Changes);

/// <summary>What a run has to show at its end.</summary>
/// <param name="Slices">Per world: all slices.</param>
/// <param name="Categories">Per world: all categories.</param>
internal sealed record RunSummary(ImmutableArray<PartChanges> Slices, ImmutableArray<PartChanges> Categories)
{
    /// <summary>
    /// What the numbers can and cannot say. Before and after differ by everything that the run did: warm-start slips that RL removes, GRPO,
    /// and fission. Only an ablation with paired seeds tells them apart.
    /// </summary>
    public static string CaveatOf(RunOptions run)
    {
        var start = run.Policy.Checkpoint is null ? "the warm start" : "the checkpoint that it began with";
        return run.Fission.Enabled
            ? $"The change is that of the whole training (GRPO and fission together) over {start}, on one seed. It does not show what fission added: that takes paired runs (docs/results.md)."
            : $"The change is that of the whole training (without fission) over {start}, on one seed. Comparing methods takes paired runs (docs/results.md).";
    }

    /// <summary>Compares the first and the last evaluation of a run.</summary>
    public static RunSummary Of(RunFolder folder)
    {
        var slices = ImmutableArray.CreateBuilder<PartChanges>();
        var categories = ImmutableArray.CreateBuilder<PartChanges>();
        foreach (var world in RunEvaluations.Worlds(folder, "before").Intersect(RunEvaluations.Worlds(folder, "after")))
        {
            var (before, after) = (RunEvaluations.Episodes(folder, "before", world), RunEvaluations.Episodes(folder, "after", world));
            slices.AddRange(Parts(world, before, after, e => e.Slice));
            categories.AddRange(Parts(world, before, after, e => e.Category));
        }
        return new RunSummary(slices.ToImmutable(), categories.ToImmutable());
    }

    private static IEnumerable<PartChanges> Parts(
        string world, IReadOnlyList<EvaluatedEpisode> before, IReadOnlyList<EvaluatedEpisode> after, Func<EvaluatedEpisode, string> part) =>
        before.Concat(after).Select(part).Distinct().Order(StringComparer.Ordinal).Select(name =>
            new PartChanges(world, name, Comparison.Of([.. before.Where(e => part(e) == name)], [.. after.Where(e => part(e) == name)])));
}
