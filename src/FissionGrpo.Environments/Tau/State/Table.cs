using System.Collections.Frozen;
using FissionGrpo.Environments.Python;

namespace FissionGrpo.Environments.Tau.State;

/// <summary>A record of a table: one immutable object, and what has been derived from it so far.</summary>
internal sealed class Record(Value.Dict fields)
{
    private string? _json;
    private byte[]? _canonical;
    private UInt128? _hash;

    public Value.Dict Fields { get; } = fields;

    /// <summary><c>json.dumps</c> of the record. Threads that ask at once compute the same text.</summary>
    public string Json => _json ??= ValueText.JsonOfRecord(Fields);

    /// <summary><c>json.dumps</c> of the record with sorted members, in ASCII.</summary>
    public byte[] Canonical => _canonical ??= ValueText.Canonical(Fields);

    /// <summary>A content hash of the record in its place; a benign race computes it twice.</summary>
    public UInt128 Hash(string table, string id)
    {
        if (_hash is { } known)
            return known;
        var computed = StateHash.Of(table, id, Canonical);
        _hash = computed;
        return computed;
    }
}

/// <summary>One table of a database as it was shipped: records by id, in the order of the file. Immutable and shared by all environments.</summary>
internal sealed class Table
{
    private readonly FrozenDictionary<string, int> _index;
    private readonly Lazy<string[]> _sortedIds;

    public Table(string name, string[] ids, Record[] records)
    {
        Name = name;
        Ids = ids;
        Records = records;
        _sortedIds = new(() => [.. ids.Order(Comparer<string>.Create(PyString.Compare))]);
        _index = ids.Select((id, i) => KeyValuePair.Create(id, i)).ToFrozenDictionary(StringComparer.Ordinal);
    }

    public string Name { get; }

    /// <summary>The table is a list of records that hold their ids, not an object.</summary>
    public bool IsList { get; init; }

    public string[] Ids { get; }

    /// <summary>The ids by code points.</summary>
    public string[] SortedIds => _sortedIds.Value;

    public Record[] Records { get; }

    public Record? Find(string id) => _index.TryGetValue(id, out var index) ? Records[index] : null;
}
