using System.Collections.Immutable;
using FissionGrpo.Model.Policy;
using FissionGrpo.Seeds;

namespace FissionGrpo.Rollouts;

/// <summary>
/// Where the siblings of a group meet: once all have arrived (or given up), one request samples all first replies. Should their
/// prefixes differ (a world may draw differently for each), every distinct prefix is a request of its own.
/// </summary>
internal sealed class SharedFirstReply(int siblings, ISampler policy, SamplingOptions sampling, ImmutableArray<int> stopTokens, Seed seed)
{
    private readonly Lock _lock = new();
    private readonly Arrival?[] _arrivals = new Arrival?[siblings];
    private readonly bool[] _seen = new bool[siblings];
    private int _missing = siblings;

    private sealed record Arrival(ImmutableArray<int> Prefix, int MaxTokens, TaskCompletionSource<SampledTokens> Reply, CancellationToken Cancel);

    /// <summary>The first reply of a sibling, which must arrive once.</summary>
    public ValueTask<SampledTokens> TakeAsync(int sibling, ImmutableArray<int> prefix, int maxTokens, CancellationToken cancel)
    {
        var reply = new TaskCompletionSource<SampledTokens>(TaskCreationOptions.RunContinuationsAsynchronously);
        Arrive(sibling, new Arrival(prefix, maxTokens, reply, cancel));
        return new ValueTask<SampledTokens>(reply.Task);
    }

    /// <summary>The sibling will not come (any more). Does nothing when it has been there.</summary>
    public void GiveUp(int sibling) => Arrive(sibling, null);

    private void Arrive(int sibling, Arrival? arrival)
    {
        lock (_lock)
        {
            if (_seen[sibling])
                return;
            _seen[sibling] = true;
            _arrivals[sibling] = arrival;
            if (--_missing > 0)
                return;
        }
        _ = SampleAllAsync();
    }

    private Task SampleAllAsync()
    {
        var byPrefix = new List<List<(int Sibling, Arrival Arrival)>>();
        for (var i = 0; i < _arrivals.Length; i++)
        {
            if (_arrivals[i] is not { } arrival)
                continue;
            var same = byPrefix.Find(g => g[0].Arrival.MaxTokens == arrival.MaxTokens && g[0].Arrival.Prefix.AsSpan().SequenceEqual(arrival.Prefix.AsSpan()));
            if (same is null)
                byPrefix.Add([(i, arrival)]);
            else
                same.Add((i, arrival));
        }
        return Task.WhenAll(byPrefix.Select(SampleAsync));
    }

    private async Task SampleAsync(List<(int Sibling, Arrival Arrival)> group)
    {
        var (first, arrival) = group[0];
        try
        {
            var replies = await policy.SampleAsync(
                new SampleRequest(arrival.Prefix, group.Count, arrival.MaxTokens, stopTokens, sampling, seed.Derive(first)), arrival.Cancel);
            for (var i = 0; i < group.Count; i++)
                group[i].Arrival.Reply.SetResult(replies[i]);
        }
        catch (OperationCanceledException)
        {
            foreach (var (_, waiting) in group)
                waiting.Reply.TrySetCanceled();
        }
#pragma warning disable CA1031 // every sibling learns of it at its own boundary
        catch (Exception cause)
#pragma warning restore CA1031
        {
            foreach (var (_, waiting) in group)
                waiting.Reply.TrySetException(cause);
        }
    }
}
