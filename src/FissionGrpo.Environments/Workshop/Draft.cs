using FissionGrpo.Environments.Bfcl;
using FissionGrpo.Seeds;

namespace FissionGrpo.Environments.Workshop;

/// <summary>A task while it is being drawn: where draws come from, which values are taken, and what the start state must hold.</summary>
/// <param name="seed">Where this attempt's draws come from.</param>
/// <param name="split">Decides which values and wordings may be used.</param>
internal sealed class Draft(Seed seed, WorkshopSplit split)
{
    private readonly HashSet<string> _words = new(StringComparer.Ordinal);
    private readonly HashSet<int> _numbers = [];

    /// <summary>The attempt's generator: a field, because a copy would repeat its draws.</summary>
    public SampleRng Rng = new(seed);

    public VehicleScene Vehicle { get; } = new();

    public TicketScene Ticket { get; } = new();

    public MessageScene Message { get; } = new();

    public FileScene Files { get; } = new();

    /// <summary>Set when two goals want contradictory things; the attempt is dropped.</summary>
    public bool Impossible { get; private set; }

    /// <summary>Drops the attempt.</summary>
    public void Fail() => Impossible = true;

    /// <summary>A word for a slot, unlike any other of this task.</summary>
    public string Word(string slot)
    {
        var candidates = Values.Allowed(slot, Values.Words, split == WorkshopSplit.HeldOut);
        for (var tries = 0; tries < 20; tries++)
            if (Rng.Pick<string>(candidates) is var word && _words.Add(word))
                return word;
        Impossible = true;
        return candidates[0];
    }

    /// <summary>A word for the start state, free of the split: states are always fresh.</summary>
    public string SceneWord()
    {
        while (true)
            if (Rng.Pick<string>(Values.Words) is var word && _words.Add(word))
                return word;
    }

    /// <summary>A number for a slot, unlike any other of this task.</summary>
    /// <param name="slot">The slot's name; the pair of slot and value is what the split is made by.</param>
    /// <param name="fits">Which numbers the slot takes at all. Must not depend on the draft, or the split would.</param>
    public int Number(string slot, Func<int, bool>? fits = null) => Number(slot, fits is null ? Values.Numbers : [.. Values.Numbers.Where(fits)]);

    /// <summary>A number for a slot out of candidates that do not depend on the draft, unlike any other of this task.</summary>
    public int Number(string slot, int[] candidates)
    {
        var allowed = Values.Allowed(slot, candidates, split == WorkshopSplit.HeldOut);
        for (var tries = 0; tries < 20; tries++)
            if (Rng.Pick<int>(allowed) is var number && _numbers.Add(number))
                return number;
        Impossible = true;
        return allowed[0];
    }

    /// <summary>A number for the start state.</summary>
    public int SceneNumber()
    {
        while (true)
            if (Rng.Pick<int>(Values.Numbers) is var number && _numbers.Add(number))
                return number;
    }

    /// <summary>The tables that the world looks up.</summary>
    public BfclConstants Constants() => Vehicle.Tables() is { } tables ? BfclConstants.Parse(tables, "Workshop tables") : BfclConstants.Empty;

    /// <summary>Wants a part of the start state to have a value; contradictions make the attempt impossible.</summary>
    public void Claim<T>(ref T? part, T value)
        where T : struct
    {
        if (part is { } other && !other.Equals(value))
            Impossible = true;
        part ??= value;
    }

    /// <summary>The goal's words, in a wording that the split may use, with the slots filled in.</summary>
    public string Say(string kind, params ReadOnlySpan<object> slots) => Wordings.Pick(kind, split, ref Rng, slots);
}
