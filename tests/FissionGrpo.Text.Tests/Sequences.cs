namespace FissionGrpo.Text.Tests;

/// <summary>Immutable arrays are equal by reference; tests compare what they hold.</summary>
internal static class Sequences
{
    public static void Same<T>(IEnumerable<T> expected, IEnumerable<T> actual) => Assert.Equal(expected.ToArray(), actual.ToArray());
}
