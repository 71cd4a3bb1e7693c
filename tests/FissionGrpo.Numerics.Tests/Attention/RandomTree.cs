using FissionGrpo.Numerics.Attention;

namespace FissionGrpo.Numerics.Tests.Attention;

/// <summary>Random prefix trees with gaps between the segments' rows.</summary>
internal static class RandomTree
{
    public static TreeSegment[] Create(TestNumbers numbers, int segments, int longest, out int rows)
    {
        var result = new TreeSegment[segments];
        rows = 0;
        for (var s = 0; s < segments; s++)
        {
            rows += numbers.Next(0, 3);
            result[s] = new(rows, numbers.Next(1, longest + 1), numbers.Next(-1, s));
            rows += result[s].Length;
        }
        return result;
    }
}
