using System.Collections.Immutable;
using System.ComponentModel.DataAnnotations;

namespace FissionGrpo.Training;

/// <summary>The policy: a checkpoint to start from, or the shape of a Qwen3-architecture model that is built from nothing.</summary>
/// <param name="Checkpoint">A folder in Hugging Face layout; null builds the embedded model.</param>
/// <param name="Vocabulary">Tokens of the byte-level BPE learned from the world's text (V).</param>
/// <param name="Layers">L.</param>
/// <param name="Channels">C.</param>
/// <param name="FeedForward">F.</param>
/// <param name="QueryHeads">H.</param>
/// <param name="KeyValueHeads">K.</param>
/// <param name="HeadSize">D.</param>
/// <param name="LoraRank">Trains low-rank adapters of this rank instead of the weights (saved in PEFT layout); 0 trains the weights.</param>
/// <param name="LoraAlpha">α of the adapters.</param>
/// <param name="LoraTargets">The projections that have adapters (<c>q_proj</c>, <c>v_proj</c>, …); none means all seven of a block.</param>
public sealed record PolicyOptions(
    string? Checkpoint = null,
    [property: Range(300, 1_000_000, ErrorMessage = "256 bytes and the special tokens must fit; try 1024.")] int Vocabulary = 1024,
    [property: Range(1, 256, ErrorMessage = "Try 3.")] int Layers = 3,
    [property: Range(8, 65536, ErrorMessage = "Try 96.")] int Channels = 96,
    [property: Range(8, 262144, ErrorMessage = "Try 256.")] int FeedForward = 256,
    [property: Range(1, 256, ErrorMessage = "Try 4.")] int QueryHeads = 4,
    [property: Range(1, 256, ErrorMessage = "Divides the query heads; try 4.")] int KeyValueHeads = 4,
    [property: Range(2, 1024, ErrorMessage = "Even; try 24.")] int HeadSize = 24,
    [property: Range(0, 4096, ErrorMessage = "0 trains the weights; try 16.")] int LoraRank = 0,
    [property: Range(0.001f, 4096f, ErrorMessage = "Try twice the rank.")] float LoraAlpha = 32,
    ImmutableArray<string> LoraTargets = default)
{
    /// <summary>The projections that have adapters; none means all of a block.</summary>
    public ImmutableArray<string> LoraTargets { get; init; } = LoraTargets.IsDefault ? [] : LoraTargets;
}
