namespace FissionGrpo.Conformance;

/// <summary>Counts cases and prints the first failures of each kind.</summary>
internal sealed class Verdicts
{
    private const int ShownPerKind = 5;
    private readonly Dictionary<string, int> _failuresByKind = [];

    public int Passed { get; private set; }

    public int Failed { get; private set; }

    /// <summary>Counts one case; a failure says where, what was expected and what was found.</summary>
    public void Check(string kind, string place, bool passed, Func<string> difference)
    {
        if (passed)
        {
            Passed++;
            return;
        }
        Failed++;
        var shown = _failuresByKind.GetValueOrDefault(kind);
        _failuresByKind[kind] = shown + 1;
        if (shown < ShownPerKind)
            Console.WriteLine($"FAILED {kind} {place}: {difference()}");
    }

    /// <summary>Counts one case of two texts that must be equal.</summary>
    public void Equal(string kind, string place, string expected, string actual) =>
        Check(kind, place, expected == actual, () => $"expected {Cut(expected)}, found {Cut(actual)}");

    private static string Cut(string text) => text.Length <= 300 ? text : $"{text.AsSpan(0, 300)}… ({text.Length} characters)";
}
