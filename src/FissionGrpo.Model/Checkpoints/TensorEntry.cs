using System.Collections.Immutable;

namespace FissionGrpo.Model.Checkpoints;

/// <summary>The number formats of the safetensors format.</summary>
internal enum TensorType
{
    F64,
    F32,
    F16,
    BF16,
    I64,
    I32,
    I16,
    I8,
    U64,
    U32,
    U16,
    U8,
    Bool,
}

/// <summary>One tensor of a safetensors file.</summary>
/// <param name="Name">Its key.</param>
/// <param name="Type">Number format of an element.</param>
/// <param name="Shape">Sizes, row-major; empty for a scalar.</param>
/// <param name="Start">First byte, counted from the end of the header.</param>
/// <param name="End">One past the last byte.</param>
internal sealed record TensorEntry(string Name, TensorType Type, ImmutableArray<long> Shape, long Start, long End)
{
    /// <summary>Number of elements.</summary>
    public long Count => (End - Start) / SizeOf(Type);

    public static int SizeOf(TensorType type) => type switch
    {
        TensorType.F64 or TensorType.I64 or TensorType.U64 => 8,
        TensorType.F32 or TensorType.I32 or TensorType.U32 => 4,
        TensorType.F16 or TensorType.BF16 or TensorType.I16 or TensorType.U16 => 2,
        _ => 1,
    };

    public static TensorType? Parse(string name) => name switch
    {
        "F64" => TensorType.F64,
        "F32" => TensorType.F32,
        "F16" => TensorType.F16,
        "BF16" => TensorType.BF16,
        "I64" => TensorType.I64,
        "I32" => TensorType.I32,
        "I16" => TensorType.I16,
        "I8" => TensorType.I8,
        "U64" => TensorType.U64,
        "U32" => TensorType.U32,
        "U16" => TensorType.U16,
        "U8" => TensorType.U8,
        "BOOL" => TensorType.Bool,
        _ => null,
    };

    public static string Spell(TensorType type) => type == TensorType.Bool ? "BOOL" : type.ToString();

    /// <summary>The shape as people write it.</summary>
    public string ShapeText => $"[{string.Join(", ", Shape)}]";
}
