namespace FissionGrpo.Environments.Python;

/// <summary>A list: mutable, ordered, a reference.</summary>
internal sealed class PyList : PyObject
{
    private PyValue[] _items;

    public PyList()
    {
        _items = [];
    }

    public PyList(int capacity)
    {
        _items = capacity == 0 ? [] : new PyValue[capacity];
    }

    /// <summary>Takes a copy of the items.</summary>
    public PyList(params ReadOnlySpan<PyValue> items)
    {
        _items = items.ToArray();
        Count = items.Length;
    }

    public override PyKind Kind => PyKind.List;

    public override string TypeName => "list";

    public override bool IsTrue => Count > 0;

    /// <summary>Belongs to the constants, which everybody shares: no expression may change it.</summary>
    public bool IsConstant { get; set; }

    /// <summary>The JSON of a constant, once it has been written.</summary>
    public string? ConstantJson { get; set; }

    /// <summary>The repr of a constant, once it has been written.</summary>
    public string? ConstantRepr { get; set; }

    public int Count { get; private set; }

    public ReadOnlySpan<PyValue> Items => _items.AsSpan(0, Count);

    /// <summary>
    /// The constant that the last items were taken from by <see cref="AppendConstant"/>, as long as nothing changed since: its text is written
    /// once for all lists that end with it.
    /// </summary>
    public PyList? Tail { get; private set; }

    public PyValue this[int index]
    {
        get => _items.AsSpan(0, Count)[index];
        set
        {
            Tail = null;
            _items.AsSpan(0, Count)[index] = value;
        }
    }

    /// <summary>Appends the items of a constant.</summary>
    public void AppendConstant(PyList constant)
    {
        AddRange(constant.Items);
        Tail = constant.IsConstant && constant.Count > 0 ? constant : null;
    }

    public void Add(PyValue item)
    {
        Tail = null;
        if (Count == _items.Length)
            Array.Resize(ref _items, Math.Max(4, Count * 2));
        _items[Count++] = item;
    }

    public void AddRange(ReadOnlySpan<PyValue> items)
    {
        Tail = null;
        if (Count + items.Length > _items.Length)
            Array.Resize(ref _items, Math.Max(Count + items.Length, Count * 2));
        items.CopyTo(_items.AsSpan(Count));
        Count += items.Length;
    }

    public void Insert(int index, PyValue item)
    {
        Add(default);
        Array.Copy(_items, index, _items, index + 1, Count - 1 - index);
        _items[index] = item;
    }

    public void RemoveAt(int index)
    {
        Tail = null;
        Count--;
        Array.Copy(_items, index + 1, _items, index, Count - index);
        _items[Count] = default;
    }

    public void Clear()
    {
        Tail = null;
        _items = [];
        Count = 0;
    }

    /// <summary>Index of the first item that is equal, or -1.</summary>
    public int IndexOf(PyValue item)
    {
        for (var i = 0; i < Count; i++)
            if (PyOps.EqualOrSame(_items[i], item))
                return i;
        return -1;
    }

    public override PyObject Copy(PyCopier copier)
    {
        var copy = new PyList(Count);
        copier.Remember(this, copy);
        foreach (var item in Items)
            copy.Add(copier.Copy(item));
        return copy;
    }
}

/// <summary>A tuple: fixed, though what it holds may be mutable.</summary>
internal sealed class PyTuple(PyValue[] items) : PyObject
{
    public override PyKind Kind => PyKind.Tuple;

    public override string TypeName => "tuple";

    public override bool IsTrue => items.Length > 0;

    public int Count => items.Length;

    public ReadOnlySpan<PyValue> Items => items;

    public PyValue this[int index] => items[index];

    public override PyObject Copy(PyCopier copier)
    {
        var copied = new PyValue[items.Length];
        var copy = new PyTuple(copied);
        copier.Remember(this, copy);
        for (var i = 0; i < items.Length; i++)
            copied[i] = copier.Copy(items[i]);
        return copy;
    }
}

/// <summary>A set. Python's order is a matter of hashes; ours is the order of insertion.</summary>
internal sealed class PySet : PyObject
{
    public override PyKind Kind => PyKind.Set;

    public override string TypeName => "set";

    public override bool IsTrue => Members.Count > 0;

    /// <summary>The members are the keys; the values mean nothing.</summary>
    public PyDict Members { get; private init; } = new();

    public void Add(PyValue item) => Members[item] = default;

    public override PyObject Copy(PyCopier copier)
    {
        var copy = new PySet { Members = (PyDict)Members.Copy(copier) };
        copier.Remember(this, copy);
        return copy;
    }
}

/// <summary>Copies values deeply and keeps aliases: what was one object before is one object after. Dispose it to lend its table to the next.</summary>
internal sealed class PyCopier : IDisposable
{
    private const int KeptEntries = 512;

    [ThreadStatic]
    private static Dictionary<PyObject, PyObject>? _spare;

    private readonly Dictionary<PyObject, PyObject> _copies;

    public PyCopier()
    {
        _copies = _spare ?? new Dictionary<PyObject, PyObject>(64, ReferenceEqualityComparer.Instance);
        _spare = null;
    }

    public PyValue Copy(PyValue value) => value.Reference is PyObject o ? Copy(o) : value;

    public T Copy<T>(T original)
        where T : PyObject
    {
        if (_copies.TryGetValue(original, out var known))
            return (T)known;
        if (!System.Runtime.CompilerServices.RuntimeHelpers.TryEnsureSufficientExecutionStack())
            throw PyException.TooLarge("the nesting");
        return (T)original.Copy(this);
    }

    public void Remember(PyObject original, PyObject copy) => _copies[original] = copy;

    public void Dispose()
    {
        if (_copies.Count > KeptEntries)
            return;
        _copies.Clear();
        _spare = _copies;
    }
}
