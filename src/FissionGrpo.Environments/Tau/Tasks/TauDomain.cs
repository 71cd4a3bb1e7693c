using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text.Json;
using FissionGrpo.Environments.Python;
using FissionGrpo.Environments.Tau.State;
using FissionGrpo.Environments.Tau.Tools;
using FissionGrpo.Episodes;

namespace FissionGrpo.Environments.Tau.Tasks;

/// <summary>
/// A domain of TAU-bench (Yao et al., arXiv:2406.12045), read once from the benchmark's files and shared by all its environments. Immutable.
/// </summary>
public sealed class TauDomain
{
    private readonly FrozenDictionary<string, TauTool> _tools;
    private readonly string _folder;

    internal TauDomain(string name, string folder, Database database, string policy, ImmutableArray<string> rules, ImmutableArray<ToolSpec> tools)
    {
        Name = name;
        _folder = folder;
        Database = database;
        Policy = policy;
        Rules = rules;
        Tools = tools;
        var implemented = name == "retail" ? new RetailTools(database).All : new AirlineTools(database).All;
        _tools = implemented.ToFrozenDictionary(tool => tool.Name, StringComparer.Ordinal);
        foreach (var tool in tools)
            if (!_tools.ContainsKey(tool.Name))
                throw new UserErrorException($"{Path.Combine(folder, "tools.json")}: there is no tool '{tool.Name}' in the {name} domain. Use the file of the TAU-bench version named in docs/tau.md.");
    }

    /// <summary>The domains there are.</summary>
    public static ImmutableArray<string> Names { get; } = ["retail", "airline"];

    /// <summary><c>retail</c> or <c>airline</c>.</summary>
    public string Name { get; }

    /// <summary>The policy that the agent must follow: the benchmark's system message, byte for byte.</summary>
    public string Policy { get; }

    /// <summary>Further rules that come with the domain. The tool-calling agent is not shown them.</summary>
    public ImmutableArray<string> Rules { get; }

    /// <summary>The tools as they are shown to the agent, in the benchmark's order.</summary>
    public ImmutableArray<ToolSpec> Tools { get; }

    /// <summary>The splits whose files are there, in the benchmark's order: test, train, dev.</summary>
    public ImmutableArray<string> Splits =>
        [.. ((ImmutableArray<string>)["test", "train", "dev"]).Where(HasTasks)];

    internal Database Database { get; }

    /// <summary>Reads a domain from the benchmark's folder (<c>FOLDER/retail/orders.json</c>, …).</summary>
    /// <param name="folder">The folder that holds one folder per domain.</param>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <exception cref="UserErrorException">The domain is unknown, or a file is missing, unreadable or not of the expected shape.</exception>
    public static TauDomain Load(string folder, string name)
    {
        if (!Names.Contains(name))
            throw new UserErrorException($"TAU-bench has no domain '{name}'. Known are {string.Join(", ", Names)}.");
        return new TauFiles(Path.Combine(folder, name)).ReadDomain(name);
    }

    /// <summary>The tasks of a split.</summary>
    /// <exception cref="UserErrorException">The split does not exist, or its file is not of the expected shape.</exception>
    public ImmutableArray<TauTask> Tasks(string split)
    {
        if (!HasTasks(split))
            throw new UserErrorException($"{TaskFile(split)}: the {Name} domain has no split '{split}'. There are {string.Join(", ", Splits)}.");
        return new TauFiles(_folder).ReadTasks(this, split);
    }

    /// <summary>A task from its JSON in the benchmark's layout, for recordings that bring their own.</summary>
    internal TauTask TaskFrom(JsonElement task, string split, int index) => TauFiles.ReadTask(this, task, split, index, $"{Name}/{split}/{index}");

    /// <summary>Calls a tool as the benchmark does; what it changes stays changed even when it fails.</summary>
    internal ToolOutcome Call(WorldState state, ToolCall call)
    {
        if (!_tools.TryGetValue(call.Name, out var tool))
            return new ToolOutcome($"Unknown action {call.Name}", ToolErrorKind.UnknownTool);
        var arguments = tool.Bind(Name, call.Arguments.AsSpan(), out var error);
        if (error is not null)
            return new ToolOutcome($"Error: {error}", ToolErrorKind.InvalidArguments);
        try
        {
            var text = tool.Invoke(state, arguments);
            return new ToolOutcome(text, text is not null && text.StartsWith("Error", StringComparison.Ordinal) ? ToolErrorKind.Rejected : null);
        }
        catch (PyException raised)
        {
            return new ToolOutcome($"Error: {raised.Message}", ToolErrorKind.InvalidArguments);
        }
    }

    private bool HasTasks(string split) => File.Exists(TaskFile(split)) || File.Exists(TaskFile(split) + ".gz");

    private string TaskFile(string split) => Path.Combine(_folder, $"tasks_{split}.json");
}

/// <summary>The observation that a tool gives, and what kind of failure it is, if it is one. No text means that the original fails as a whole.</summary>
internal readonly record struct ToolOutcome(string? Text, ToolErrorKind? Failure);
