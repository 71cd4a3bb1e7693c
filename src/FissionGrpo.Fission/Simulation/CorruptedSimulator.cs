using System.Collections.Immutable;
using FissionGrpo.Seeds;

namespace FissionGrpo.Fission;

/// <summary>
/// A worse simulator, for ablations: a share of the diagnostics are those of another failure of the same batch. Fluent, plausible, and about something
/// else.
/// </summary>
public sealed class CorruptedSimulator(IErrorSimulator inner, float share) : IErrorSimulator
{
    /// <inheritdoc/>
    public long SampledTokens { get => inner.SampledTokens; set => inner.SampledTokens = value; }

    /// <inheritdoc/>
    public async Task<ImmutableArray<Diagnostic?>> DiagnoseAsync(ImmutableArray<Failure> failures, Seed seed, CancellationToken cancel)
    {
        var right = await inner.DiagnoseAsync(failures, seed, cancel);
        if (right.Length < 2)
            return right;
        var diagnostics = right.ToBuilder();
        for (var i = 0; i < right.Length; i++)
        {
            var rng = new SampleRng(seed.Derive("corrupt", i));
            if (rng.Chance(share))
                diagnostics[i] = right[(i + 1 + rng.Next(right.Length - 1)) % right.Length];
        }
        return diagnostics.ToImmutable();
    }
}
