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

    /// <summary>Counts one case of two texts that must be equal; of a failure the place where they part is shown, with what cannot be seen as code points.</summary>
    public void Equal(string kind, string place, string expected, string actual) =>
        Check(kind, place, expected == actual, () =>
        {
            var at = expected.AsSpan().CommonPrefixLength(actual);
            return $"parts at character {at + 1}: expected {Around(expected, at)}, found {Around(actual, at)}";
        });

    private static string Around(string text, int at)
    {
        const int before = 60, after = 200;
        var (start, end) = (Math.Max(0, at - before), Math.Min(text.Length, at + after));
        var shown = string.Concat(text[start..end].Select(c => c is ' ' || !(char.IsControl(c) || char.IsWhiteSpace(c) || char.IsSurrogate(c) || c > 0x2FF) ? c.ToString() : $"\\u{(int)c:x4}"));
        return $"\"{(start > 0 ? "…" : "")}{shown}{(end < text.Length ? "…" : "")}\" ({text.Length} characters)";
    }
}
