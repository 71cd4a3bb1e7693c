using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using FissionGrpo.Episodes;
using FissionGrpo.Fission;
using FissionGrpo.Rollouts;
using FissionGrpo.Text.Dialogues;

namespace FissionGrpo.Training;

/// <summary><c>state.json</c> of a checkpoint: all that is not weights or optimizer.</summary>
/// <param name="Schema">Version of this record: 1.</param>
/// <param name="Training">Counters and cursor.</param>
/// <param name="SimulatorTokens">Tokens sampled by the simulator.</param>
/// <param name="MetricsBytes">Length of metrics.jsonl at this moment; going on cuts what came later.</param>
/// <param name="TrajectoriesBytes">Length of trajectories.jsonl at this moment.</param>
/// <param name="Buffer">The fission buffer, oldest first.</param>
/// <param name="SimulatorItems">What the simulator will be refreshed with; empty when it is fixed.</param>
internal sealed record StoredState(
    int Schema, TrainingState Training, long SimulatorTokens, long MetricsBytes, long TrajectoriesBytes, ImmutableArray<StoredContext> Buffer,
    ImmutableArray<SimulatorItem> SimulatorItems)
{
    /// <summary>Tokens read by the simulator.</summary>
    public long SimulatorPromptTokens { get; init; }

    /// <summary>Diagnostics that could have been corrupted.</summary>
    public long WrittenDiagnostics { get; init; }

    /// <summary>Those that were.</summary>
    public long CorruptedDiagnostics { get; init; }

    /// <summary>Good old groups that may come back.</summary>
    public ImmutableArray<ReplayedGroup> Replay { get; init; } = [];

    /// <summary>What is remembered of prompts that are all right.</summary>
    public ImmutableSortedDictionary<string, PromptRecord> Prompts { get; init; } = ImmutableSortedDictionary<string, PromptRecord>.Empty;

    /// <summary>What the simulator had done.</summary>
    [JsonIgnore]
    public SimulatorTally Simulator => new(new SimulatorTokens(SimulatorPromptTokens, SimulatorTokens), WrittenDiagnostics, CorruptedDiagnostics);
}

/// <summary>A corrective context without its environment, which replay brings back.</summary>
internal sealed record StoredContext(
    string Key,
    string TaskId,
    ulong TrajectorySeed,
    TrajectoryUnit Unit,
    int FirstTurn,
    int Turn,
    TokenSequence Tokens,
    ImmutableArray<Step> PriorSteps,
    FissionOrigin Origin,
    FailureSign Sign,
    FailureCategory? Category,
    bool ZeroVarianceParent)
{
    /// <summary>The state's digest, 32 hexadecimal digits: what replay must arrive at.</summary>
    public string? Digest { get; init; }

    public static StoredContext Of(CorrectiveContext context) => new(
        context.Key, context.State.Task.Id, context.State.TrajectorySeed, context.State.Unit, context.State.FirstTurn, context.State.Turn,
        context.State.Tokens, context.State.PriorSteps, context.State.Origin!, context.Sign, context.Category, context.ZeroVarianceParent)
    {
        Digest = Forking.TryDigest(context.State.Environment)?.ToString(),
    };

    /// <summary>The context with its environment brought back by replay, or why that cannot be done.</summary>
    public async Task<(CorrectiveContext? Context, string? Reason)> RestoreAsync(ITaskSource tasks, DialogueFormat format, CancellationToken cancel)
    {
        EpisodeTask task;
        try
        {
            task = tasks.Find(TaskId);
        }
        catch (Exception cause) when (cause is UserErrorException or ArgumentException or FormatException or KeyNotFoundException)
        {
            return (null, $"the task is gone ({cause.Message})");
        }
        if (!task.CanBeReplayed)
            return (null, "a live user cannot be replayed");
        var (environment, failure) = await Forking.TryRestoreAsync(new RecordedState(task, TrajectorySeed, FirstTurn, PriorSteps), format, cancel);
        if (environment is null)
            return (null, $"the {failure!.Boundary} failed in the replay ({failure.Message})");
        if (Digest is null || Forking.TryDigest(environment)?.ToString() != Digest)
            return (null, "the replay ended in another state");
        var state = new EpisodeState(task, TrajectorySeed, environment, Unit, FirstTurn, Turn, Tokens, PriorSteps) { Origin = Origin };
        return (new CorrectiveContext(Key, state, Sign, Category, ZeroVarianceParent), null);
    }
}

/// <summary><c>state.json</c>: snake_case, strict.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters =
    [
        typeof(SnakeCaseEnumConverter<TrajectoryUnit>), typeof(SnakeCaseEnumConverter<TrajectoryEnd>), typeof(SnakeCaseEnumConverter<ToolErrorKind>),
        typeof(SnakeCaseEnumConverter<FailureCategory>), typeof(SnakeCaseEnumConverter<FailureSign>), typeof(TokenSequenceConverter),
    ])]
[JsonSerializable(typeof(StoredState))]
internal sealed partial class StateJson : JsonSerializerContext;
