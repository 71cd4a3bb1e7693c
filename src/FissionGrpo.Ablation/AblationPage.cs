using System.Globalization;
using System.Net;
using System.Text;

namespace FissionGrpo.Ablation;

/// <summary>The results as one self-contained HTML page: intervals as a forest plot, learning curves against sampled tokens, the tables.</summary>
public static class AblationPage
{
    private static readonly string[] Colours = ["#0b6e99", "#d9730d", "#4d6461", "#ad1a72", "#6940a5", "#0f7b6c", "#e03e3e", "#64473a", "#dfab01", "#37352f"];

    /// <summary>Writes the page.</summary>
    public static string Write(AblationResults results, string command, string machine)
    {
        var html = new StringBuilder();
        html.Append("<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>").Append(Text(results.Name)).Append("</title><style>")
            .Append("body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222;background:#fff}")
            .Append("table{border-collapse:collapse;margin:1rem 0;font-variant-numeric:tabular-nums}td,th{padding:.2rem .7rem;border-bottom:1px solid #ddd;text-align:right}")
            .Append("td:first-child,th:first-child{text-align:left}code{background:#f4f4f4;padding:.1rem .3rem}svg{max-width:100%;height:auto}figcaption{color:#555;font-size:13px}")
            .Append("</style><h1>").Append(Text(results.Name)).Append("</h1><p>").Append(Text(results.Question)).Append("</p><p>Plan fixed on ")
            .Append(Text(results.FrozenOn)).Append("; ").Append(results.Seeds.Length).Append(" paired seeds. ").Append(Text(machine)).Append("<br><code>").Append(Text(command)).Append("</code></p>");
        foreach (var setting in results.Settings)
        {
            html.Append("<h2>").Append(Text(setting.Name)).Append("</h2><p>").Append(Text(setting.Note)).Append("</p>");
            if (!setting.SharedStart)
                html.Append("<p><b>The arms of a seed did not begin with the same weights</b>: the plan varies the warm start, and the differences hold that too.</p>");
            foreach (var (key, differences) in setting.Comparisons)
            {
                html.Append("<figure><figcaption>").Append(Text(key)).Append(": paired difference with 95% interval; the pale bar is what these seeds could detect (80% power)</figcaption>");
                Forest(html, [.. MetricNames.Shown(differences.Keys).Where(name => !MetricNames.IsCategory(name))
                    .Select(name => KeyValuePair.Create(name, differences[name])).Where(d => Math.Abs(d.Value.High) < 10 && Math.Abs(d.Value.Low) < 10)]);
                html.Append("</figure>");
            }
            foreach (var value in setting.Arms.SelectMany(a => a.Curve.SelectMany(c => c.Values.Keys)).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
            {
                html.Append("<figure><figcaption>").Append(Text(value)).Append(" against sampled tokens, mean over seeds</figcaption>");
                Curves(html, setting, value);
                html.Append("</figure>");
            }
            Table(html, setting);
            Failures(html, setting);
            Bought(html, setting);
        }
        return html.Append("</html>\n").ToString();
    }

    private static void Forest(StringBuilder html, KeyValuePair<string, PairedDifference>[] rows)
    {
        if (rows.Length == 0)
            return;
        const int Left = 300, Right = 860, RowHeight = 24;
        var reach = Math.Max(0.01, rows.Max(r => Math.Max(r.Value.Detectable, Math.Max(Math.Abs(r.Value.Low), Math.Abs(r.Value.High)))));
        html.Append(Inv($"<svg viewBox=\"0 0 880 {(rows.Length * RowHeight) + 30}\" font-size=\"13\" role=\"img\">"));
        html.Append(Inv($"<line x1=\"{X(0)}\" x2=\"{X(0)}\" y1=\"0\" y2=\"{rows.Length * RowHeight}\" stroke=\"#999\"/>"));
        for (var i = 0; i < rows.Length; i++)
        {
            var (metric, d) = rows[i];
            var y = (i * RowHeight) + (RowHeight / 2);
            html.Append(Inv($"<text x=\"0\" y=\"{y + 4}\">{Text(metric)}</text>"));
            html.Append(Inv($"<rect x=\"{X(-d.Detectable)}\" width=\"{X(d.Detectable) - X(-d.Detectable)}\" y=\"{y - 8}\" height=\"16\" fill=\"#eef2f5\"/>"));
            html.Append(Inv($"<line x1=\"{X(d.Low)}\" x2=\"{X(d.High)}\" y1=\"{y}\" y2=\"{y}\" stroke=\"{Colours[0]}\" stroke-width=\"2\"/>"));
            html.Append(Inv($"<circle cx=\"{X(d.Mean)}\" cy=\"{y}\" r=\"4\" fill=\"{Colours[0]}\"><title>{AblationMarkdown.Signed(d.Mean)} ({AblationMarkdown.Signed(d.Low)} to {AblationMarkdown.Signed(d.High)})</title></circle>"));
        }
        var bottom = (rows.Length * RowHeight) + 18;
        html.Append(Inv($"<text x=\"{Left}\" y=\"{bottom}\">{AblationMarkdown.Signed(-reach)}</text><text x=\"{X(0)}\" y=\"{bottom}\" text-anchor=\"middle\">0</text><text x=\"{Right}\" y=\"{bottom}\" text-anchor=\"end\">{AblationMarkdown.Signed(reach)}</text></svg>"));

        double X(double value) => Math.Round(Left + ((value + reach) / (2 * reach) * (Right - Left)), 1);
    }

    private static void Curves(StringBuilder html, SettingResults setting, string value)
    {
        const int Width = 880, Height = 260, Margin = 46;
        var curves = setting.Arms.Select(a => (a.Name, Points: a.Curve.Where(c => c.Values.ContainsKey(value)).Select(c => (X: (double)c.SampledTokens, Y: c.Values[value])).ToList())).Where(c => c.Points.Count > 1).ToList();
        if (curves.Count == 0)
            return;
        var points = curves.SelectMany(c => c.Points).ToList();
        var (left, right, low, high) = (points.Min(p => p.X), points.Max(p => p.X), points.Min(p => p.Y), points.Max(p => p.Y));
        if (high - low < 1e-9)
            (low, high) = (low - 0.5, high + 0.5);
        html.Append(Inv($"<svg viewBox=\"0 0 {Width} {Height + 24}\" font-size=\"13\" role=\"img\"><rect x=\"{Margin}\" y=\"8\" width=\"{Width - Margin - 8}\" height=\"{Height - 30}\" fill=\"none\" stroke=\"#ccc\"/>"));
        html.Append(Inv($"<text x=\"0\" y=\"18\">{AblationMarkdown.Number(high)}</text><text x=\"0\" y=\"{Height - 24}\">{AblationMarkdown.Number(low)}</text>"));
        html.Append(Inv($"<text x=\"{Margin}\" y=\"{Height - 6}\">{left:N0}</text><text x=\"{Width - 8}\" y=\"{Height - 6}\" text-anchor=\"end\">{right:N0} tokens</text>"));
        for (var i = 0; i < curves.Count; i++)
        {
            var colour = Colours[i % Colours.Length];
            html.Append("<polyline fill=\"none\" stroke-width=\"2\" stroke=\"").Append(colour).Append("\" points=\"");
            foreach (var (x, y) in curves[i].Points)
                html.Append(Inv($"{Margin + ((x - left) / Math.Max(1, right - left) * (Width - Margin - 8)):F1},{8 + ((high - y) / (high - low) * (Height - 30)):F1} "));
            html.Append(Inv($"\"/><text x=\"{Margin + (i % 4 * 205)}\" y=\"{Height + 10 + (i / 4 * 14)}\" fill=\"{colour}\">{Text(curves[i].Name)}</text>"));
        }
        html.Append("</svg>");
    }

    private static void Table(StringBuilder html, SettingResults setting)
    {
        html.Append("<table><tr><th>mean ± sd</th>");
        foreach (var arm in setting.Arms)
            html.Append("<th>").Append(Text(arm.Name)).Append("</th>");
        html.Append("</tr>");
        foreach (var metric in MetricNames.Shown(setting.Arms.SelectMany(a => a.Metrics.Keys)))
        {
            html.Append("<tr><td>").Append(Text(metric)).Append("</td>");
            foreach (var arm in setting.Arms)
                html.Append("<td>").Append(arm.Metrics.TryGetValue(metric, out var s) ? $"{AblationMarkdown.Number(s.Mean)} ± {AblationMarkdown.Number(s.Deviation)}" : "–").Append("</td>");
            html.Append("</tr>");
        }
        html.Append("</table>");
    }

    private static void Failures(StringBuilder html, SettingResults setting)
    {
        html.Append("<table><tr><th>incorrect held-out episodes by first failure, before → after</th>");
        foreach (var arm in setting.Arms)
            html.Append("<th>").Append(Text(arm.Name)).Append("</th>");
        html.Append("</tr>");
        foreach (var category in setting.Arms.SelectMany(a => a.Failures.Keys.Concat(a.FailuresBefore.Keys)).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            html.Append("<tr><td>").Append(Text(category)).Append("</td>");
            foreach (var arm in setting.Arms)
                html.Append(Inv($"<td>{arm.FailuresBefore.GetValueOrDefault(category)} → {arm.Failures.GetValueOrDefault(category)}</td>"));
            html.Append("</tr>");
        }
        html.Append("</table>");
    }

    private static void Bought(StringBuilder html, SettingResults setting)
    {
        var rows = MetricNames.Bought.Where(m => setting.Arms.Any(a => a.Metrics.ContainsKey(m.Name))).ToList();
        if (rows.Count == 0)
            return;
        html.Append("<table><tr><th>what the sampled tokens bought, mean of a run</th>");
        foreach (var arm in setting.Arms)
            html.Append("<th>").Append(Text(arm.Name)).Append("</th>");
        html.Append("</tr>");
        foreach (var (title, metric) in rows)
        {
            html.Append("<tr><td>").Append(Text(title)).Append("</td>");
            foreach (var arm in setting.Arms)
                html.Append("<td>").Append(arm.Metrics.TryGetValue(metric, out var s) ? AblationMarkdown.Plain(s.Mean) : "–").Append("</td>");
            html.Append("</tr>");
        }
        html.Append("</table>");
    }

    private static string Text(string text) => WebUtility.HtmlEncode(text);

    private static string Inv(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
