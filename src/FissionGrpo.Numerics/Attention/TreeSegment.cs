using System.Runtime.InteropServices;

namespace FissionGrpo.Numerics.Attention;

/// <summary>A run of rows in a packed buffer whose tokens follow each other. A row sees the rows of the ancestors and, in its own segment, itself and what precedes it.</summary>
/// <param name="Start">First row.</param>
/// <param name="Length">Rows, at least one.</param>
/// <param name="Parent">Index of the segment that it continues, smaller than its own; −1 for a root.</param>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct TreeSegment(int Start, int Length, int Parent);
