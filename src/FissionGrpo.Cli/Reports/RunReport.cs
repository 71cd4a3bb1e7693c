using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using FissionGrpo.Cli.Options;
using FissionGrpo.Cli.Runs;
using FissionGrpo.Cli.Shells;
using FissionGrpo.Cli.Views;
using FissionGrpo.Training;

namespace FissionGrpo.Cli.Reports;

/// <summary><c>report.html</c> of a run: what it was, how it went, what it reached. One file, no script, no network.</summary>
internal static class RunReport
{
    public static void Write(RunFolder folder, RunSettings settings, RunSummary summary) =>
        AtomicFile.Write(Path.Combine(folder.Root, "report.html"), Render(Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder.Root))), settings, RunMetrics.Read(folder), summary));

    internal static string Render(string name, RunSettings settings, IReadOnlyList<StepReport> steps, RunSummary summary)
    {
        var body = new StringBuilder();
        body.Append(CultureInfo.InvariantCulture, $"<h1>fission run {Html.Escape(name)}</h1>");
        body.Append(CultureInfo.InvariantCulture, $"<p class=\"soft\">seed {settings.Run.Seed}, {steps.Count} steps, {(steps.Count == 0 ? 0 : steps[^1].SampledTokens)} sampled tokens, {steps.Sum(s => s.Seconds):0} s in training steps. {(settings.Run.Fission.Enabled ? "Fission on" : "Fission off")}, simulator {Html.Escape(Choices.NameOf(settings.Run.Simulator.Kind))}.</p>");
        body.Append("<h2>Before and after</h2>");
        foreach (var part in summary.Slices)
            Changes(body, part);
        Categories(body, summary);
        body.Append(CultureInfo.InvariantCulture, $"<p class=\"soft\">Share [95% interval] count/of. Change in points, paired over tasks; a star marks intervals without 0. {Html.Escape(RunSummary.CaveatOf(settings.Run))}</p>");
        body.Append("<h2>Training</h2><div class=\"charts\">");
        foreach (var chart in Charts(steps))
            body.Append(chart);
        body.Append("</div><h2>Options</h2><pre>").Append(Html.Escape(settings.ToJson())).Append("</pre>");
        return Html.Page($"fission run {name}", body.ToString());
    }

    private static IEnumerable<string> Charts(IReadOnlyList<StepReport> steps)
    {
        var terms = steps.SelectMany(s => s.Explore.Terms.Keys).Distinct().Order(StringComparer.Ordinal).Take(4).ToArray();
        string?[] charts =
        [
            Chart.Draw("reward", false, Of("explored", s => s.Explore.MeanReward), Of("recoveries", s => s.Fission.Recoveries?.MeanReward)),
            Chart.Draw("reward terms, unweighted", false, [.. terms.Select(t => Of(t, s => s.Explore.Terms.TryGetValue(t, out var v) ? v : null))]),
            Chart.Draw("accuracy", true, Of("explored", s => s.Explore.Accuracy), Of("recoveries", s => s.Fission.Recoveries?.Accuracy)),
            Chart.Draw("recovery rate (a) of explored trajectories", true, Of("recovery", s => s.Explore.RecoveryRate), Of("repetition", s => s.Explore.RepetitionRate)),
            Chart.Draw("groups without variance", true, Of("explored", s => s.Explore.ZeroVariance), Of("recoveries", s => s.Fission.Recoveries?.ZeroVariance), Of("parents of recoveries", s => s.Fission.ZeroVarianceParents)),
            Chart.Draw("groups trained on", true, Of("explored", s => s.Explore.TrainedGroups), Of("recoveries", s => s.Fission.Recoveries?.TrainedGroups)),
            Chart.Draw("explored groups all right, all wrong", true, Of("all right", s => s.Explore.AllRight), Of("all wrong", s => s.Explore.AllWrong)),
            Chart.Draw("corrective contexts", false, Of("in the buffer", s => s.Fission.BufferDepth), Of("new", s => s.Fission.NewContexts), Of("leaks stopped", s => s.Fission.Leaks), Of("raw error stood in", s => s.Fission.Fallbacks)),
            Chart.Draw("simulator against the diagnoser, on the probe", false, Held("agreement", p => p.Alignment?.Agreement), Held("kappa", p => p.Alignment?.Kappa), Held("failure modes covered", p => p.Alignment?.Coverage), Held("leak rate", p => p.LeakRate)),
            Chart.Draw("share of each failure mode that the simulator names right, on the probe", true, [.. Modes().Select(m => Held(m.Replace('_', ' '), p => p.Alignment?.Recall.TryGetValue(m, out var r) == true ? r : null))]),
            Chart.Draw("simulator against the diagnoser, in each step", true, Of("agreement", s => s.Fission.Alignment?.Agreement)),
            Chart.Draw("entropy, nats", false, Of("entropy", s => s.Entropy)),
            Chart.Draw("gradient norm", false, Of("first update", s => s.Updates.IsDefaultOrEmpty ? null : s.Updates[0].GradientNorm), Of("last update", s => s.Updates.IsDefaultOrEmpty ? null : s.Updates[^1].GradientNorm)),
            Chart.Draw("largest gap between sampler and trainer, nats", false, Of("gap", s => s.LogProbGap)),
            Chart.Draw("sampled tokens a second", false, Of("tokens/s", s => s.Explore.TokensPerSecond)),
            Chart.Draw("seconds a step", false, Of("explore", s => Stage(s, "explore")), Of("update", s => Stage(s, "update")), Of("diagnose", s => Stage(s, "diagnose")), Of("fission", s => Stage(s, "fission"))),
        ];
        return charts.OfType<string>();

        Series Of(string name, Func<StepReport, double?> value) => new(name, [.. steps.Select(value)]);

        // Measured now and then; the line goes on at the last measurement.
        Series Held(string name, Func<SimulatorQuality, double?> value)
        {
            double? last = null;
            return new(name, [.. steps.Select(s => last = s.Fission.Probe is { } probe ? value(probe) : last)]);
        }

        IEnumerable<string> Modes() => steps.Select(s => s.Fission.Probe?.Alignment).OfType<FissionGrpo.Fission.Alignment>()
            .SelectMany(a => a.Occurrences).GroupBy(o => o.Key, StringComparer.Ordinal).OrderByDescending(g => g.Sum(o => o.Value)).ThenBy(g => g.Key, StringComparer.Ordinal).Take(4).Select(g => g.Key);

        static double? Stage(StepReport step, string name) => step.StageSeconds.TryGetValue(name, out var seconds) ? seconds : null;
    }

    private static void Changes(StringBuilder body, PartChanges part)
    {
        body.Append(CultureInfo.InvariantCulture, $"<h3>{Html.Escape(part.World)}, {Html.Escape(part.Part)}</h3><div class=\"scroll\"><table><tr><th></th><th>before</th><th>after</th><th>change in points</th></tr>");
        foreach (var change in part.Changes.Where(c => c.Before.Of > 0 || c.After.Of > 0))
            body.Append(CultureInfo.InvariantCulture, $"<tr><th>{Html.Escape(Figures.Title(change.Metric))}</th><td>{Figures.Show(change.Before)}</td><td>{Figures.Show(change.After)}</td><td>{Figures.Show(change.Change)}</td></tr>");
        body.Append("</table></div>");
    }

    private static void Categories(StringBuilder body, RunSummary summary)
    {
        body.Append("<h3>By category</h3><div class=\"scroll\"><table><tr><th></th><th>accuracy before</th><th>after</th><th>recovery (a) before</th><th>after</th></tr>");
        foreach (var part in summary.Categories)
        {
            var (accuracy, recovery) = (part.Changes.Single(c => c.Metric == "accuracy"), part.Changes.Single(c => c.Metric == "episode_recovery"));
            body.Append(CultureInfo.InvariantCulture, $"<tr><th>{Html.Escape(part.World)} {Html.Escape(part.Part)}</th><td>{Figures.Show(accuracy.Before)}</td><td>{Figures.Show(accuracy.After)}</td><td>{Figures.Show(recovery.Before)}</td><td>{Figures.Show(recovery.After)}</td></tr>");
        }
        body.Append("</table></div>");
    }
}
