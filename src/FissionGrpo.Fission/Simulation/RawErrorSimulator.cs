using System.Collections.Immutable;
using FissionGrpo.Seeds;

namespace FissionGrpo.Fission;

/// <summary>No simulator: the environment's own message. A failure that the environment says nothing about gives no diagnostic.</summary>
public sealed class RawErrorSimulator : IErrorSimulator
{
    /// <inheritdoc/>
    public Task<ImmutableArray<Diagnostic?>> DiagnoseAsync(ImmutableArray<Failure> failures, Seed seed, CancellationToken cancel) =>
        Task.FromResult<ImmutableArray<Diagnostic?>>([.. failures.Select(f => f.OwnMessage is { } message ? new Diagnostic(message, null) : null)]);
}
