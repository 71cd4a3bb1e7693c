using System.Collections.Immutable;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace FissionGrpo.Ablation;

/// <summary>What one run came to: <c>trial.json</c> in its folder.</summary>
/// <param name="Schema">Version of this record: <see cref="CurrentSchema"/>.</param>
/// <param name="Trial">Which run.</param>
/// <param name="Metrics">By name (<c>held_out.accuracy</c>, <c>held_out.episode_recovery_rate</c>, …), as fractions or plain numbers.</param>
/// <param name="Curve">Over training, against sampled tokens.</param>
/// <param name="FailuresBefore">What was wrong before training, by failure category.</param>
/// <param name="Failures">What remains wrong after training, by failure category.</param>
/// <param name="WarmStart">A hash of the weights that training began with: equal for the arms of one seed, unless the plan varies the warm start.</param>
/// <param name="SampledTokens">Tokens that the policy sampled in training: the budget.</param>
/// <param name="Seconds">Wall time of the training steps.</param>
public sealed record TrialResult(
    int Schema,
    Trial Trial,
    ImmutableSortedDictionary<string, Measured> Metrics,
    ImmutableArray<CurvePoint> Curve,
    ImmutableSortedDictionary<string, int> FailuresBefore,
    ImmutableSortedDictionary<string, int> Failures,
    string WarmStart,
    long SampledTokens,
    double Seconds)
{
    /// <summary>The version that is written.</summary>
    public const int CurrentSchema = 3;
}

/// <summary>A measured value and how many things it was measured on; null when there was nothing to measure.</summary>
public sealed record Measured(double? Value, long Of);

/// <summary>One point of the learning curves.</summary>
/// <param name="SampledTokens">Tokens sampled so far.</param>
/// <param name="Values">By name.</param>
public sealed record CurvePoint(long SampledTokens, ImmutableSortedDictionary<string, double> Values);

/// <summary>Our files: snake_case, strict.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    ReadCommentHandling = System.Text.Json.JsonCommentHandling.Skip,
    AllowTrailingCommas = true,
    AllowDuplicateProperties = false,
    WriteIndented = true)]
[JsonSerializable(typeof(AblationPlan))]
[JsonSerializable(typeof(TrialResult))]
[JsonSerializable(typeof(AblationResults))]
[JsonSerializable(typeof(JsonObject))]
internal sealed partial class AblationJson : JsonSerializerContext;
