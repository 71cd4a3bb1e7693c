using System.Collections.Immutable;

namespace FissionGrpo.Model.Adapters;

/// <summary>Low-rank adapters (arXiv:2106.09685): the weights stay, and W + (α/r)·B·A is trained through A and B.</summary>
/// <param name="Rank">r, at least 1.</param>
/// <param name="Alpha">α.</param>
/// <param name="Targets">Which projections have adapters, by the last part of their name; empty means all seven of a block.</param>
/// <param name="Seed">Where the fresh A come from; B is zero, so a fresh adapter changes nothing.</param>
public sealed record LoraOptions(int Rank = 16, float Alpha = 32, ImmutableArray<string> Targets = default, ulong Seed = 0)
{
    /// <summary>The projections of a block.</summary>
    public static ImmutableArray<string> AllTargets { get; } = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"];

    /// <summary>The folder of the weights that they belong to, which PEFT asks for; null for weights that were never in one.</summary>
    internal string? BaseModel { get; init; }

    /// <summary>α/r.</summary>
    internal float Scale => Alpha / Rank;

    internal ImmutableArray<string> TargetsOrAll => Targets.IsDefaultOrEmpty ? AllTargets : Targets;

    internal string? Problem()
    {
        if (Rank is < 1 or > 4096)
            return $"the adapters' rank is {Rank}, expected 1 to 4096";
        if (!float.IsFinite(Alpha) || Alpha <= 0)
            return $"the adapters' alpha is {Alpha}, expected a positive number";
        foreach (var target in TargetsOrAll)
        {
            if (!AllTargets.Contains(target))
                return $"the adapters' target \"{target}\" is none of {string.Join(", ", AllTargets)}";
        }
        return null;
    }
}
