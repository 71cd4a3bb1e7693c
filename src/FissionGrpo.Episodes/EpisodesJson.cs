using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace FissionGrpo.Episodes;

/// <summary>Trajectories and what they are made of as JSON: snake_case, strict, one line each.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters =
    [
        typeof(SnakeCaseEnumConverter<TrajectoryUnit>), typeof(SnakeCaseEnumConverter<TrajectoryEnd>),
        typeof(SnakeCaseEnumConverter<ToolErrorKind>), typeof(SnakeCaseEnumConverter<FailureCategory>), typeof(TokenSequenceConverter),
    ])]
[JsonSerializable(typeof(Trajectory))]
[JsonSerializable(typeof(TrajectoryGroup))]
[JsonSerializable(typeof(ImmutableArray<Step>))]
public sealed partial class EpisodesJson : JsonSerializerContext;

/// <summary>Enum values as snake_case words; numbers are refused.</summary>
public sealed class SnakeCaseEnumConverter<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false)
    where T : struct, Enum;

/// <summary>
/// Tokens without repetition: ids in full, origins as runs (<c>["prompt", 120, "policy", 14]</c>), log-probabilities of the policy's tokens only.
/// </summary>
public sealed class TokenSequenceConverter : JsonConverter<TokenSequence>
{
    /// <inheritdoc/>
    public override TokenSequence Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using var document = JsonDocument.ParseValue(ref reader);
        var root = document.RootElement;
        var ids = root.GetProperty("ids").EnumerateArray().Select(e => e.GetInt32()).ToImmutableArray();
        var sampled = root.GetProperty("log_probs").EnumerateArray().Select(e => e.GetSingle()).ToImmutableArray();
        var origins = ImmutableArray.CreateBuilder<TokenOrigin>(ids.Length);
        var logProbs = ImmutableArray.CreateBuilder<float>(ids.Length);
        var runs = root.GetProperty("origins");
        var policyTokens = 0;
        for (var i = 0; i + 1 < runs.GetArrayLength(); i += 2)
        {
            if (!Enum.TryParse<TokenOrigin>(runs[i].GetString(), ignoreCase: true, out var origin))
                throw new JsonException($"{runs[i]} is no origin of tokens");
            for (var n = runs[i + 1].GetInt32(); n > 0; n--)
            {
                origins.Add(origin);
                logProbs.Add(origin is not TokenOrigin.Policy ? 0
                    : policyTokens < sampled.Length ? sampled[policyTokens++] : throw new JsonException("log_probs has fewer entries than the policy has tokens"));
            }
        }
        if (origins.Count != ids.Length || policyTokens != sampled.Length)
            throw new JsonException($"{ids.Length} ids, {origins.Count} origins, {sampled.Length} log_probs of {policyTokens} sampled tokens do not fit together");
        return new TokenSequence(ids, origins.MoveToImmutable(), logProbs.MoveToImmutable());
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, TokenSequence value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        writer.WriteStartArray("ids");
        foreach (var id in value.Ids)
            writer.WriteNumberValue(id);
        writer.WriteEndArray();
        writer.WriteStartArray("origins");
        for (int start = 0, end; start < value.Origins.Length; start = end)
        {
            for (end = start + 1; end < value.Origins.Length && value.Origins[end] == value.Origins[start]; end++)
            {
            }
            writer.WriteStringValue(JsonNamingPolicy.SnakeCaseLower.ConvertName(value.Origins[start].ToString()));
            writer.WriteNumberValue(end - start);
        }
        writer.WriteEndArray();
        writer.WriteStartArray("log_probs");
        for (var i = 0; i < value.Ids.Length; i++)
            if (value.Origins[i] is TokenOrigin.Policy)
                writer.WriteNumberValue(value.LogProbs[i]);
        writer.WriteEndArray();
        writer.WriteEndObject();
    }
}
