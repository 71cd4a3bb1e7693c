using System.Collections.Immutable;
using System.Text.Json;
using FissionGrpo.Environments.Faults;
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
        var kinds = Enum.GetValues<FaultKind>();
        return
        [
            .. from slice in Slices
               from index in Enumerable.Range(0, perSlice)
               select new PlannedTask(generator.Task(slice.Split, index), slice.Slice),
            .. from index in Enumerable.Range(0, perSlice)
               select WithFault(generator.Task(WorkshopSplit.HeldOut, index), kinds[index % kinds.Length]),
        ];
    }

    /// <summary>A held-out task in which one fault strikes once, at the middle one of the expected calls: the same place in every episode.</summary>
    private static PlannedTask WithFault(WorkshopTask task, FaultKind kind)
    {
        var place = task.ExpectedCalls.Sum(turn => turn.Length) / 2;
        var name = JsonNamingPolicy.SnakeCaseLower.ConvertName(kind.ToString());
        return new PlannedTask(
            new FaultyTask(task, new FaultOptions([kind], FirstCall: place, LastCall: place), new Seed(0)) { Id = $"{task.Id}+{name}" }, "injected", name);
    }
}
