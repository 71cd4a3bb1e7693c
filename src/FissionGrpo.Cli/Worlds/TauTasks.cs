using System.Collections.Immutable;
using FissionGrpo.Cli.Shells;
using FissionGrpo.Environments.Tau.Tasks;
using FissionGrpo.Environments.Tau2.Tasks;
using FissionGrpo.Episodes;
using FissionGrpo.Evaluation.Playing;

namespace FissionGrpo.Cli.Worlds;

/// <summary>Which tasks of TAU-bench and TAU2-bench, what the agent is shown of them, and who plays with it.</summary>
/// <param name="Domains">Only these domains; none means all.</param>
/// <param name="Split">The tasks; null is the benchmark's own choice (tau: test, tau2: base).</param>
/// <param name="Version">Which of TAU2's task sets.</param>
/// <param name="IsSolo">Without a user: TAU2's tasks with a ticket.</param>
/// <param name="ShowsPolicy">Whether the agent reads the policy.</param>
/// <param name="Tools">The only tools offered; none means all.</param>
/// <param name="User">Who plays the user; null is the scripted user.</param>
/// <param name="Judge">Who judges sentences; null leaves them out.</param>
internal sealed record TauChoice(
    ImmutableArray<string> Domains,
    string? Split = null,
    Tau2Version Version = Tau2Version.Release020,
    bool IsSolo = false,
    bool ShowsPolicy = true,
    ImmutableArray<string> Tools = default,
    UserSimulatorFactory? User = null,
    IConversationJudge? Judge = null)
{
    public static TauChoice Benchmark { get; } = new([]);

    /// <summary>The only tools offered; none means all.</summary>
    public ImmutableArray<string> Tools { get; init; } = Tools.IsDefault ? [] : Tools;

    /// <summary>What a report must say of the tasks, so that scores are not compared with those of others.</summary>
    public string Describe(string world) => string.Join(", ",
    [
        world == "tau" ? $"TAU-bench, split {Split ?? TauTasks.Split}"
        : Version is Tau2Version.Release020 ? $"TAU2-bench, tasks of release 0.2.0 (scored without a judge), split {Split ?? TauTasks.Split2}"
        : $"TAU2-bench, pinned newer tasks ({(Judge is null ? "sentences for a judge left out: retail scores are upper bounds" : "sentences judged")}), split {Split ?? TauTasks.Split2}",
        .. IsSolo ? ["solo mode"] : Array.Empty<string>(),
        .. ShowsPolicy ? [] : (string[])["without the policy"],
        .. Tools.IsEmpty ? [] : (string[])[$"with {Tools.Length} of the tools"],
    ]);
}

/// <summary>The tasks of TAU-bench and TAU2-bench, from the files that the user has added; a domain is a slice.</summary>
internal static class TauTasks
{
    public const string Split = "test";
    public const string Split2 = "base";

    /// <exception cref="UserErrorException">The files are not there or not as expected, or the choice names what there is not.</exception>
    public static ImmutableArray<PlannedTask> Tau(TestTaskRequest request, Shell shell)
    {
        var choice = request.Tau ?? TauChoice.Benchmark;
        if (choice.IsSolo)
            throw new UserErrorException("tau has no solo mode; tau2 has (--domain telecom).");
        if (choice.Judge is not null)
            throw new UserErrorException("tau has no sentences for a judge; tau2 has, in --task-set pinned.");
        var folder = TestTasks.FolderOf(request, shell);
        return
        [
            .. from name in Domains(request.World, choice, TauDomain.Names)
               let domain = TauDomain.Load(folder, name)
               let tools = Offered(choice, name, domain.Tools)
               from task in domain.Tasks(choice.Split ?? Split)
               where IsPossible(task, tools)
               select new PlannedTask(task with { User = choice.User, ShowsPolicy = choice.ShowsPolicy, OfferedTools = tools }, name),
        ];
    }

    /// <inheritdoc cref="Tau"/>
    public static ImmutableArray<PlannedTask> Tau2(TestTaskRequest request, Shell shell)
    {
        var choice = request.Tau ?? TauChoice.Benchmark;
        if (choice is { Judge: not null, Version: not Tau2Version.Pinned })
            throw new UserErrorException("--judge-endpoint: the tasks of release 0.2.0 are scored without a judge. Give --task-set pinned, or leave the judge out.");
        var folder = TestTasks.FolderOf(request, shell);
        ImmutableArray<PlannedTask> tasks =
        [
            .. from name in Domains(request.World, choice, Tau2Domain.Names)
               let domain = Tau2Domain.Load(folder, name)
               let tools = Offered(choice, name, domain.AgentTools)
               from task in domain.Tasks(choice.Split ?? Split2, choice.Version)
               where IsPossible(task, tools) && (!choice.IsSolo || task.Ticket is not null)
               select new PlannedTask(
                   task with { User = choice.User, Judge = choice.Judge, IsSolo = choice.IsSolo, ShowsPolicy = choice.ShowsPolicy, OfferedTools = tools }, name),
        ];
        return tasks.IsEmpty && choice.IsSolo ? throw new UserErrorException("--solo: none of these tasks has a ticket to work from. Telecom's have (--domain telecom).") : tasks;
    }

    /// <summary>What the agent must have said for the reward: a task wants some texts to be heard.</summary>
    public static string? Closing(EpisodeTask task) => task switch
    {
        TauTask { Outputs.IsEmpty: false } tau => string.Join(", ", tau.Outputs),
        Tau2Task { Communicate.IsEmpty: false } tau2 => string.Join(", ", tau2.Communicate),
        _ => null,
    };

    /// <summary>The ground truth in order, with who makes each call: in telecom the user has a phone of their own.</summary>
    public static ImmutableArray<(bool IsUsers, ToolCall Call)> GroundTruth(EpisodeTask task) =>
        task is Tau2Task { IsSolo: false } tau2 ? tau2.GroundTruth : [.. task.ExpectedCalls[0].Select(call => (false, call))];

    private static IEnumerable<string> Domains(string world, TauChoice choice, ImmutableArray<string> known) =>
        choice.Domains.FirstOrDefault(name => !known.Contains(name)) is { } unknown
            ? throw new UserErrorException($"There is no domain {unknown} in {world}; it has {string.Join(", ", known)}.")
            : known.Where(name => choice.Domains.IsEmpty || choice.Domains.Contains(name));

    private static ImmutableArray<string> Offered(TauChoice choice, string domain, ImmutableArray<ToolSpec> tools) =>
        choice.Tools.FirstOrDefault(name => !tools.Any(tool => tool.Name == name)) is { } unknown
            ? throw new UserErrorException($"tau.tools: {domain} has no tool {unknown}; it has {string.Join(", ", tools.Select(tool => tool.Name))}.")
            : choice.Tools;

    /// <summary>Every call of the agent's ground truth can be made with the tools on offer.</summary>
    private static bool IsPossible(EpisodeTask task, ImmutableArray<string> tools) => tools.IsEmpty || task.ExpectedCalls[0].All(call => tools.Contains(call.Name));
}
