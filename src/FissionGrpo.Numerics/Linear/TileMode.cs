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
