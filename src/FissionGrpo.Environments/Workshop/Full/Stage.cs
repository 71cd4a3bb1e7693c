using System.Diagnostics.CodeAnalysis;
using FissionGrpo.Environments.Bfcl;
using FissionGrpo.Environments.Bfcl.Api;
using FissionGrpo.Environments.Python;
using FissionGrpo.Episodes;
using FissionGrpo.Seeds;

namespace FissionGrpo.Environments.Workshop.Full;

/// <summary>What a call returned; missing keys are None, so that a wish need not check what a broken attempt gives.</summary>
internal readonly record struct Reply(PyValue Value)
{
    public PyValue this[string key] => Value.TryGet<PyDict>(out var dict) && dict.TryGetValue(key, out var value) ? value : default;
}

/// <summary>
/// A task while it is made: the live world, which wishes act in, and what has been said so far. The ground truth is what they called.
/// </summary>
internal sealed class Stage(BfclCatalog catalog, BfclWorld world, Seed seed, bool heldOut)
{
    private readonly Dictionary<string, string> _last = new(StringComparer.Ordinal);
    private readonly HashSet<string> _told = new(StringComparer.Ordinal);

    /// <summary>The generator of this attempt: a field, because a copy would repeat its draws.</summary>
    public SampleRng Rng = new(seed);

    public Pools Pools { get; } = new(heldOut);

    public LookUp Tables { get; } = LookUp.Of(catalog.Constants);

    public BfclWorld World { get; } = world;

    /// <summary>The texts of the turn's calls.</summary>
    public List<string> Calls { get; } = [];

    /// <summary>Whole sentences that the turn must end with: credentials, tokens.</summary>
    public List<string> Asides { get; } = [];

    /// <summary>A call failed, or something could not be drawn: the attempt is dropped.</summary>
    public bool Broken { get; private set; }

    /// <summary>Makes a call that has to succeed.</summary>
    public Reply Do(string method, params ReadOnlySpan<(string Name, PyValue Value)> arguments)
    {
        var text = PythonCall.Render(method, new PyDict(arguments));
        Calls.Add(text);
        var (result, value) = World.ExecuteToValue(text);
        Broken |= result is not ToolResult.Ok;
        return new Reply(value);
    }

    /// <summary>Gives the attempt up.</summary>
    public (string, string)[]? Fail()
    {
        Broken = true;
        return null;
    }

    /// <summary>An attribute of a class's live state, by its Python name. Only to look at.</summary>
    public PyValue Look(string className, string attribute)
    {
        var target = Object(className);
        for (var i = 0; i < target.Type.Attributes.Length; i++)
            if (target.Type.Attributes[i].Name == attribute)
                return target[i];
        throw new ArgumentException($"{className} has no attribute {attribute}", nameof(attribute));
    }

    public PyDict Dict(string className, string attribute) => (PyDict)Look(className, attribute).Reference!;

    public PyList List(string className, string attribute) => (PyList)Look(className, attribute).Reference!;

    public ApiClass Object(string className)
    {
        foreach (var item in World.Objects)
            if (item.Type.Name == className)
                return item;
        throw new ArgumentException($"{className} is not part of this task", nameof(className));
    }

    public bool Has(string className) => World.Classes.Contains(className);

    /// <summary>Remembers what was spoken of last, so that it can be spoken of without its name.</summary>
    public void Mention(string kind, string id) => _last[kind] = id;

    public bool TryLast(string kind, [NotNullWhen(true)] out string? id) => _last.TryGetValue(kind, out id);

    /// <summary>Nothing of this kind is in anybody's mind any more.</summary>
    public void Forget(string kind) => _last.Remove(kind);

    /// <summary>A thing by its name, or in words that lean on what was said before when it was the last one spoken of.</summary>
    public string Refer(string kind, string id, string plain, params ReadOnlySpan<string> leaning)
    {
        var isLast = _last.TryGetValue(kind, out var last) && last == id;
        _last[kind] = id;
        return isLast && leaning.Length > 0 && Rng.Chance(0.6) ? Rng.Pick(leaning) : plain;
    }

    /// <summary>A sentence that the dialogue needs once.</summary>
    public void TellOnce(string key, string sentence)
    {
        if (_told.Add(key))
            Asides.Add(sentence);
    }

    public string OneOf(params ReadOnlySpan<string> choices) => Rng.Pick(choices);

    public string Quote(string text) => Phrases.Quoted(text, ref Rng);

    public string Money(double amount) => Phrases.Money(amount, ref Rng);

    public DateOnly FutureDate() => new DateOnly(2027, 1, 1).AddDays(Rng.Next(900));

    /// <summary>A number with two decimals between the bounds.</summary>
    public double Cents(double from, double to) => Math.Round(from + (to - from) * Rng.NextDouble(), 2);
}
