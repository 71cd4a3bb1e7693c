using System.Numerics;
using FissionGrpo.Numerics.Rows;

namespace FissionGrpo.Numerics.Linear;

/// <summary>What a tile does with the values that lie in C.</summary>
internal enum TileMode
{
    /// <summary>C = A·B.</summary>
    Store,

    /// <summary>C = C + (A·B): the product is summed from zero and added once.</summary>
    Add,

    /// <summary>C = the sum that starts at C and takes on one term after the other.</summary>
    Chain,
}

/// <summary>Tile kernel for any machine, on <see cref="Vector{T}"/>: up to 4 rows by 32 columns, one accumulator per element, sequential over k.</summary>
internal static unsafe class PortableTile
{
    public const int Rows = 4;

    // a[r·rs + k·ks], b[k·bs + column], c[r·ldc + column]; strides in floats.
    public static void Run(int rows, int depth, float* a, nint rs, nint ks, float* b, nint bs, float* c, nint ldc, TileMode mode)
    {
        for (var row = 0; row < rows; row++)
        {
            for (var column = 0; column < PackedMatrix.PanelColumns; column += 2 * Lanes.Count)
            {
                var destination = c + (row * ldc) + column;
                var (low, high) = (Vector<float>.Zero, Vector<float>.Zero);
                if (mode == TileMode.Chain)
                    (low, high) = (Lanes.Load(destination), Lanes.Load(destination + Lanes.Count));
                var source = a + (row * rs);
                var panel = b + column;
                for (var k = 0; k < depth; k++)
                {
                    var x = new Vector<float>(*source);
                    low = Lanes.MultiplyAdd(x, Lanes.Load(panel), low);
                    high = Lanes.MultiplyAdd(x, Lanes.Load(panel + Lanes.Count), high);
                    source += ks;
                    panel += bs;
                }
                if (mode == TileMode.Add)
                    (low, high) = (Lanes.Load(destination) + low, Lanes.Load(destination + Lanes.Count) + high);
                Lanes.Store(destination, low);
                Lanes.Store(destination + Lanes.Count, high);
            }
        }
    }
}
