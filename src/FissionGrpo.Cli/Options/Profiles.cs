using System.Text.Json;
using System.Text.Json.Nodes;
using FissionGrpo.Cli.Shells;
using FissionGrpo.Episodes;

namespace FissionGrpo.Cli.Options;

/// <summary>Named starting points for a run.</summary>
internal static class Profiles
{
    public const string Default = "default";
    public const string Fast = "fast";

    public const string RealModel = "real-model";

    public static string[] Names => [Default, Fast, RealModel];

    /// <summary>What a profile changes.</summary>
    public static JsonObject Of(string name) => name switch
    {
        Default => [],
        // Every stage, as small as it can be: for a first look, for CI and for the tests of resuming. It does not learn much.
        Fast => (JsonObject)JsonNode.Parse(
            """
            {
              "policy": { "vocabulary": 512, "feed_forward": 192 },
              "warm_start": { "steps": 240, "batch_size": 16 },
              "grpo": { "tasks": 6, "group_size": 4, "anchor_demonstrations": 6 },
              "fission": { "group_size": 4, "batch_size": 4, "trigger": 4, "capacity": 32 },
              "simulator": { "items": 48, "epochs": 1 },
              "train": { "steps": 6, "checkpoint_every": 2, "trajectories_every": 1 },
              "evaluation": { "tasks": 16 }
            }
            """)!,
        RealModel => Recipe(),
        _ => throw new UserErrorException($"--profile {name}: there are {string.Join(", ", Names)}."),
    };

    /// <summary>The rest of a command line that trains a checkpoint of one's own.</summary>
    /// <param name="checkpoint">The checkpoint.</param>
    /// <param name="positions">The most tokens that it takes.</param>
    public static string LineFor(string checkpoint, int positions) => $"--profile {RealModel} --set policy.checkpoint={CommandLine.Word(checkpoint)}{(
        positions < (int)Recipe()["rollout"]!["max_tokens"]! ? $" --set rollout.max_tokens={positions}" : "")}";

    /// <summary><c>runs/real-model.json</c>.</summary>
    private static JsonObject Recipe()
    {
        using var file = typeof(Profiles).Assembly.GetManifestResourceStream("real-model.json")!;
        return (JsonObject)JsonNode.Parse(file, null, new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip })!;
    }
}
