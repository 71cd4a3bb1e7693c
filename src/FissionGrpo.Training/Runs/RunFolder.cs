using System.Text.Json;
using System.Text.Json.Nodes;
using FissionGrpo.Episodes;

namespace FissionGrpo.Training;

/// <summary>The paths inside a run's folder. <see cref="Root"/> is what <c>--output</c> and <c>--resume</c> name.</summary>
/// <param name="Root">Absolute or relative path of the folder.</param>
public sealed record RunFolder(string Root)
{
    /// <summary>The resolved options, written first.</summary>
    public string Options => Path.Combine(Root, "options.json");

    /// <summary>Seed, commit, machine, versions, start time.</summary>
    public string Provenance => Path.Combine(Root, "provenance.json");

    /// <summary>One <see cref="StepReport"/> a line.</summary>
    public string Metrics => Path.Combine(Root, "metrics.jsonl");

    /// <summary>One trajectory a line, with step, stage and group key.</summary>
    public string Trajectories => Path.Combine(Root, "trajectories.jsonl");

    /// <summary>The tokenizer and the policy after the warm start, in Hugging Face layout.</summary>
    public string WarmStart => Path.Combine(Root, "warm-start");

    /// <summary>The learned simulator, in Hugging Face layout.</summary>
    public string Simulator => Path.Combine(Root, "simulator");

    /// <summary>The checkpoints, one folder each: weights in Hugging Face layout, optimizer and <c>state.json</c>.</summary>
    public string Checkpoints => Path.Combine(Root, "checkpoints");

    /// <summary>The trained policy, in Hugging Face layout; there when the run is complete.</summary>
    public string Final => Path.Combine(Root, "policy");

    /// <summary>Evaluations by moment (the composition root writes them).</summary>
    public string Evaluations => Path.Combine(Root, "evaluations");

    /// <summary>The folder of the policy that RL started from, tokenizer included: the warm start, or the checkpoint that was given.</summary>
    public string StartingPoint(RunOptions options) => options.Policy.Checkpoint ?? WarmStart;

    /// <summary>Whether the folder's run has these options. Not where it has none yet, or a file that does not read.</summary>
    public bool IsOf(RunOptions options)
    {
        try
        {
            return File.Exists(Options) && Holds(File.ReadAllText(Options), options);
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>Whether a text has these options. One that an earlier version wrote lacks what has come since, which stood at its default.</summary>
    /// <exception cref="JsonException">It is no JSON.</exception>
    internal static bool Holds(string text, RunOptions options)
    {
        var (there, wanted) = (JsonNode.Parse(text), RunOptionsJson.Write(options));
        if (JsonNode.DeepEquals(there, JsonNode.Parse(wanted)))
            return true;
        try
        {
            return there is JsonObject given && RunOptionsJson.Write(RunOptionsJson.Read(given, "")) == wanted;
        }
        catch (UserErrorException)
        {
            return false; // options of another version that this one does not know
        }
    }

    /// <summary>The folder of the checkpoint after this many steps.</summary>
    public string Checkpoint(int steps) => Path.Combine(Checkpoints, $"step-{steps:D6}");
}
