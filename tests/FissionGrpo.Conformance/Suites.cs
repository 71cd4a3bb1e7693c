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
        if (args.Length > 1 && !Directory.Exists(args[1]))
        {
            Console.Error.WriteLine($"{args[1]}: there is no such folder. Give the folder that holds the recordings.");
            return 2;
        }
        var verdicts = new Verdicts();
        try
        {
            var exit = suite(args[1..], verdicts);
            if (exit != 0)
                return exit;
        }
        catch (Exception e) when (Recordings.IsUnreadable(e)) // the benchmark's own files: lines of recordings are cases
        {
            Console.Error.WriteLine(Recordings.Finding(e));
            return 2;
        }
        if (verdicts.Passed + verdicts.Failed == 0)
            Console.Error.WriteLine($"{args[1]}: holds no recordings that `{args[0]}` recognises.");
        Console.WriteLine($"{verdicts.Passed} passed, {verdicts.Failed} failed");
        return verdicts.Failed == 0 && verdicts.Passed > 0 ? 0 : 1;
    }
}
