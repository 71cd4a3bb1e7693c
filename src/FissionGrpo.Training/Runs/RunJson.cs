using System.Text.Json.Serialization;
using FissionGrpo.Episodes;

namespace FissionGrpo.Training;

/// <summary>A line of <c>trajectories.jsonl</c>.</summary>
/// <param name="Schema">Version of this record: 1.</param>
/// <param name="Step">The training step.</param>
/// <param name="Stage"><c>explore</c> or <c>fission</c>.</param>
/// <param name="Group">The group's key.</param>
/// <param name="Trajectory">The trajectory.</param>
public sealed record TrajectoryLine(int Schema, int Step, string Stage, string Group, Trajectory Trajectory);

/// <summary>The files of a run folder: snake_case, strict.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    Converters =
    [
        typeof(SnakeCaseEnumConverter<TrajectoryUnit>), typeof(SnakeCaseEnumConverter<TrajectoryEnd>), typeof(SnakeCaseEnumConverter<ToolErrorKind>),
        typeof(SnakeCaseEnumConverter<FailureCategory>), typeof(TokenSequenceConverter),
    ])]
[JsonSerializable(typeof(StepReport))]
[JsonSerializable(typeof(TrajectoryLine))]
[JsonSerializable(typeof(SelfTestReport))]
public sealed partial class RunJson : JsonSerializerContext;
