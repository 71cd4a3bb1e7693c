using System.Collections.Immutable;
using FissionGrpo.Environments.Tau.State;
using FissionGrpo.Environments.Tau.Tools;
using FissionGrpo.Environments.Tau.Users;
using FissionGrpo.Episodes;

namespace FissionGrpo.Environments.Tau.Tasks;

/// <summary>A TAU-bench task: what the user wants, the calls that achieve it, and what the agent must have said.</summary>
public sealed record TauTask : EpisodeTask
{
    /// <summary>Actions (tool calls and messages to the user) after which the official loop gives up.</summary>
    public const int OfficialStepLimit = 30;

    private readonly Lazy<WorldState> _expected;
    private readonly Lazy<UserScript> _script;

    internal TauTask(TauDomain domain, string split, int index, string userId, string instruction, ImmutableArray<ToolCall> actions, ImmutableArray<string> outputs)
        : base($"tau/{domain.Name}/{split}/{index}", $"tau-{domain.Name}", split)
    {
        Domain = domain;
        Index = index;
        UserId = userId;
        Instruction = instruction;
        Actions = actions;
        Outputs = outputs;
        _expected = new(() => Replay(domain, actions));
        _script = new(() => UserScript.Of(this));
    }

    /// <summary>The domain, shared with all its other tasks.</summary>
    public TauDomain Domain { get; }

    /// <summary>The task's number in its split.</summary>
    public int Index { get; }

    /// <summary>The user on whose behalf it is played.</summary>
    public string UserId { get; }

    /// <summary>What the user has in mind, addressed to whoever plays the user.</summary>
    public string Instruction { get; }

    /// <summary>The ground-truth calls.</summary>
    public ImmutableArray<ToolCall> Actions { get; }

    /// <summary>Texts that the agent must have said, each in some message.</summary>
    public ImmutableArray<string> Outputs { get; }

    /// <summary>Who plays the user; null is the scripted user.</summary>
    public UserSimulatorFactory? User { get; init; }

    /// <summary>Actions after which an episode is over without reward.</summary>
    public int StepLimit { get; init; } = OfficialStepLimit;

    /// <summary>Whether the agent reads the policy. Without it the task is not the benchmark's; it is for models with little room.</summary>
    public bool ShowsPolicy { get; init; } = true;

    /// <summary>The names of the only tools that are offered; empty offers all. The same holds: fewer are not the benchmark's.</summary>
    public ImmutableArray<string> OfferedTools { get; init; } = [];

    /// <summary>The tools on offer.</summary>
    public ImmutableArray<ToolSpec> Tools => OfferedTools.IsEmpty ? Domain.Tools : [.. Domain.Tools.Where(tool => OfferedTools.Contains(tool.Name))];

    /// <inheritdoc/>
    public override string? SystemPrompt => ShowsPolicy ? Domain.Policy : null;

    /// <inheritdoc/>
    public override ImmutableArray<ImmutableArray<ToolCall>> ExpectedCalls => [Actions];

    /// <inheritdoc/>
    public override bool CanBeReplayed => User is null;

    /// <summary>The database after the ground-truth calls; computed once per task.</summary>
    internal WorldState Expected => _expected.Value;

    /// <inheritdoc/>
    public override IEnvironment Start() => new TauEnvironment(this, User?.Invoke(TauUserPrompt.Brief(this)) ?? new ScriptedUser(_script.Value, TauEnvironment.Stop));

    /// <summary>Tasks are equal when they ask the same; the domain they share is not compared.</summary>
    public bool Equals(TauTask? other) => other is not null && Id == other.Id && Instruction == other.Instruction && Actions.SequenceEqual(other.Actions) && Outputs.SequenceEqual(other.Outputs);

    /// <inheritdoc/>
    public override int GetHashCode() => Id.GetHashCode(StringComparison.Ordinal);

    /// <summary>Executes the calls on a fresh database as the official scoring does: hand-overs are left out, errors do not matter.</summary>
    internal static WorldState Replay(TauDomain domain, ImmutableArray<ToolCall> actions)
    {
        var state = new WorldState(domain.Database);
        foreach (var action in actions)
            if (action.Name != SharedTools.TransferToHuman)
                domain.Call(state, action);
        return state;
    }
}
