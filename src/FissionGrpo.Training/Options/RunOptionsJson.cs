using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using FissionGrpo.Episodes;
using FissionGrpo.Fission;
using FissionGrpo.Model.Policy;

namespace FissionGrpo.Training;

/// <summary>Run options as JSON: <c>options.json</c> of a run folder, run files, and what <c>--set</c> changes. snake_case, strict.</summary>
public static class RunOptionsJson
{
    /// <summary>The options as an indented JSON object, every member written.</summary>
    public static string Write(RunOptions options) => JsonSerializer.Serialize(options, RunOptionsContext.Default.RunOptions);

    /// <summary>The same as a node, to merge layers into.</summary>
    public static JsonObject ToNode(RunOptions options) =>
        (JsonObject)JsonSerializer.SerializeToNode(options, RunOptionsContext.Default.RunOptions)!;

    /// <summary>Reads merged layers once, strictly. A missing member keeps its default.</summary>
    /// <param name="json">The merged layers.</param>
    /// <param name="place">Where they come from, for messages: a file name.</param>
    /// <exception cref="UserErrorException">Unknown members, wrong types, values out of range: all of them together, one a line.</exception>
    public static RunOptions Read(JsonObject json, string place)
    {
        var problems = OptionsCheck.Of(json, typeof(RunOptions));
        if (problems.IsEmpty)
        {
            var options = json.Deserialize(RunOptionsContext.Default.RunOptions)!;
            problems = OptionsCheck.Relations(options);
            if (problems.IsEmpty)
                return options;
        }
        throw new UserErrorException(string.Join(Environment.NewLine, problems.Select(p => $"{place}: {p}")));
    }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    WriteIndented = true,
    Converters =
    [
        typeof(SnakeCaseEnumConverter<AdvantageKind>), typeof(SnakeCaseEnumConverter<LossNormalisation>), typeof(SnakeCaseEnumConverter<LossKind>), typeof(SnakeCaseEnumConverter<KlEstimator>),
        typeof(SnakeCaseEnumConverter<TrajectoryUnit>), typeof(SnakeCaseEnumConverter<FissionUpdate>), typeof(SnakeCaseEnumConverter<FissionSource>), typeof(SnakeCaseEnumConverter<SimulatorKind>),
        typeof(SnakeCaseEnumConverter<DiagnosticPlacement>),
    ])]
[JsonSerializable(typeof(RunOptions))]
internal sealed partial class RunOptionsContext : JsonSerializerContext;
