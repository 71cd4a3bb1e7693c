using System.Collections.Immutable;
using FissionGrpo.Environments.Python;
using FissionGrpo.Environments.Tau2.State;
using FissionGrpo.Environments.Tau2.Users;
using FissionGrpo.Episodes;

namespace FissionGrpo.Environments.Tau2.Tasks;

/// <summary>A ground-truth call with the arguments that count when the agent's calls are compared with it; null: those that the agent gave.</summary>
internal sealed record Tau2GoldAction(Tau2Side Side, ToolCall Call, ImmutableArray<string>? CompareArguments);

/// <summary>What must hold in the end, and its expected answer.</summary>
internal sealed record Tau2Assertion(Tau2SceneStep Step, bool Expected);

/// <summary>The parts of a reward. The product of those that a task names is its reward.</summary>
[Flags]
public enum Tau2RewardBasis
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Both databases are as after the ground truth.</summary>
    Database = 1,

    /// <summary>The task's assertions about the environment hold.</summary>
    EnvironmentAssertions = 2,

    /// <summary>Every ground-truth call was made.</summary>
    Actions = 4,

    /// <summary>What the user had to be told was said.</summary>
    Communication = 8,

    /// <summary>A language model finds the task's sentences true of the conversation.</summary>
    JudgedAssertions = 16,
}

/// <summary>What a user knows and wants.</summary>
/// <param name="Persona">How they are; null when nothing is said.</param>
/// <param name="Parts">Titles and texts in the benchmark's order; one part without a title where it wrote free text.</param>
public sealed record Tau2Scenario(string? Persona, ImmutableArray<(string Title, string Text)> Parts);

/// <summary>A TAU2-bench task.</summary>
public sealed record Tau2Task : EpisodeTask
{
    /// <summary>Messages after which the official orchestrator gives up.</summary>
    public const int OfficialStepLimit = 200;

    /// <summary>Failed calls, of both sides, after which the official orchestrator gives up.</summary>
    public const int OfficialErrorLimit = 10;

    private readonly Lazy<Tau2World> _start;
    private readonly Lazy<Tau2World> _expected;
    private readonly Lazy<Tau2Script> _script;

    internal Tau2Task(Tau2Domain domain, string officialId)
        : base($"tau2/{domain.Name}/{officialId}", $"tau2-{domain.Name}", domain.Name)
    {
        Domain = domain;
        OfficialId = officialId;
        _start = new(() => domain.NewWorld(this));
        _expected = new(Replay);
        _script = new(() => Tau2Script.Of(this));
    }

    /// <summary>The domain, shared with all its other tasks.</summary>
    public Tau2Domain Domain { get; }

    /// <summary>The task's id in the benchmark.</summary>
    public string OfficialId { get; }

    /// <summary>What the user knows and wants.</summary>
    public required Tau2Scenario Scenario { get; init; }

    /// <summary>The problem as a ticket, for the solo mode; null where there is none.</summary>
    public string? Ticket { get; init; }

    /// <summary>Texts that the agent must have said.</summary>
    public ImmutableArray<string> Communicate { get; init; } = [];

    /// <summary>Sentences that a judge would have to find true.</summary>
    public ImmutableArray<string> JudgedAssertions { get; init; } = [];

    /// <summary>The parts that the reward is the product of.</summary>
    public Tau2RewardBasis RewardBasis { get; init; } = Tau2RewardBasis.Database | Tau2RewardBasis.Communication;

    /// <summary>Without a user: the agent has both sides' tools and the ticket.</summary>
    public bool IsSolo { get; init; }

    /// <summary>Who plays the user; null is the scripted user.</summary>
    public UserSimulatorFactory? User { get; init; }

    /// <summary>Who finds the task's sentences true or not; null leaves them out of the score.</summary>
    public IConversationJudge? Judge { get; init; }

    /// <summary>Messages after which an episode is over without reward.</summary>
    public int StepLimit { get; init; } = OfficialStepLimit;

    /// <summary>Failed calls after which an episode is over without reward.</summary>
    public int ErrorLimit { get; init; } = OfficialErrorLimit;

    /// <summary>Whether the agent reads the policy. Without it the task is not the benchmark's; it is for models with little room.</summary>
    public bool ShowsPolicy { get; init; } = true;

    /// <summary>The names of the only tools that are offered; empty offers all. The same holds: fewer are not the benchmark's.</summary>
    public ImmutableArray<string> OfferedTools { get; init; } = [];

    /// <summary>The tools on offer; in solo mode the user's too, and the one that ends the episode.</summary>
    public ImmutableArray<ToolSpec> Tools
    {
        get
        {
            var agents = OfferedTools.IsEmpty ? Domain.AgentTools : [.. Domain.AgentTools.Where(tool => OfferedTools.Contains(tool.Name))];
            return IsSolo ? [.. agents, .. Domain.UserTools, Tau2Environment.DoneTool] : agents;
        }
    }

    /// <inheritdoc/>
    public override string? SystemPrompt => Tau2Prompts.Agent(this);

    /// <summary>The agent's ground-truth calls, as one entry; in solo mode those of the user too.</summary>
    public override ImmutableArray<ImmutableArray<ToolCall>> ExpectedCalls =>
        [[.. Gold.Where(action => IsSolo || action.Side is Tau2Side.Agent).Select(action => action.Call)]];

    /// <inheritdoc/>
    public override bool CanBeReplayed => User is null;

    /// <summary>The whole ground truth in order, with who makes each call: in telecom the user has a phone of their own.</summary>
    public ImmutableArray<(bool IsUsers, ToolCall Call)> GroundTruth => [.. Gold.Select(action => (action.Side is Tau2Side.User, action.Call))];

    /// <summary>The task says what must have happened, be it nothing. Without that, any environment is right.</summary>
    internal bool HasGoal { get; init; } = true;

    internal ImmutableArray<Tau2SceneStep> Scene { get; init; } = [];

    internal ImmutableArray<Tau2GoldAction> Gold { get; init; } = [];

    internal ImmutableArray<Tau2Assertion> Assertions { get; init; } = [];

    /// <summary>The databases after the ground truth; computed once per task.</summary>
    internal Tau2World Expected => _expected.Value;

    internal Tau2Script Script => _script.Value;

    /// <inheritdoc/>
    public override IEnvironment Start() => new Tau2Environment(
        this, StartWorld(), IsSolo ? null : User?.Invoke(Tau2Prompts.Brief(this)) ?? new Tau2ScriptedUser(Script));

    /// <summary>Tasks are equal when they are the same task of the benchmark.</summary>
    public bool Equals(Tau2Task? other) => other is not null && Id == other.Id && Gold.SequenceEqual(other.Gold) && RewardBasis == other.RewardBasis;

    /// <inheritdoc/>
    public override int GetHashCode() => Id.GetHashCode(StringComparison.Ordinal);

    /// <summary>A fresh world with the task's scene set.</summary>
    internal Tau2World StartWorld() => _start.Value.Fork();

    /// <summary>The ground truth on a fresh world: as in the original without synchronisation after each call, and whatever the errors.</summary>
    private Tau2World Replay()
    {
        var world = StartWorld();
        foreach (var action in Gold)
        {
            try
            {
                Domain.Call(world, action.Side, action.Call, isSolo: false);
            }
            catch (PyException)
            {
                // Some ground truths contain look-ups that must fail.
            }
        }
        return world;
    }
}
