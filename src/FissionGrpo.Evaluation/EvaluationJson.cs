using System.Collections.Immutable;
using System.Text.Json.Serialization;
using FissionGrpo.Episodes;
using FissionGrpo.Evaluation.Metrics;
using FissionGrpo.Evaluation.Playing;
using FissionGrpo.Evaluation.Reports;

namespace FissionGrpo.Evaluation;

/// <summary>Evaluation's own files: snake_case, strict.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters =
    [
        typeof(SnakeCaseEnumConverter<TrajectoryUnit>), typeof(SnakeCaseEnumConverter<TrajectoryEnd>),
        typeof(SnakeCaseEnumConverter<ToolErrorKind>), typeof(SnakeCaseEnumConverter<FailureCategory>), typeof(TokenSequenceConverter),
    ])]
[JsonSerializable(typeof(EvaluationReport))]
[JsonSerializable(typeof(EvaluationCost))]
[JsonSerializable(typeof(ImmutableArray<MetricChange>))]
[JsonSerializable(typeof(EvaluatedEpisode))]
[JsonSerializable(typeof(EpisodeStoreHeader))]
internal sealed partial class EvaluationJson : JsonSerializerContext;

/// <summary>The same, for files that people open.</summary>
internal static class IndentedJson
{
    public static EvaluationJson Context { get; } = new(new System.Text.Json.JsonSerializerOptions(EvaluationJson.Default.Options) { WriteIndented = true });
}
