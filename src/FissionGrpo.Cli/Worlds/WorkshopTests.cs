using System.Collections.Immutable;
using FissionGrpo.Environments.Workshop;
using FissionGrpo.Environments.Workshop.Full;
using FissionGrpo.Episodes;
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

    /// <summary>The split of a name such as <c>held-out</c>.</summary>
    public static WorkshopSplit SplitOf(string name) => name == "train" ? WorkshopSplit.Train : Slices.First(s => s.Slice == name).Split;

    /// <param name="options">What tasks look like.</param>
    /// <param name="seed">Where the draws come from.</param>
    /// <param name="perSlice">Tasks of each slice.</param>
    /// <param name="dataFolder">Where official data lies, for tasks made with its tables.</param>
    /// <param name="isLocal">A model in this process plays.</param>
    public static ImmutableArray<PlannedTask> Tasks(WorkshopOptions options, ulong seed, int perSlice, string dataFolder, bool isLocal)
    {
        Func<WorkshopSplit, long, EpisodeTask> task;
        if (options.Profile is WorkshopProfile.Full)
        {
            var full = FullTaskSource.Open(options.Full ?? new FullOptions(), seed, dataFolder);
            task = (split, index) => isLocal ? FullTaskSource.Local(full.Task(split, index)) : full.Task(split, index);
        }
        else
        {
            task = new WorkshopGenerator(options, new Seed(seed).Derive("world")).Task;
        }
        return
        [
            .. from slice in Slices
               where options.Profile is WorkshopProfile.Small || FullWorkshop.Splits.Contains(slice.Split)
               from index in Enumerable.Range(0, perSlice)
               select new PlannedTask(task(slice.Split, index), slice.Slice),
            .. from index in Enumerable.Range(0, perSlice)
               select FaultClasses.Inject(task(WorkshopSplit.HeldOut, index), FaultClasses.Transient[index % FaultClasses.Transient.Length]),
        ];
    }
}
