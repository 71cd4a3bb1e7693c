using FissionGrpo.Model.Configuration;
using FissionGrpo.Numerics.Machine;

namespace FissionGrpo.Model.Forward;

/// <summary>What a block's forward pass leaves behind. The backward pass reads all of it; inference uses one set for all blocks and skips the two copies of the residual stream.</summary>
internal readonly unsafe struct BlockActivations
{
    private BlockActivations(TensorArena arena, ModelConfiguration c, long rows, bool forGradients, float* input)
    {
        QkvStride = c.QueryChannels + 2 * c.KeyValueChannels;
        Input = input;
        Middle = forGradients ? arena.TakePointer(rows * c.Channels) : null;
        InputNormed = arena.TakePointer(rows * c.Channels);
        Qkv = arena.TakePointer(rows * QkvStride);
        Rotated = c.QkNorm ? arena.TakePointer(rows * QkvStride) : Qkv;
        Attended = arena.TakePointer(rows * c.QueryChannels);
        LogSumExp = forGradients ? arena.TakePointer(rows * c.Heads) : null;
        MiddleNormed = forGradients ? arena.TakePointer(rows * c.Channels) : InputNormed;
        GateUp = arena.TakePointer(rows * 2 * c.FeedForwardChannels);
        Gated = arena.TakePointer(rows * c.FeedForwardChannels);
    }

    /// <summary>The residual stream that entered, <c>[R, C]</c>; null in inference.</summary>
    public float* Input { get; private init; }

    /// <summary>The residual stream after attention, <c>[R, C]</c>; null in inference.</summary>
    public float* Middle { get; private init; }

    /// <summary><c>[R, C]</c>.</summary>
    public float* InputNormed { get; private init; }

    /// <summary>Projections before head norms and rotation, <c>[R, (H+2K)·D]</c>.</summary>
    public float* Qkv { get; private init; }

    /// <summary>Rotated queries and keys, laid out like <see cref="Qkv"/>; the same memory when the family has no head norms.</summary>
    public float* Rotated { get; private init; }

    /// <summary>Floats between rows of <see cref="Qkv"/>.</summary>
    public long QkvStride { get; }

    /// <summary>Attention outputs before their projection, <c>[R, H·D]</c>.</summary>
    public float* Attended { get; private init; }

    /// <summary><c>[R, H]</c>; null in inference.</summary>
    public float* LogSumExp { get; private init; }

    /// <summary><c>[R, C]</c>.</summary>
    public float* MiddleNormed { get; private init; }

    /// <summary>Gate and up projections side by side, <c>[R, 2F]</c>.</summary>
    public float* GateUp { get; private init; }

    /// <summary>silu(gate) · up, <c>[R, F]</c>.</summary>
    public float* Gated { get; private init; }

    /// <summary>Room for the backward pass of one block.</summary>
    /// <param name="input">Where the block's input is kept.</param>
    public static BlockActivations ForGradients(TensorArena arena, ModelConfiguration c, long rows, float* input) => new(arena, c, rows, true, input);

    /// <summary>The same room with another place for the block's input: when all else is computed a second time.</summary>
    public BlockActivations WithInput(float* input) => this with { Input = input };

    /// <summary>The same from a row on.</summary>
    public BlockActivations From(int row, ModelConfiguration c) => this with
    {
        Input = Input is null ? null : Input + ((long)row * c.Channels),
        Middle = Middle is null ? null : Middle + ((long)row * c.Channels),
        InputNormed = InputNormed + ((long)row * c.Channels),
        Qkv = Qkv + (row * QkvStride),
        Rotated = Rotated + (row * QkvStride),
        Attended = Attended + ((long)row * c.QueryChannels),
        LogSumExp = LogSumExp is null ? null : LogSumExp + ((long)row * c.Heads),
        MiddleNormed = MiddleNormed + ((long)row * c.Channels),
        GateUp = GateUp + (2L * row * c.FeedForwardChannels),
        Gated = Gated + ((long)row * c.FeedForwardChannels),
    };

    /// <summary>Floats that <see cref="ForGradients"/> takes for a row.</summary>
    public static long FloatsPerRow(ModelConfiguration c)
    {
        var qkv = c.QueryChannels + (2L * c.KeyValueChannels);
        return (4L * c.Channels) + (c.QkNorm ? 2 * qkv : qkv) + c.QueryChannels + c.Heads + (3L * c.FeedForwardChannels);
    }

    /// <summary>Room that all blocks share.</summary>
    public static BlockActivations ForInference(TensorArena arena, ModelConfiguration c, long rows) => new(arena, c, rows, false, null);
}
