using System.Collections.Immutable;
using FissionGrpo.Cli.Shells;
using FissionGrpo.Environments.Workshop;
using FissionGrpo.Episodes;
using FissionGrpo.Evaluation.Data;
using FissionGrpo.Evaluation.Playing;

namespace FissionGrpo.Cli.Worlds;

/// <summary>Which test tasks are asked for.</summary>
/// <param name="World">One of <see cref="TestTasks.Worlds"/>.</param>
/// <param name="DataFolder">The benchmark's folder; null uses the user's data folder.</param>
/// <param name="Parts">Only these categories or slices; empty means all.</param>
/// <param name="Limit">At most this many of each; null means all (or the world's usual number, where it has no end).</param>
/// <param name="Seed">For worlds that draw their tasks.</param>
/// <param name="IsLocal">The policy's prompt holds the tools once and for all, as in this process and in prompting mode.</param>
/// <param name="Tau">Which of TAU's and TAU2's tasks, and who plays with the policy; null is the benchmark with the scripted user.</param>
/// <param name="Workshop">What the Workshop's tasks look like.</param>
internal sealed record TestTaskRequest(string World, string? DataFolder, ImmutableArray<string> Parts, int? Limit, ulong Seed, WorkshopOptions Workshop, bool IsLocal = false, TauChoice? Tau = null)
{
    /// <summary>Classes of faults with which every task is played once more.</summary>
    public ImmutableArray<string> Faults { get; init; } = [];
}

/// <summary>The test tasks of every world: the one place that knows them all.</summary>
internal static class TestTasks
{
    private static readonly SortedDictionary<string, Func<TestTaskRequest, Shell, ImmutableArray<PlannedTask>>> ByWorld = new(StringComparer.Ordinal)
    {
        ["bfcl"] = BfclTests.Tasks,
        ["tau"] = TauTasks.Tau,
        ["tau2"] = TauTasks.Tau2,
        ["workshop"] = (request, shell) => WorkshopTests.Tasks(request.Workshop, request.Seed, request.Limit ?? WorkshopTests.UsualNumber, shell.DataFolder, request.IsLocal),
    };

    /// <summary>The folder of a benchmark that can be played.</summary>
    /// <exception cref="UserErrorException">It has not been added.</exception>
    public static string FolderOf(TestTaskRequest request, Shell shell) => request.DataFolder ?? new BenchmarkLibrary(shell.DataFolder).RequireFolder(request.World);

    /// <exception cref="UserErrorException">A benchmark's folder is given for a world that reads none.</exception>
    public static void CheckData(string world, string? data)
    {
        if (data is not null && world == "workshop")
            throw new UserErrorException($"--data {data}: the Workshop makes its own tasks. Leave the option out, or name the world whose folder it is.");
    }

    public static IEnumerable<string> Worlds => ByWorld.Keys;

    /// <summary>Official benchmarks that a run is measured on where the user has added them: those without a user to be simulated.</summary>
    public static ImmutableArray<string> OfficialForRuns => ["bfcl"];

    /// <exception cref="UserErrorException">The benchmark has not been added, or a part does not exist.</exception>
    public static ImmutableArray<PlannedTask> Of(TestTaskRequest request, Shell shell)
    {
        var chosen = Chosen(ByWorld[request.World](request, shell), request);
        if (request.Faults.IsEmpty)
            return chosen;
        PlannedTask[] plain = [.. chosen.Where(t => t.Fault is null)];
        return [.. plain, .. FaultClasses.Inject(plain, request.Faults)];
    }

    /// <summary>The tasks that the request asks for, of those that there are.</summary>
    public static ImmutableArray<PlannedTask> Chosen(ImmutableArray<PlannedTask> all, TestTaskRequest request)
    {
        var unknown = request.Parts.Where(part => !all.Any(t => t.Task.Category == part || t.Slice == part)).ToList();
        if (unknown.Count > 0)
            throw new UserErrorException($"--category {unknown[0]}: {request.World} has no such category or slice. It has {string.Join(", ", all.Select(t => t.Slice).Concat(all.Select(t => t.Task.Category)).Distinct().Order(StringComparer.Ordinal))}.");
        var wanted = request.Parts.IsEmpty ? all : [.. all.Where(t => request.Parts.Contains(t.Task.Category) || request.Parts.Contains(t.Slice))];
        return request.Limit is { } limit ? [.. wanted.GroupBy(t => t.Slice, StringComparer.Ordinal).SelectMany(g => g.Take(limit))] : wanted;
    }
}
