using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace FissionGrpo.Environments.Python;

/// <summary>The types of Python values that the worlds distinguish.</summary>
internal enum PyKind : byte
{
    None,
    Bool,
    Int,
    Float,
    Str,
    List,
    Tuple,
    Dict,
    Set,
    Object,
}

/// <summary>
/// A Python value in two words: bool, small int and float live inside, everything else is a reference.
/// The default is <c>None</c>. Lists and dicts are references with Python's aliasing.
/// </summary>
internal readonly struct PyValue
{
    private static readonly Tag BoolTag = new(PyKind.Bool);
    private static readonly Tag IntTag = new(PyKind.Int);
    private static readonly Tag FloatTag = new(PyKind.Float);

    private readonly object? _reference;
    private readonly long _bits;

    private PyValue(object? reference, long bits)
    {
        _reference = reference;
        _bits = bits;
    }

    public static PyValue None => default;

    public static PyValue True => new(BoolTag, 1);

    public static PyValue False => new(BoolTag, 0);

    public PyKind Kind => _reference switch
    {
        null => PyKind.None,
        string => PyKind.Str,
        Tag tag => tag.Kind,
        _ => Unsafe.As<PyObject>(_reference).Kind,
    };

    public bool IsNone => _reference is null;

    public bool IsBool => ReferenceEquals(_reference, BoolTag);

    /// <summary>An int that fits in 64 bits (bool excluded).</summary>
    public bool IsSmallInt => ReferenceEquals(_reference, IntTag);

    public bool IsFloat => ReferenceEquals(_reference, FloatTag);

    /// <summary><c>isinstance(v, int)</c>: bool included.</summary>
    public bool IsInteger => ReferenceEquals(_reference, IntTag) || ReferenceEquals(_reference, BoolTag) || _reference is PyBigInt;

    /// <summary><c>isinstance(v, (int, float))</c>.</summary>
    public bool IsNumber => IsFloat || IsInteger;

    /// <summary>The integer of a bool or an int that fits in 64 bits.</summary>
    public bool TryGetInt64(out long value)
    {
        value = _bits;
        return ReferenceEquals(_reference, IntTag) || ReferenceEquals(_reference, BoolTag);
    }

    /// <summary>The value of a bool, int or float as it enters float arithmetic; big ints may overflow.</summary>
    public double Float => IsFloat ? BitConverter.Int64BitsToDouble(_bits) : throw new InvalidOperationException("not a float");

    /// <summary>The value of any integer.</summary>
    public BigInteger Big => _reference is PyBigInt big ? big.Value : _bits;

    public bool Bool => _bits != 0;

    public long SmallInt => _bits;

    public object? Reference => _reference;

    public string TypeName => Kind switch
    {
        PyKind.None => "NoneType",
        PyKind.Bool => "bool",
        PyKind.Int => "int",
        PyKind.Float => "float",
        PyKind.Str => "str",
        _ => Unsafe.As<PyObject>(_reference!).TypeName,
    };

    public bool TryGetString([NotNullWhen(true)] out string? text)
    {
        text = _reference as string;
        return text is not null;
    }

    public bool TryGet<T>([NotNullWhen(true)] out T? value)
        where T : PyObject
    {
        value = _reference as T;
        return value is not null;
    }

    /// <summary>Python's <c>is</c>.</summary>
    public bool Is(PyValue other) => ReferenceEquals(_reference, other._reference) && (_reference is not Tag || _bits == other._bits);

    public static implicit operator PyValue(bool value) => value ? True : False;

    public static implicit operator PyValue(int value) => new(IntTag, value);

    public static implicit operator PyValue(long value) => new(IntTag, value);

    public static implicit operator PyValue(double value) => new(FloatTag, BitConverter.DoubleToInt64Bits(value));

    public static implicit operator PyValue(string? value) => new(value, 0);

    public static implicit operator PyValue(PyObject? value) => new(value, 0);

    public static implicit operator PyValue(BigInteger value) =>
        value >= long.MinValue && value <= long.MaxValue ? new(IntTag, (long)value) : new(new PyBigInt(value), 0);

    /// <summary>Python's <c>str(v)</c>, so that an interpolated string reads as an f-string does.</summary>
    public override string ToString() => PyText.Str(this);

    private sealed class Tag(PyKind kind)
    {
        public PyKind Kind { get; } = kind;
    }
}

/// <summary>Everything that a <see cref="PyValue"/> refers to except strings.</summary>
internal abstract class PyObject
{
    public virtual PyKind Kind => PyKind.Object;

    /// <summary><c>type(v).__name__</c>.</summary>
    public abstract string TypeName { get; }

    /// <summary>What <c>repr</c> writes; the containers are written by <see cref="PyText"/>.</summary>
    public virtual string Repr => $"<{TypeName} object>";

    public virtual bool IsTrue => true;

    /// <summary>May be a key of a dict or a member of a set; asked of values that are not containers.</summary>
    public virtual bool IsHashable => true;

    /// <summary>A hash that equal values of <see cref="PyKind.Object"/> share.</summary>
    public virtual int Hash => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(this);

    /// <summary>Equality of <see cref="PyKind.Object"/> values; identity unless a class knows better.</summary>
    public virtual bool EqualTo(PyObject other) => ReferenceEquals(this, other);

    /// <summary>A deep copy of a mutable object. Immutable ones return themselves.</summary>
    public virtual PyObject Copy(PyCopier copier) => this;
}

/// <summary>An int that does not fit in 64 bits.</summary>
internal sealed class PyBigInt(BigInteger value) : PyObject
{
    public BigInteger Value { get; } = value;

    public override PyKind Kind => PyKind.Int;

    public override string TypeName => "int";
}

/// <summary>Python's <c>...</c>.</summary>
internal sealed class PyEllipsis : PyObject
{
    public static readonly PyEllipsis Instance = new();

    public override string TypeName => "ellipsis";

    public override string Repr => "Ellipsis";
}
