using System.Collections.Immutable;
using FissionGrpo.Environments.Workshop;
using FissionGrpo.Evaluation.Playing;
using FissionGrpo.Seeds;

namespace FissionGrpo.Cli.Worlds;

/// <summary>The Workshop's test tasks: none of them is trained on.</summary>
internal static class WorkshopTests
{
    /// <summary>Test tasks of each slice where nobody says how many.</summary>
    public const int UsualNumber = 100;

    private static readonly (string Slice, WorkshopSplit Split)[] Slices =
    [
        ("held-out", WorkshopSplit.HeldOut),
        ("in-distribution", WorkshopSplit.InDistribution),
        ("unseen-errors", WorkshopSplit.UnseenErrors),
    ];

    public static ImmutableArray<PlannedTask> Tasks(WorkshopOptions options, ulong seed, int perSlice)
    {
        var generator = new WorkshopGenerator(options, new Seed(seed).Derive("world"));
        return
        [
            .. from slice in Slices
               from index in Enumerable.Range(0, perSlice)
               select new PlannedTask(generator.Task(slice.Split, index), slice.Slice),
        ];
    }
}
