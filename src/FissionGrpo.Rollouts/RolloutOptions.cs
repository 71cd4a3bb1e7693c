using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using FissionGrpo.Episodes;
using FissionGrpo.Model.Policy;

namespace FissionGrpo.Rollouts;

/// <summary>How trajectories are sampled.</summary>
/// <param name="Unit">How much of a task one trajectory plays.</param>
/// <param name="MaxStepsPerTurn">Replies that the policy may give in one user turn; one more ends the trajectory.</param>
/// <param name="MaxReplyTokens">The most tokens of one reply. A reply that is cut off is malformed.</param>
/// <param name="MaxTokens">The most tokens of a trajectory, prompt included.</param>
/// <param name="Temperature">Logits are divided by this; 0 means greedy.</param>
/// <param name="TopK">Keep the k most likely tokens; 0 keeps all.</param>
/// <param name="TopP">Keep the smallest set whose mass reaches p; 1 keeps all.</param>
/// <param name="MinP">Drop tokens less likely than this share of the likeliest; 0 keeps all.</param>
/// <param name="MaxAttempts">How often an episode that fails for a reason outside the policy is tried, each time with a fresh environment.</param>
/// <param name="TimeoutSeconds">The longest that one episode may take before it counts as failed; 0 means no limit.</param>
public sealed record RolloutOptions(
    TrajectoryUnit Unit = TrajectoryUnit.Turn,
    [property: Range(1, 200, ErrorMessage = "A turn needs at least one reply; BFCL allows 20; try 8.")] int MaxStepsPerTurn = 8,
    [property: Range(1, 65536, ErrorMessage = "A tool call of the embedded model takes about 20 tokens; try 64.")] int MaxReplyTokens = 64,
    [property: Range(8, 1048576, ErrorMessage = "Prompt, history and replies must fit; try 1024.")] int MaxTokens = 1024,
    [property: Range(0f, 10f, ErrorMessage = "Training samples at 1; 0 is greedy.")] float Temperature = 1f,
    [property: Range(0, 1048576, ErrorMessage = "0 keeps all tokens.")] int TopK = 0,
    [property: Range(0.01f, 1f, ErrorMessage = "1 keeps all tokens.")] float TopP = 1f,
    [property: Range(0f, 1f, ErrorMessage = "0 keeps all tokens.")] float MinP = 0f,
    [property: Range(1, 10, ErrorMessage = "One retry with a fresh environment is usual; try 2.")] int MaxAttempts = 2,
    [property: Range(0, 86400, ErrorMessage = "0 means no limit; try 600 where a user simulator is remote.")] int TimeoutSeconds = 0)
{
    /// <summary>The distribution that replies are drawn from.</summary>
    [JsonIgnore]
    public SamplingOptions Sampling => new(Temperature, TopK, TopP, MinP);

    /// <summary>The same limits, always the likeliest token.</summary>
    [JsonIgnore]
    public RolloutOptions Greedy => this with { Temperature = 0, TopK = 0, TopP = 1, MinP = 0 };
}
