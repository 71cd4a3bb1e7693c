using System.Collections.Immutable;

namespace FissionGrpo.Fission;

/// <summary>
/// Corrective contexts that wait for their recoveries, newest first: they are the closest to what the policy does now. A context that is
/// pushed again becomes the newest; beyond the capacity the oldest leave. Not safe for several threads.
/// </summary>
/// <param name="capacity">The most contexts that wait.</param>
/// <param name="trigger">Nothing comes out while fewer wait.</param>
/// <param name="goesRound">What is taken goes back as the oldest: a fixed set of offline errors is used again and again.</param>
public sealed class FissionBuffer(int capacity, int trigger, bool goesRound = false)
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

    /// <summary>Pops the newest contexts, newest first; none when fewer are waiting than the trigger asks for.</summary>
    /// <param name="count">The most to take.</param>
    public ImmutableArray<CorrectiveContext> Take(int count)
    {
        if (_contexts.Count < trigger)
            return [];
        var taken = Math.Min(count, _contexts.Count);
        var newest = _contexts.GetRange(_contexts.Count - taken, taken);
        _contexts.RemoveRange(_contexts.Count - taken, taken);
        if (goesRound)
            _contexts.InsertRange(0, newest);
        newest.Reverse();
        return [.. newest];
    }
}
