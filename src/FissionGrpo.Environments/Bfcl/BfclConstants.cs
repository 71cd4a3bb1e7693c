using System.Collections.Concurrent;
using System.Collections.Frozen;
using FissionGrpo.Environments.Python;
using FissionGrpo.Episodes;

namespace FissionGrpo.Environments.Bfcl;

/// <summary>
/// The values that the classes look up: default states, tables, and what the long-context category adds. They come from the user's copy of
/// the official data (<c>env_constants.json</c>) or from whoever makes tasks of their own; nothing official is part of this program.
/// Every part may be missing: then the classes start neutral and their tables are empty. Immutable after construction, so threads share it.
/// </summary>
public sealed class BfclConstants
{
    private readonly FrozenDictionary<string, PyValue> _extensions;
    private readonly FrozenDictionary<string, PyValue> _defaults;
    private readonly FrozenDictionary<string, PyDict> _tables;
    private readonly Dictionary<(string, string), PyValue> _distances = [];
    private readonly ConcurrentDictionary<int, PyList> _fares = new();

    private BfclConstants(PyDict root, string source)
    {
        Source = source;
        _extensions = Section(root, "long_context");
        _defaults = Section(root, "default_state");
        _tables = Section(root, "tables").Where(t => t.Value.Kind == PyKind.Dict).ToFrozenDictionary(t => t.Key, t => (PyDict)t.Value.Reference!);
        Airports = Section(root, "tables").GetValueOrDefault("TravelAPI.airports").Reference as PyList ?? new PyList();
        if (Section(root, "tables").GetValueOrDefault("VehicleControlAPI.distance_km").TryGet<PyList>(out var pairs))
        {
            foreach (var pair in pairs.Items)
            {
                var (from, to, distance) = ((PyList)pair.Reference!).Items is [var a, var b, var d] ? (a, b, d) : throw new FormatException("distance_km: expected [from, to, distance]");
                _distances[($"{from}", $"{to}")] = distance;
                _distances[($"{to}", $"{from}")] = distance;
            }
        }
    }

    /// <summary>No defaults, no tables, no extensions.</summary>
    public static BfclConstants Empty { get; } = new(new PyDict(), "{}");

    /// <summary>The text that they were read from.</summary>
    internal string Source { get; }

    internal PyList Airports { get; }

    /// <summary>Today's date decides whether a traveller is an adult.</summary>
    internal TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Reads the layout of <c>env_constants.json</c>: <c>default_state</c>, <c>tables</c>, <c>long_context</c>.</summary>
    /// <param name="json">The file's text.</param>
    /// <param name="place">Where it comes from, for error messages.</param>
    /// <exception cref="UserErrorException">The text is not such a file.</exception>
    public static BfclConstants Parse(string json, string place = "env_constants.json")
    {
        try
        {
            return Decode(PyJson.Loads(json)).TryGet<PyDict>(out var root)
                ? new BfclConstants(root, json)
                : throw new FormatException("expected an object");
        }
        catch (Exception e) when (e is PyException or FormatException or InvalidCastException)
        {
            throw new UserErrorException($"{place}: {e.Message}. Bring the official BFCL v4 data again: fission data add bfcl PATH.", e);
        }
    }

    /// <summary>A long-context value by its official name; None when it is not there.</summary>
    internal PyValue Extension(string name) => _extensions.GetValueOrDefault(name);

    /// <summary>A class's default attributes; null when there are none.</summary>
    internal PyDict? DefaultState(string className) => _defaults.GetValueOrDefault(className).Reference as PyDict;

    /// <summary>A look-up table, empty when it is not there.</summary>
    internal PyDict Table(string name) => _tables.GetValueOrDefault(name) ?? NoEntries;

    /// <summary>The fares of all routes in table order. There are few factors, so each list is made once.</summary>
    internal PyList AllFares(int factor, Func<PyValue, int, PyValue> cost) => _fares.GetOrAdd(factor, _ =>
    {
        var fares = new PyList();
        foreach (var baseCost in Table("TravelAPI.flight_base_costs").Values)
            fares.Add(cost(baseCost, factor));
        fares.IsConstant = true;
        return fares;
    });

    /// <summary>The distance between two zip codes, whichever way round.</summary>
    internal PyValue? Distance(string from, string to) => _distances.TryGetValue((from, to), out var distance) ? distance : (PyValue?)null;

    private static PyDict NoEntries { get; } = new();

    private static FrozenDictionary<string, PyValue> Section(PyDict root, string name)
    {
        var entries = new Dictionary<string, PyValue>();
        if (root.Get(name).TryGet<PyDict>(out var section))
            for (var i = 0; i < section.Count; i++)
                entries[$"{section.Keys[i]}"] = section.Values[i];
        return entries.ToFrozenDictionary();
    }

    // {"$map": [[key, value], ...]} has keys that JSON objects cannot have (a list stands for a tuple); {"$set": [...]}; {"$ellipsis": true}.
    internal static PyValue Decode(PyValue value)
    {
        switch (value.Reference)
        {
            case PyList list:
                var items = new PyList(list.Count) { IsConstant = true };
                foreach (var item in list.Items)
                    items.Add(Decode(item));
                return items;
            case PyDict { Count: 1 } map when map.Keys[0].TryGetString(out var mark) && mark[0..Math.Min(1, mark.Length)] == "$":
                switch (mark)
                {
                    case "$map":
                        var pairs = (PyList)map.Values[0].Reference!;
                        var mapped = new PyDict(pairs.Count) { IsConstant = true };
                        foreach (var pair in pairs.Items)
                        {
                            var entry = (PyList)pair.Reference!;
                            var key = entry[0].TryGet<PyList>(out var parts) ? new PyTuple(parts.Items.ToArray()) : entry[0];
                            mapped[key] = Decode(entry[1]);
                        }
                        return mapped;
                    case "$set":
                        var set = new PySet();
                        foreach (var member in ((PyList)map.Values[0].Reference!).Items)
                            set.Add(member);
                        return set;
                    case "$tuple":
                        return new PyTuple(((PyList)Decode(map.Values[0]).Reference!).Items.ToArray());
                    case "$ellipsis":
                        return PyEllipsis.Instance;
                }
                break;
        }
        if (!value.TryGet<PyDict>(out var dict))
            return value;
        var decoded = new PyDict(dict.Count) { IsConstant = true };
        for (var i = 0; i < dict.Count; i++)
            decoded[dict.Keys[i]] = Decode(dict.Values[i]);
        return decoded;
    }
}
