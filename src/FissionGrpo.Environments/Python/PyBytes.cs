using System.Text;

namespace FissionGrpo.Environments.Python;

/// <summary>Bytes, one character each: written, printed, compared and walked; few of their methods exist.</summary>
internal sealed class PyBytes(string latin1) : PyObject, IPyIterable, IPySubscriptable
{
    public int Count => latin1.Length;

    public override string TypeName => "bytes";

    public override bool IsTrue => latin1.Length > 0;

    public override string Repr
    {
        get
        {
            var quote = latin1.Contains('\'', StringComparison.Ordinal) && !latin1.Contains('"', StringComparison.Ordinal) ? '"' : '\'';
            var text = new StringBuilder("b").Append(quote);
            foreach (var c in latin1)
            {
                text.Append(c switch
                {
                    '\n' => "\\n",
                    '\r' => "\\r",
                    '\t' => "\\t",
                    '\\' => "\\\\",
                    _ when c == quote => $"\\{c}",
                    >= ' ' and <= '~' => c.ToString(),
                    _ => $"\\x{(int)c:x2}",
                });
            }
            return text.Append(quote).ToString();
        }
    }

    public override int Hash => string.GetHashCode(latin1);

    public override bool EqualTo(PyObject other) => other is PyBytes bytes && bytes.Latin1 == latin1;

    private string Latin1 => latin1;

    public IEnumerable<PyValue> Items() => latin1.Select(c => (PyValue)(int)c);

    public PyValue At(PyValue key)
    {
        if (!key.TryGet<PySlice>(out var slice))
            return (int)latin1[PyOps.Index(key, latin1.Length, "index")];
        return new PyBytes((string)slice.Of(latin1).Reference!);
    }

    /// <summary>One byte as an int, or a part.</summary>
    public bool Contains(PyValue item)
    {
        if (item.TryGet<PyBytes>(out var part))
            return latin1.Contains(part.Latin1, StringComparison.Ordinal);
        if (!item.IsInteger)
            throw PyException.TypeError($"a bytes-like object is required, not '{item.TypeName}'");
        return item.TryGetInt64(out var value) && value is >= 0 and < 256
            ? latin1.Contains((char)value, StringComparison.Ordinal)
            : throw PyException.ValueError("byte must be in range(0, 256)");
    }

    public PyBytes Add(PyValue other) => other.TryGet<PyBytes>(out var bytes)
        ? new PyBytes(latin1 + bytes.Latin1)
        : throw PyException.TypeError($"can't concat {other.TypeName} to bytes");

    /// <summary>With ASCII letters in lower case.</summary>
    public PyBytes Lower() => new(string.Concat(latin1.Select(c => char.IsAsciiLetterUpper(c) ? char.ToLowerInvariant(c) : c)));

    public int CompareTo(PyBytes other) => string.CompareOrdinal(latin1, other.Latin1);

    /// <summary>The characters that the bytes are in Latin-1.</summary>
    public override string ToString() => latin1;
}
