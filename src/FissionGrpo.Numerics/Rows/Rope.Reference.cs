namespace FissionGrpo.Numerics.Rows;

public static unsafe partial class Rope
{
    /// <summary>The plain loop for one head; <paramref name="direction"/> −1 turns backwards.</summary>
    internal static void Reference(Span<float> x, ReadOnlySpan<float> cos, ReadOnlySpan<float> sin, float direction)
    {
        var half = x.Length / 2;
        for (var i = 0; i < half; i++)
        {
            var (a, b) = (x[i], x[i + half]);
            x[i] = (a * cos[i]) - (b * sin[i] * direction);
            x[i + half] = (b * cos[i]) + (a * sin[i] * direction);
        }
    }
}
