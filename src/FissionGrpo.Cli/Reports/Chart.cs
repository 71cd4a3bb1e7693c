using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace FissionGrpo.Cli.Reports;

/// <summary>A line of a chart. Where a step has nothing to show, the line has a gap.</summary>
internal sealed record Series(string Name, ImmutableArray<double?> Values);

/// <summary>A line chart as inline SVG: no script, no network, readable in light and dark.</summary>
internal static class Chart
{
    private const int Width = 460;
    private const int Height = 190;
    private const int Left = 46;
    private const int Right = 10;
    private const int Top = 24;
    private const int Bottom = 24;

    /// <summary>Draws the series over steps 0, 1, …; null when there is nothing to draw.</summary>
    /// <param name="title">What is shown, with its unit.</param>
    /// <param name="asPercent">The values are shares.</param>
    /// <param name="series">The lines.</param>
    public static string? Draw(string title, bool asPercent, params ReadOnlySpan<Series> series)
    {
        var (low, high, steps) = (double.PositiveInfinity, double.NegativeInfinity, 0);
        foreach (var line in series)
        {
            steps = Math.Max(steps, line.Values.Length);
            foreach (var value in line.Values)
                if (value is { } v && double.IsFinite(v))
                    (low, high) = (Math.Min(low, v), Math.Max(high, v));
        }
        if (low > high)
            return null;
        if (asPercent)
            (low, high) = (0, Math.Max(high, 0.0001));
        if (high - low < 1e-12)
            (low, high) = (low - 0.5 * Math.Max(1e-9, Math.Abs(low)), high + 0.5 * Math.Max(1e-9, Math.Abs(high)));

        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"<figure><svg viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-label=\"{Html.Escape(title)}\">");
        svg.Append(CultureInfo.InvariantCulture, $"<text class=\"title\" x=\"{Left}\" y=\"15\">{Html.Escape(title)}</text>");
        for (var i = 0; i <= 4; i++)
        {
            var value = low + (high - low) * i / 4;
            var y = Y(value);
            svg.Append(CultureInfo.InvariantCulture, $"<line class=\"grid\" x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{y:0.#}\" y2=\"{y:0.#}\"/><text class=\"tick\" x=\"{Left - 5}\" y=\"{y + 3.5:0.#}\" text-anchor=\"end\">{Tick(value)}</text>");
        }
        svg.Append(CultureInfo.InvariantCulture, $"<text class=\"tick\" x=\"{Left}\" y=\"{Height - 6}\">1</text><text class=\"tick\" x=\"{Width - Right}\" y=\"{Height - 6}\" text-anchor=\"end\">step {steps}</text>");
        for (var i = 0; i < series.Length; i++)
            svg.Append(CultureInfo.InvariantCulture, $"<path class=\"s{i}\" d=\"{PathOf(series[i].Values)}\"/>");
        svg.Append("</svg>");
        if (series.Length > 1)
        {
            svg.Append("<figcaption>");
            for (var i = 0; i < series.Length; i++)
                svg.Append(CultureInfo.InvariantCulture, $"<span class=\"k{i}\">{Html.Escape(series[i].Name)}</span> ");
            svg.Append("</figcaption>");
        }
        return svg.Append("</figure>").ToString();

        double X(int step) => steps <= 1 ? Left : Left + (double)step / (steps - 1) * (Width - Left - Right);

        double Y(double value) => Top + (high - value) / (high - low) * (Height - Top - Bottom);

        string Tick(double value) => asPercent ? value.ToString("0%", CultureInfo.InvariantCulture) : value.ToString(Math.Abs(value) >= 100 ? "0" : Math.Abs(value) is > 0 and < 0.01 ? "0.0e+0" : "0.00", CultureInfo.InvariantCulture);

        string PathOf(ImmutableArray<double?> values)
        {
            var path = new StringBuilder();
            var pen = 'M';
            for (var i = 0; i < values.Length; i++)
                if (values[i] is { } v && double.IsFinite(v))
                {
                    path.Append(CultureInfo.InvariantCulture, $"{pen}{X(i):0.#} {Y(v):0.#}");
                    pen = 'L';
                }
                else
                    pen = 'M';
            return path.ToString();
        }
    }
}
