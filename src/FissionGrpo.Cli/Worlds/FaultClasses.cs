using System.Collections.Immutable;
using System.Text.Json;
using FissionGrpo.Environments.Faults;
using FissionGrpo.Episodes;
using FissionGrpo.Evaluation.Playing;
using FissionGrpo.Seeds;

namespace FissionGrpo.Cli.Worlds;

/// <summary>Classes of injected faults, and tasks that meet one: <c>timeout</c>, <c>stale_id-silent</c>, <c>permission_denied-permanent</c>, …</summary>
internal static class FaultClasses
{
    private const string Every = "all";
    private const string Permanent = "-permanent";
    private const string Silent = "-silent";

    /// <summary>Every kind: transient, permanent, silent.</summary>
    public static ImmutableArray<string> All { get; } = [.. Kinds.SelectMany(k => (string[])[k, k + Permanent, k + Silent])];

    /// <summary>The kinds of faults, each striking once and told.</summary>
    public static ImmutableArray<string> Transient { get; } = [.. Kinds];

    private static IEnumerable<string> Kinds => Enum.GetNames<FaultKind>().Select(JsonNamingPolicy.SnakeCaseLower.ConvertName);

    /// <summary>Each task once more with a fault, the classes taking turns. Its slice is <c>injected</c>.</summary>
    /// <exception cref="UserErrorException">There is no such class.</exception>
    public static IEnumerable<PlannedTask> Inject(IReadOnlyList<PlannedTask> tasks, IReadOnlyList<string> wanted)
    {
        ImmutableArray<string> named = [.. wanted.Select(name => All.Append(Every).FirstOrDefault(c => c.Equals(name, StringComparison.OrdinalIgnoreCase))
            ?? throw new UserErrorException($"--faults is {name}, expected {Every} or some of: {string.Join(", ", All)}."))];
        var classes = named.Contains(Every) ? All : named;
        return tasks.Select((task, i) => Inject(task.Task, classes[i % classes.Length]));
    }

    /// <summary>The task with a fault that strikes at the middle one of the expected calls: the same place in every episode.</summary>
    public static PlannedTask Inject(EpisodeTask task, string name)
    {
        var kind = Enum.GetValues<FaultKind>().First(k => name.StartsWith(JsonNamingPolicy.SnakeCaseLower.ConvertName(k.ToString()), StringComparison.Ordinal));
        var place = task.ExpectedCalls.Sum(turn => turn.Length) / 2;
        var options = new FaultOptions(
            [kind], FirstCall: place, LastCall: place,
            PermanentShare: name.EndsWith(Permanent, StringComparison.Ordinal) ? 1 : 0, SilentShare: name.EndsWith(Silent, StringComparison.Ordinal) ? 1 : 0);
        return new PlannedTask(new FaultyTask(task, options, new Seed(0)) { Id = $"{task.Id}+{name}" }, "injected", name);
    }
}
