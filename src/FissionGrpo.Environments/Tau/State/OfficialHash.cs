using System.Security.Cryptography;
using System.Text;
using FissionGrpo.Environments.Python;

namespace FissionGrpo.Environments.Tau.State;

/// <summary>
/// The benchmark's own hashes of a whole state. Scoring never computes them (<see cref="WorldState.HasSameHashAs"/> gives the same answer);
/// recordings are checked against them.
/// </summary>
internal static class OfficialHash
{
    /// <summary>SHA-256 of <c>json.dumps(database, sort_keys=True)</c>.</summary>
    public static string OfJson(WorldState state)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var between = new PyTextWriter();
        between.Append('{');
        foreach (var (separator, name, index) in SortedTables(state))
        {
            var isList = state.Database.Tables[index].IsList;
            between.Append(separator);
            PyText.WriteJsonString(between, name);
            between.Append(isList ? ": [" : ": {");
            var first = true;
            foreach (var (id, record) in isList ? state.InOrder(index) : state.Sorted(index))
            {
                between.Append(first ? "" : ", ");
                first = false;
                if (!isList)
                {
                    PyText.WriteJsonString(between, id);
                    between.Append(": ");
                }
                Flush();
                hash.AppendData(record.Canonical);
            }
            between.Append(isList ? ']' : '}');
        }
        between.Append('}');
        Flush();
        return Convert.ToHexStringLower(hash.GetHashAndReset());

        void Flush()
        {
            hash.AppendData(Encoding.ASCII.GetBytes(between.ToString()));
            between.Clear();
        }
    }

    /// <summary>SHA-256 of <c>json.dumps(value, sort_keys=True)</c>.</summary>
    public static string OfJson(Value value) => Convert.ToHexStringLower(SHA256.HashData(ValueText.Canonical(value)));

    /// <summary>SHA-256 of <c>str()</c> of the database as nested tuples, objects as sorted pairs: what the reward compares.</summary>
    public static string OfTuples(WorldState state)
    {
        var text = new PyTextWriter();
        text.Append('(');
        foreach (var (separator, name, index) in SortedTables(state))
        {
            text.Append(separator);
            text.Append('(');
            PyText.WriteReprString(text, name);
            text.Append(", (");
            var count = 0;
            foreach (var (id, record) in state.Sorted(index))
            {
                text.Append(count++ == 0 ? "(" : ", (");
                PyText.WriteReprString(text, id);
                text.Append(", ");
                WriteTuple(text, record.Fields);
                text.Append(')');
            }
            text.Append(count == 1 ? ",))" : "))");
        }
        text.Append(state.Database.Tables.Length == 1 ? ",)" : ")");
        return Hex(text);
    }

    /// <summary>
    /// Whether two values print as the same tuples: types count (<c>1</c> is not <c>1.0</c>), the order of members does not, and an object
    /// cannot be told from the list of its pairs. As JSON, it can.
    /// </summary>
    public static bool AreSame(Value? a, Value? b, bool asTuples = true)
    {
        if (ReferenceEquals(a, b))
            return true;
        switch (a, b)
        {
            case (null, _) or (_, null):
                return false;
            case (Value.Text x, Value.Text y):
                return x.Content == y.Content;
            case (Value.Bool x, Value.Bool y):
                return x.Truth == y.Truth;
            case (Value.Int x, Value.Int y):
                return x.Number == y.Number;
            case (Value.Float x, Value.Float y):
                return BitConverter.DoubleToInt64Bits(x.Number) == BitConverter.DoubleToInt64Bits(y.Number) || (double.IsNaN(x.Number) && double.IsNaN(y.Number));
            case (Value.List x, Value.List y):
                if (x.Items.Length != y.Items.Length)
                    return false;
                for (var i = 0; i < x.Items.Length; i++)
                    if (!AreSame(x.Items[i], y.Items[i], asTuples))
                        return false;
                return true;
            case (Value.Dict x, Value.Dict y):
                if (x.Count != y.Count)
                    return false;
                for (var i = 0; i < x.Count; i++)
                    if (!AreSame(x.Values[i], ReferenceEquals(x.Keys, y.Keys) ? y.Values[i] : y.Find(x.Keys[i]), asTuples))
                        return false;
                return true;
            case (Value.Dict x, Value.List y) when asTuples:
                return AreSame(Pairs(x), y);
            case (Value.List x, Value.Dict y) when asTuples:
                return AreSame(x, Pairs(y));
            default:
                return a is Value.Null && b is Value.Null;
        }
    }

    private static Value.List Pairs(Value.Dict dict) =>
        new([.. ValueText.SortedOrder(dict).Select(at => new Value.List([dict.Keys[at], dict.Values[at]]))]);

    private static IEnumerable<(string Separator, string Name, int Index)> SortedTables(WorldState state) =>
        state.Database.Tables
            .Select((table, index) => (table.Name, Index: index))
            .OrderBy(table => table.Name, StringComparer.Ordinal)
            .Select((table, position) => (position == 0 ? "" : ", ", table.Name, table.Index));

    private static void WriteTuple(PyTextWriter text, Value value)
    {
        switch (value)
        {
            case Value.Dict dict:
                text.Append('(');
                var separator = "(";
                foreach (var at in ValueText.SortedOrder(dict))
                {
                    text.Append(separator);
                    separator = ", (";
                    PyText.WriteReprString(text, dict.Keys[at]);
                    text.Append(", ");
                    WriteTuple(text, dict.Values[at]);
                    text.Append(')');
                }
                text.Append(dict.Count == 1 ? ",)" : ")");
                break;
            case Value.List list:
                text.Append('(');
                for (var i = 0; i < list.Items.Length; i++)
                {
                    if (i > 0)
                        text.Append(", ");
                    WriteTuple(text, list.Items[i]);
                }
                text.Append(list.Items.Length == 1 ? ",)" : ")");
                break;
            default:
                ValueText.WriteRepr(text, value);
                break;
        }
    }

    private static string Hex(PyTextWriter text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
}
