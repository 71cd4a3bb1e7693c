using System.Collections.Immutable;
using FissionGrpo.Environments.Python;
using FissionGrpo.Environments.Tau.State;
using FissionGrpo.Environments.Tau2.State;
using FissionGrpo.Environments.Tau2.Tools;
using FissionGrpo.Episodes;

namespace FissionGrpo.Environments.Tau2.Tasks;

/// <summary>
/// A domain of TAU2-bench (Barres et al., arXiv:2506.07982), read once from the benchmark's files and shared by all its environments. Immutable.
/// </summary>
public sealed class Tau2Domain
{
    private readonly Tau2Files _files;
    private readonly Value.Dict? _user;
    private readonly Toolkit _agentTools;
    private readonly Toolkit? _userTools;

    internal Tau2Domain(string name, Tau2Files files, Database database, Value.Dict? user, string policy, string soloPolicy, ImmutableArray<ToolSpec> agentTools, ImmutableArray<ToolSpec> userTools)
    {
        Name = name;
        _files = files;
        _user = user;
        Database = database;
        Policy = policy;
        SoloPolicy = soloPolicy;
        AgentTools = agentTools;
        UserTools = userTools;
        _agentTools = name switch
        {
            "retail" => RetailTools.Of(database),
            "airline" => AirlineTools.Of(database),
            _ => TelecomTools.Toolkit,
        };
        _userTools = name == "telecom" ? TelecomUserTools.Toolkit : null;
        foreach (var tool in agentTools.Where(tool => !_agentTools.Tools.ContainsKey(tool.Name)).Concat(userTools.Where(tool => _userTools?.Tools.ContainsKey(tool.Name) != true)))
            throw new UserErrorException($"{files.PathOf("tools.json")}: there is no tool '{tool.Name}' in the {name} domain. Use the file of the TAU2-bench version named in docs/tau.md.");
    }

    /// <summary>The domains there are.</summary>
    public static ImmutableArray<string> Names { get; } = ["retail", "airline", "telecom"];

    /// <summary><c>retail</c>, <c>airline</c> or <c>telecom</c>.</summary>
    public string Name { get; }

    /// <summary>The policy that the agent must follow; in telecom the main policy and the technical manual, each in its tags.</summary>
    public string Policy { get; }

    /// <summary>The policy of the solo mode; the same where there is none of its own.</summary>
    public string SoloPolicy { get; }

    /// <summary>The agent's tools as they are shown to it, in the benchmark's order.</summary>
    public ImmutableArray<ToolSpec> AgentTools { get; }

    /// <summary>The user's own tools; empty outside telecom.</summary>
    public ImmutableArray<ToolSpec> UserTools { get; }

    internal Database Database { get; }

    /// <summary>Reads a domain from the benchmark's folder (<c>FOLDER/retail/db.json</c>, …).</summary>
    /// <param name="folder">The folder that holds one folder per domain.</param>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <exception cref="UserErrorException">The domain is unknown, or a file is missing, unreadable or not of the expected shape.</exception>
    public static Tau2Domain Load(string folder, string name) => Names.Contains(name)
        ? new Tau2Files(Path.Combine(folder, name)).ReadDomain(name)
        : throw new UserErrorException($"TAU2-bench has no domain '{name}'. Known are {string.Join(", ", Names)}.");

    /// <summary>The tasks of a split (<c>base</c>, <c>train</c>, <c>test</c>, …) in the order of the split.</summary>
    /// <param name="split">A name in the domain's <c>split_tasks.json</c>.</param>
    /// <param name="version">
    /// Which tasks: those of release 0.2.0 (the default; scored without a judge), or the newer ones, part of whose reward a language model
    /// judges.
    /// </param>
    /// <exception cref="UserErrorException">The split does not exist, or a file is not of the expected shape.</exception>
    public ImmutableArray<Tau2Task> Tasks(string split, Tau2Version version = Tau2Version.Release020) => _files.ReadTasks(this, split, version);

    /// <summary>Any task of the domain by its id.</summary>
    internal IReadOnlyDictionary<string, Tau2Task> TasksById(Tau2Version version) => _files.ReadAllTasks(this, version);

    internal Tau2World NewWorld() => new(new WorldState(Database), _user);

    /// <summary>Sets the scene of a task: each step is synchronised.</summary>
    /// <exception cref="UserErrorException">The task asks for what there is not.</exception>
    internal Tau2World NewWorld(Tau2Task task)
    {
        var world = NewWorld();
        Synchronize(world);
        foreach (var step in task.Scene)
        {
            try
            {
                CallMethod(world, step);
            }
            catch (PyException error)
            {
                throw new UserErrorException($"{task.Id}: the initial state cannot be set, {step.Call.Name} says: {error.Message}.");
            }
        }
        return world;
    }

    /// <summary>Executes a call of the agent or of the user, as the original does: the tool, then the synchronisation, any error as text.</summary>
    internal (string Content, bool Error, ToolErrorKind Kind) Respond(Tau2World world, Tau2Side side, ToolCall call, bool isSolo)
    {
        try
        {
            var content = Call(world, side, call, isSolo);
            Synchronize(world);
            return (content, false, default);
        }
        catch (PyException error)
        {
            return ($"Error: {error.Message}", true, KindOf(error));
        }
    }

    /// <summary>The tool alone, without synchronisation: how the ground truth is replayed.</summary>
    internal string Call(Tau2World world, Tau2Side side, ToolCall call, bool isSolo)
    {
        RequireBindable(call);
        if (side is Tau2Side.User)
        {
            if (isSolo)
                throw PyException.ValueError("User tool calls are not allowed in solo mode");
            return Call(world, _userTools ?? throw PyException.ValueError("User tools not available"), call);
        }
        return isSolo && _userTools is not null && !_agentTools.Tools.ContainsKey(call.Name) && _userTools.Tools.ContainsKey(call.Name)
            ? Call(world, _userTools, call)
            : Call(world, _agentTools, call);
    }

    /// <summary>Calls a method of a toolkit, tool or not, and synchronises: scenes and assertions.</summary>
    internal string CallMethod(Tau2World world, Tau2SceneStep step)
    {
        var toolkit = step.Side is Tau2Side.User ? _userTools : _agentTools;
        if (toolkit is null || (!toolkit.Methods.TryGetValue(step.Call.Name, out var method) && !toolkit.Tools.TryGetValue(step.Call.Name, out method)))
            throw PyException.ValueError($"there is no method '{step.Call.Name}'");
        var result = method.Invoke(world, method.Bind(toolkit.ClassName, step.Call.Arguments.AsSpan()));
        Synchronize(world);
        return result;
    }

    /// <summary>
    /// Brings the phone's surroundings up to date with the agent's database: line, roaming, used-up data and payments. The phone itself only
    /// notices when it looks for a network.
    /// </summary>
    internal static void Synchronize(Tau2World world)
    {
        if (world.User is null)
            return;
        var phone = new Phone(world);
        if (world.Synchronized is var (agent, surroundings) && ReferenceEquals(agent, world.Agent.Version) && ReferenceEquals(surroundings, phone.Surroundings))
            return;
        Update(world, phone);
        world.Synchronized = (world.Agent.Version, phone.Surroundings);
    }

    private static void Update(Tau2World world, Phone phone)
    {
        var number = Py.Get(phone.Surroundings, "phone_number");
        if (number is Value.Null)
            return;
        var line = TelecomTools.LineByNumber(world, number);
        var isActive = Py.AreEqual(Py.Get(line, "status"), "Active");
        var isRoamingAllowed = Py.IsTrue(Py.Get(line, "roaming_enabled"));
        var isDataUsedUp = TelecomTools.IsDataUsedUp(world, line);
        if (phone.IsAround("line_active") != isActive || phone.IsAround("roaming_allowed") != isRoamingAllowed || phone.IsAround("mobile_data_usage_exceeded") != isDataUsedUp)
            phone.SetAround(("line_active", isActive), ("roaming_allowed", isRoamingAllowed), ("mobile_data_usage_exceeded", isDataUsedUp));
        if (Py.Get(phone.Surroundings, "payment_request") is Value.Dict request)
        {
            if (!Py.IsTrue(Py.Get(request, "paid")))
                return;
            TelecomTools.SetBillPaid(world, Py.Get(request, "bill_id"));
            phone.SetAround(("payment_request", Value.None));
        }
        if (TelecomTools.BillAwaitingPayment(world, number) is { } bill)
            phone.SetAround(("payment_request", Value.Dict.Of(("bill_id", Py.Get(bill, "bill_id")), ("amount_due", Py.Get(bill, "total_due")), ("paid", false))));
    }

    private static string Call(Tau2World world, Toolkit toolkit, ToolCall call) => toolkit.Tools.TryGetValue(call.Name, out var tool)
        ? tool.Invoke(world, tool.Bind(toolkit.ClassName, call.Arguments.AsSpan()))
        : throw new PyException("ToolNotFound", $"Tool '{call.Name}' not found.");

    /// <summary>Arguments that collide with those of the original's dispatcher.</summary>
    private static void RequireBindable(ToolCall call)
    {
        foreach (var (name, _) in call.Arguments)
            if (name == "requestor")
                throw PyException.TypeError("tau2.environment.environment.Environment.make_tool_call() got multiple values for keyword argument 'requestor'");
        foreach (var (name, _) in call.Arguments)
            if (name is "tool_name" or "self")
                throw PyException.TypeError($"Environment.make_tool_call() got multiple values for argument '{name}'");
    }

    private static ToolErrorKind KindOf(PyException error) => error.Type switch
    {
        "ToolNotFound" => ToolErrorKind.UnknownTool,
        "ValueError" => ToolErrorKind.Rejected,
        _ => ToolErrorKind.InvalidArguments,
    };
}

/// <summary>Who calls a tool.</summary>
internal enum Tau2Side
{
    Agent,
    User,
}

/// <summary>Which tasks of TAU2-bench.</summary>
public enum Tau2Version
{
    /// <summary>Release 0.2.0 (October 2025), on which papers before March 2026 ran. Scored by database and communicated information.</summary>
    Release020,

    /// <summary>The pinned later commit: some gold calls differ, and most retail tasks also ask a language model to judge.</summary>
    Pinned,
}

/// <summary>A step that sets a scene or examines it: a method call on one side.</summary>
internal sealed record Tau2SceneStep(Tau2Side Side, ToolCall Call);
