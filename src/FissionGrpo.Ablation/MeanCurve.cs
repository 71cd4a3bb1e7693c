using System.Collections.Immutable;

namespace FissionGrpo.Ablation;

/// <summary>
/// One learning curve of many. Runs take steps of unequal numbers of tokens, so the mean is taken at marks that are equally far apart in
/// sampled tokens: of each run what it shows around the mark, or on the line between its neighbours where it shows nothing there.
/// </summary>
internal static class MeanCurve
{
    private const int Marks = 25;

    public static ImmutableArray<CurvePoint> Of(IReadOnlyCollection<ImmutableArray<CurvePoint>> curves)
    {
        var means = new SortedDictionary<long, ImmutableSortedDictionary<string, double>.Builder>();
        foreach (var name in curves.SelectMany(c => c.SelectMany(p => p.Values.Keys)).Distinct(StringComparer.Ordinal))
        {
            var series = curves
                .Select(c => c.Where(p => p.Values.ContainsKey(name)).Select(p => (X: p.SampledTokens, Y: p.Values[name])).OrderBy(p => p.X).ToArray())
                .Where(s => s.Length > 0).ToList();
            if (series.Count == curves.Count) // else the mean would be one over other runs than its neighbours
                foreach (var (mark, value) in Mean(series))
                {
                    if (!means.TryGetValue(mark, out var values))
                        means[mark] = values = ImmutableSortedDictionary.CreateBuilder<string, double>(StringComparer.Ordinal);
                    values[name] = value;
                }
        }
        return [.. means.Select(m => new CurvePoint(m.Key, m.Value.ToImmutable()))];
    }

    private static IEnumerable<(long Mark, double Value)> Mean(List<(long X, double Y)[]> series)
    {
        var (first, last) = (series.Max(s => s[0].X), series.Min(s => s[^1].X));
        var marks = Math.Min(Marks, series.Max(s => s.Length));
        if (last <= first)
            return [(first, series.Average(s => s[0].Y))];
        var width = (last - first) / (double)(marks - 1);
        return Enumerable.Range(0, marks).Select(i => first + (i * width)).Select(mark => ((long)Math.Round(mark), series.Average(s => At(s, mark, width / 2))));
    }

    private static double At((long X, double Y)[] series, double mark, double reach)
    {
        var near = series.Where(p => Math.Abs(p.X - mark) <= reach).ToArray();
        if (near.Length > 0)
            return near.Average(p => p.Y);
        var after = Array.FindIndex(series, p => p.X >= mark);
        var (a, b) = (series[after - 1], series[after]);
        return a.Y + ((b.Y - a.Y) * (mark - a.X) / (b.X - a.X));
    }
}
