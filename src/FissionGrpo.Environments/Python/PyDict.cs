namespace FissionGrpo.Environments.Python;

/// <summary>
/// A dict in order of insertion. Small ones are searched one by one (keys are mostly the same string objects); from nine entries on there is
/// a hash index. Keys compare as in Python: <c>1 == 1.0 == True</c>.
/// </summary>
internal sealed class PyDict : PyObject
{
    private const int LinearUpTo = 8;

    private PyValue[] _keys;
    private PyValue[] _values;
    private int[]? _buckets;   // 1 + position of the first entry, 0 = none
    private int[]? _next;      // 1 + position of the next entry of the bucket

    public PyDict()
        : this(0)
    {
    }

    public PyDict(int capacity)
    {
        _keys = capacity == 0 ? [] : new PyValue[capacity];
        _values = capacity == 0 ? [] : new PyValue[capacity];
    }

    /// <summary>The entries in order; for results.</summary>
    public PyDict(params ReadOnlySpan<(string Key, PyValue Value)> entries)
        : this(entries.Length)
    {
        foreach (var (key, value) in entries)
            this[key] = value;
    }

    public override PyKind Kind => PyKind.Dict;

    public override string TypeName => "dict";

    public override bool IsTrue => Count > 0;

    /// <summary>Belongs to the constants, which everybody shares: no expression may change it.</summary>
    public bool IsConstant { get; set; }

    /// <summary>The JSON of a constant, once it has been written; copies of flat constants keep it until they change.</summary>
    public string? ConstantJson { get; set; }

    public int Count { get; private set; }

    public ReadOnlySpan<PyValue> Keys => _keys.AsSpan(0, Count);

    public ReadOnlySpan<PyValue> Values => _values.AsSpan(0, Count);

    /// <exception cref="PyException">KeyError, or TypeError for an unhashable key.</exception>
    public PyValue this[PyValue key]
    {
        get => Find(key) is var at and >= 0 ? _values[at] : throw PyException.KeyError(key);
        set
        {
            var at = Find(key);
            ConstantJson = null;
            if (at >= 0)
                _values[at] = value;
            else
                Append(key, value);
        }
    }

    public bool ContainsKey(PyValue key) => Find(key) >= 0;

    public bool TryGetValue(PyValue key, out PyValue value)
    {
        var at = Find(key);
        value = at >= 0 ? _values[at] : default;
        return at >= 0;
    }

    /// <summary>The value, or None when there is no such key.</summary>
    public PyValue Get(PyValue key) => TryGetValue(key, out var value) ? value : default;

    public bool Remove(PyValue key)
    {
        var at = Find(key);
        if (at < 0)
            return false;
        ConstantJson = null;
        Count--;
        Array.Copy(_keys, at + 1, _keys, at, Count - at);
        Array.Copy(_values, at + 1, _values, at, Count - at);
        _keys[Count] = default;
        _values[Count] = default;
        if (_buckets is not null)
            Index(_buckets.Length);
        return true;
    }

    public void Clear()
    {
        ConstantJson = null;
        _keys = [];
        _values = [];
        _buckets = _next = null;
        Count = 0;
    }

    /// <summary>A new dict with the same values.</summary>
    public PyDict ShallowCopy()
    {
        var copy = new PyDict(Count);
        Keys.CopyTo(copy._keys);
        Values.CopyTo(copy._values);
        copy.Count = Count;
        if (Count > LinearUpTo)
            copy.Index(2 * Count);
        return copy;
    }

    public override PyObject Copy(PyCopier copier)
    {
        var copy = new PyDict(Count);
        copier.Remember(this, copy);
        var isFlat = true;
        for (var i = 0; i < Count; i++)
        {
            copy._keys[i] = _keys[i];
            copy._values[i] = copier.Copy(_values[i]);
            isFlat &= _values[i].Reference is not PyObject;
        }
        copy.Count = Count;
        // The text stays right until the copy itself changes.
        copy.ConstantJson = isFlat ? ConstantJson : null;
        if (_buckets is not null)
        {
            copy._buckets = (int[])_buckets.Clone();
            copy._next = (int[])_next!.Clone();
        }
        return copy;
    }

    private int Find(PyValue key)
    {
        if (key.TryGetString(out var text))
        {
            if (_buckets is null)
            {
                for (var i = 0; i < Count; i++)
                    if (_keys[i].Reference is string known && (ReferenceEquals(known, text) || string.Equals(known, text)))
                        return i;
                return -1;
            }
            for (var at = _buckets[Bucket(key)]; at > 0; at = _next![at - 1])
                if (_keys[at - 1].Reference is string known && string.Equals(known, text))
                    return at - 1;
            return -1;
        }
        PyOps.RequireHashable(key);
        if (_buckets is null)
        {
            for (var i = 0; i < Count; i++)
                if (PyOps.EqualOrSame(_keys[i], key))
                    return i;
            return -1;
        }
        for (var at = _buckets[Bucket(key)]; at > 0; at = _next![at - 1])
            if (PyOps.EqualOrSame(_keys[at - 1], key))
                return at - 1;
        return -1;
    }

    private void Append(PyValue key, PyValue value)
    {
        if (Count == _keys.Length)
        {
            var capacity = Count == 0 ? 4 : Count * 2;
            Array.Resize(ref _keys, capacity);
            Array.Resize(ref _values, capacity);
        }
        _keys[Count] = key;
        _values[Count++] = value;
        if (Count <= LinearUpTo)
            return;
        if (_buckets is null || Count > _buckets.Length || Count > _next!.Length)
        {
            Index(Count * 2);
            return;
        }
        var bucket = Bucket(key);
        _next![Count - 1] = _buckets[bucket];
        _buckets[bucket] = Count;
    }

    private void Index(int size)
    {
        _buckets = new int[size];
        _next = new int[size];
        for (var i = 0; i < Count; i++)
        {
            var bucket = Bucket(_keys[i]);
            _next[i] = _buckets[bucket];
            _buckets[bucket] = i + 1;
        }
    }

    private int Bucket(PyValue key) => (int)((uint)PyOps.Hash(key) % (uint)_buckets!.Length);
}
