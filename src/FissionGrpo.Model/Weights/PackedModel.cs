using FissionGrpo.Numerics.Linear;
using FissionGrpo.Numerics.Machine;

namespace FissionGrpo.Model.Weights;

/// <summary>
/// Every matrix of the model laid out for the kernels. Packed when first needed and again after the weights have changed: once per optimizer step.
/// </summary>
internal sealed unsafe class PackedModel(ModelWeights weights, bool backward) : IProjections, IDisposable
{
    private PackedBlock[]? _blocks;
    private PackedMatrix? _head;
    private bool _current;

    public Projection Head => new(_head, null, weights.Configuration.Channels, weights.Configuration.VocabularySize);

    public bool IsPacked => true;

    public BlockProjections Block(int layer)
    {
        var (c, block) = (weights.Configuration, _blocks![layer]);
        return new BlockProjections(
            new(block.Qkv, null, c.Channels, block.Qkv.Outputs), new(block.Output, null, c.QueryChannels, c.Channels),
            new(block.GateUp, null, c.Channels, 2 * c.FeedForwardChannels), new(block.Down, null, c.FeedForwardChannels, c.Channels));
    }

    private PackedFormat Format => weights.IsFrozen ? PackedFormat.BFloat16 : PackedFormat.Single;

    /// <summary>Says that the weights have changed.</summary>
    public void Invalidate() => _current = false;

    public void Ensure(ThreadTeam team)
    {
        if (!_current)
            Pack(team);
        _current = true;
    }

    private void Pack(ThreadTeam team)
    {
        var c = weights.Configuration;
        _blocks ??= [.. Enumerable.Range(0, c.Layers).Select(_ => new PackedBlock(c, backward, Format))];
        _head ??= backward ? new PackedMatrix(c.VocabularySize, c.Channels, Format) : new PackedMatrix(c.Channels, c.VocabularySize, Format);
        for (var layer = 0; layer < c.Layers; layer++)
            _blocks[layer].Pack(team, weights, weights.Layout.Blocks[layer]);
        if (backward)
            _head.PackInputsByOutputs(team, weights.At(weights.Layout.Head), c.Channels);
        else
            weights.Pack(team, weights.Layout.Head, _head);
        Chain();
    }

    // Each matrix names the one that is used after it.
    private void Chain()
    {
        var order = new List<PackedMatrix>();
        foreach (var block in _blocks!)
            order.AddRange([block.Qkv, block.Output, block.GateUp, block.Down]);
        order.Add(_head!);
        if (backward)
            order.Reverse();
        for (var i = 0; i < order.Count; i++)
            order[i].Following = order[(i + 1) % order.Count];
    }

    public void Dispose()
    {
        foreach (var block in _blocks ?? [])
            block.Dispose();
        _head?.Dispose();
    }
}
