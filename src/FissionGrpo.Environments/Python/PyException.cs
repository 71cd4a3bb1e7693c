namespace FissionGrpo.Environments.Python;

/// <summary>
/// An exception of the imitated Python program: it never leaves the executor, which turns it into a result text.
/// </summary>
internal sealed class PyException(string type, string message) : Exception(message)
{
    /// <summary>The Python class: <c>TypeError</c>, <c>KeyError</c>, …</summary>
    public string Type { get; } = type;

    /// <summary>The call itself did not bind to the parameters (raised before the method's body ran).</summary>
    public bool IsBinding { get; init; }

    public static PyException TypeError(string message) => new("TypeError", message);

    public static PyException ValueError(string message) => new("ValueError", message);

    /// <summary><c>str(KeyError(k))</c> is the key's repr.</summary>
    public static PyException KeyError(PyValue key) => new("KeyError", PyText.Repr(key));

    public static PyException NoAttribute(PyValue value, string name) =>
        new("AttributeError", $"'{value.TypeName}' object has no attribute '{name}'");

    public static PyException ZeroDivision(string message) => new("ZeroDivisionError", message);

    /// <summary>A bound of ours, where Python would go on until memory or patience ends.</summary>
    public static PyException TooLarge(string what) => new("MemoryError", $"{what} is larger than this environment permits");
}
