using FissionGrpo.Model.Checkpoints;

namespace FissionGrpo.Conformance.Golden;

/// <summary>The model of the folder above, cut into shards: it must load to the same weights.</summary>
internal sealed class GoldenShards : IGoldenPart
{
    public bool Recognises(string folder) =>
        File.Exists(Path.Combine(folder, CheckpointFolder.IndexFile)) && File.Exists(Path.Combine(folder, "..", CheckpointFolder.SingleFile));

    public unsafe void Check(string folder, Verdicts verdicts)
    {
        using var sharded = GoldenModel.Open(folder);
        using var single = GoldenModel.Open(Path.GetDirectoryName(folder)!);
        foreach (var parameter in single.Weights.Layout.Parameters)
        {
            var equal = new ReadOnlySpan<float>(single.Weights.Values + parameter.Offset, (int)parameter.Count)
                .SequenceEqual(new ReadOnlySpan<float>(sharded.Weights.Values + parameter.Offset, (int)parameter.Count));
            verdicts.Check("shards", parameter.Name, equal, () => "the shards hold other values than the single file");
        }
    }
}
