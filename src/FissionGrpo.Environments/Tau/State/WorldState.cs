using FissionGrpo.Environments.Python;

namespace FissionGrpo.Environments.Tau.State;

/// <summary>
/// The database of one episode: the shared base and the few records that the episode has changed. A fork shares the list of changes, and
/// whoever writes next copies it, so a fork costs one small object however long the episode was.
/// </summary>
internal sealed class WorldState
{
    private Change[] _changes;

    public WorldState(Database database)
        : this(database, [])
    {
    }

    private WorldState(Database database, Change[] changes)
    {
        Database = database;
        _changes = changes;
    }

    public Database Database { get; }

    /// <summary>How many records differ in identity from the shipped ones.</summary>
    public int ChangedRecords => _changes.Length;

    /// <summary>Another object whenever something has been written.</summary>
    public object Version => _changes;

    public WorldState Fork() => new(Database, _changes);

    /// <summary>The record as it is now, or null.</summary>
    public Record? Find(int table, string id)
    {
        foreach (ref readonly var change in _changes.AsSpan())
            if (change.Table == table && change.Id == id)
                return change.Record;
        return Database.Tables[table].Find(id);
    }

    public Record? Find(int table, Value id) => id switch
    {
        Value.Text text => Find(table, text.Content),
        Value.List or Value.Dict => throw PyException.TypeError($"unhashable type: '{id.TypeName}'"),
        _ => null,
    };

    /// <summary>Replaces a record, or adds one at the end of its table.</summary>
    public void Put(int table, string id, Value.Dict fields)
    {
        var next = new Change(table, id, new Record(fields));
        for (var i = 0; i < _changes.Length; i++)
        {
            if (_changes[i].Table != table || _changes[i].Id != id)
                continue;
            _changes = (Change[])_changes.Clone();
            _changes[i] = next;
            return;
        }
        _changes = [.. _changes, next];
    }

    /// <summary>128 bits that are equal for equal contents; costs as much as the episode changed.</summary>
    public UInt128 Digest()
    {
        var hash = Database.Hash;
        foreach (ref readonly var change in _changes.AsSpan())
        {
            var table = Database.Tables[change.Table];
            hash += change.Record.Hash(table.Name, change.Id);
            if (table.Find(change.Id) is { } shipped)
                hash -= shipped.Hash(table.Name, change.Id);
        }
        return hash;
    }

    /// <summary>Whether the benchmark's hash of both states is the same, found by comparing only what either changed.</summary>
    public bool HasSameHashAs(WorldState other, bool asTuples = true)
    {
        foreach (ref readonly var change in _changes.AsSpan())
            if (!OfficialHash.AreSame(change.Record.Fields, other.Find(change.Table, change.Id)?.Fields, asTuples))
                return false;
        foreach (ref readonly var change in other._changes.AsSpan())
            if (!OfficialHash.AreSame(change.Record.Fields, Find(change.Table, change.Id)?.Fields, asTuples))
                return false;
        // In a list the order of additions counts too.
        return Added(inLists: true).Select(change => (change.Table, change.Id)).SequenceEqual(other.Added(inLists: true).Select(change => (change.Table, change.Id)));
    }

    /// <summary>All records of a table in the order of the file, then in the order in which they were added.</summary>
    public IEnumerable<(string Id, Record Record)> InOrder(int table) =>
        Database.Tables[table].Ids
            .Concat(Added(inLists: null).Where(change => change.Table == table).Select(change => change.Id))
            .Select(id => (id, Find(table, id)!));

    /// <summary>The same sorted by the code points of their ids.</summary>
    public IEnumerable<(string Id, Record Record)> Sorted(int table) => Added(inLists: null).Any(change => change.Table == table)
        ? InOrder(table).OrderBy(record => record.Id, Comparer<string>.Create(PyString.Compare))
        : Database.Tables[table].SortedIds.Select(id => (id, Find(table, id)!));

    private IEnumerable<Change> Added(bool? inLists) =>
        _changes.Where(change => (inLists is null || Database.Tables[change.Table].IsList == inLists) && Database.Tables[change.Table].Find(change.Id) is null);

    private readonly record struct Change(int Table, string Id, Record Record);
}
