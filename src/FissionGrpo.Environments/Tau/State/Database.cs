namespace FissionGrpo.Environments.Tau.State;

/// <summary>The tables of one domain as shipped. Immutable; every environment of the domain shares it.</summary>
internal sealed class Database(Table[] tables)
{
    private readonly Lazy<UInt128> _hash = new(() =>
    {
        var sum = UInt128.Zero;
        foreach (var table in tables)
            for (var i = 0; i < table.Ids.Length; i++)
                sum += table.Records[i].Hash(table.Name, table.Ids[i]);
        return sum;
    });

    public Table[] Tables { get; } = tables;

    /// <summary>The sum of all records' hashes, so that a state's digest follows from what it changed.</summary>
    public UInt128 Hash => _hash.Value;
}
