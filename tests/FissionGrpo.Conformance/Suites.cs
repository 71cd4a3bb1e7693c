namespace FissionGrpo.Conformance;

/// <summary>The suites by name.</summary>
internal static class Suites
{
    private static readonly SortedDictionary<string, Func<string[], Verdicts, int>> ByName = new(StringComparer.Ordinal)
    {
        ["tau"] = TauSuite.Run,
        ["bfcl"] = Bfcl.BfclSuite.Run,
        ["tau2"] = Tau2Suite.Run,
        ["golden"] = Golden.GoldenSuite.Run,
    };

    public static int Run(string[] args)
    {
        if (args.Length == 0 || !ByName.TryGetValue(args[0], out var suite))
        {
            Console.Error.WriteLine($"usage: FissionGrpo.Conformance ({string.Join(" | ", ByName.Keys)}) FOLDER [--data DATA]");
            return 2;
        }
        var verdicts = new Verdicts();
        var exit = suite(args[1..], verdicts);
        if (exit != 0)
            return exit;
        Console.WriteLine($"{verdicts.Passed} passed, {verdicts.Failed} failed");
        return verdicts.Failed == 0 && verdicts.Passed > 0 ? 0 : 1;
    }
}
