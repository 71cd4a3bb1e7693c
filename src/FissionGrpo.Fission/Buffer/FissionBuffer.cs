using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace FissionGrpo.Fission;

/// <summary>
/// Corrective contexts that wait for their recoveries, newest first: they are the closest to what the policy does now. A context that is
/// pushed again becomes the newest; beyond the capacity the oldest leave. Not safe for several threads.
/// </summary>
public sealed class FissionBuffer(int capacity, int trigger)
{
    private readonly List<CorrectiveContext> _contexts = []; // oldest first

    /// <summary>Contexts waiting.</summary>
    public int Count => _contexts.Count;

    /// <summary>What is waiting, oldest first: what a checkpoint keeps.</summary>
    public ImmutableArray<CorrectiveContext> Contexts => [.. _contexts];

    /// <summary>Pushes contexts, the last one ending up newest.</summary>
    /// <returns>How many the buffer did not have yet.</returns>
    public int Add(ImmutableArray<CorrectiveContext> contexts)
    {
        var added = 0;
        foreach (var context in contexts)
        {
            added += _contexts.RemoveAll(c => c.Key == context.Key) == 0 ? 1 : 0;
            _contexts.Add(context);
        }
        if (_contexts.Count > capacity)
            _contexts.RemoveRange(0, _contexts.Count - capacity);
        return added;
    }

    /// <summary>Puts contexts back as the oldest, so that a fixed set of them goes round.</summary>
    public void PutBack(ImmutableArray<CorrectiveContext> contexts) => _contexts.InsertRange(0, contexts.Reverse());

    /// <summary>Pops the newest contexts, newest first, when enough are waiting.</summary>
    /// <param name="count">The most to take.</param>
    /// <param name="contexts">What was taken.</param>
    public bool TryTake(int count, [NotNullWhen(true)] out ImmutableArray<CorrectiveContext>? contexts)
    {
        contexts = null;
        if (_contexts.Count < trigger)
            return false;
        var taken = Math.Min(count, _contexts.Count);
        var newest = _contexts.GetRange(_contexts.Count - taken, taken);
        _contexts.RemoveRange(_contexts.Count - taken, taken);
        newest.Reverse();
        contexts = [.. newest];
        return true;
    }
}
