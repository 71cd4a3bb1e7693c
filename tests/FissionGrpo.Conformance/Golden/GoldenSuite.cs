namespace FissionGrpo.Conformance.Golden;

/// <summary>
/// <c>golden FOLDER</c>: walks a folder of reference recordings and checks every part that it recognises. Each kind of recording is a file beside
/// this one and a line in <see cref="Parts"/>.
/// </summary>
internal static class GoldenSuite
{
    private static readonly IGoldenPart[] Parts =
    [
        new GoldenModel(),
        new GoldenBFloat16(),
        new GoldenShards(),
        new GoldenOptimizer(),
        new GoldenSampling(),
        new GoldenAdvantages(),
        new GoldenTokenizer(),
        new GoldenTemplate(),
    ];

    public static int Run(string[] args, Verdicts verdicts)
    {
        if (args.Length != 1)
        {
            Console.Error.WriteLine("usage: FissionGrpo.Conformance golden FOLDER");
            return 2;
        }
        var folders = Directory.EnumerateDirectories(args[0], "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Prepend(args[0]);
        foreach (var folder in folders)
        {
            foreach (var part in Parts)
            {
                var (passed, failed) = (verdicts.Passed, verdicts.Failed);
                if (!CheckOne(part, folder, verdicts))
                    continue;
                Console.WriteLine($"{part.GetType().Name} {Path.GetRelativePath(args[0], folder)}: {verdicts.Passed - passed} passed, {verdicts.Failed - failed} failed");
            }
        }
        Compare.PrintWorst();
        return 0;
    }

    /// <summary>False where a part does not recognise the folder.</summary>
    private static bool CheckOne(IGoldenPart part, string folder, Verdicts verdicts)
    {
        try
        {
            if (!part.Recognises(folder))
                return false;
            part.Check(folder, verdicts);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            verdicts.Check(part.GetType().Name, folder, false, () => Recordings.IsUnreadable(e) ? Recordings.Finding(e) : e.ToString());
        }
        return true;
    }
}
