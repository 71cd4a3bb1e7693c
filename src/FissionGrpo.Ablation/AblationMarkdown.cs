using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace FissionGrpo.Ablation;

/// <summary>The results as Markdown tables: every arm, every difference with its interval and with what could have been detected.</summary>
public static class AblationMarkdown
{
    /// <summary>Writes the whole report.</summary>
    /// <param name="results">The results.</param>
    /// <param name="command">The command that made them, so that anyone can repeat it.</param>
    /// <param name="machine">Where they were made.</param>
    public static string Write(AblationResults results, string command, string machine)
    {
        var text = new StringBuilder();
        Line($"# {results.Name}");
        Line("");
        Line(results.Question);
        Line("");
        Line($"Plan fixed on {results.FrozenOn}; {results.Seeds.Length} paired seeds ({string.Join(", ", results.Seeds)}), warm starts included. Machine: {machine}. Command:");
        Line("");
        Line($"    {command}");
        foreach (var setting in results.Settings)
        {
            Line("");
            Line($"## {setting.Name}");
            Line("");
            if (setting.Note.Length > 0)
            {
                Line(setting.Note);
                Line("");
            }
            Line(setting.SharedStart
                ? "Within every seed all arms began with the same weights and were measured on the same tasks."
                : "**The arms of a seed did not begin with the same weights**: the plan varies the warm start, and the differences hold that too.");
            foreach (var (key, differences) in setting.Comparisons)
                Differences(key, differences);
            Line("");
            Line("Every arm by itself:");
            Line("");
            Arms(setting, name => !MetricNames.IsBefore(name) && !MetricNames.IsCategory(name));
            Line("");
            Line("Before training:");
            Line("");
            Arms(setting, name => MetricNames.IsBefore(name) && !MetricNames.IsCategory(name[MetricNames.Before.Length..]));
            Line("");
            Line("Accuracy by category of held-out task:");
            Line("");
            Arms(setting, MetricNames.IsCategory);
            Failures(setting);
            Bought(setting);
            Costs(setting);
        }
        return text.ToString();

        void Line(string line) => text.Append(line).Append('\n');

        void Arms(SettingResults setting, Func<string, bool> isWanted)
        {
            var metrics = MetricNames.Shown(setting.Arms.SelectMany(a => a.Metrics.Keys).Where(isWanted)).ToList();
            if (metrics.Count == 0)
                return;
            Line($"| mean ± standard deviation between seeds | {string.Join(" | ", setting.Arms.Select(a => a.Name))} |");
            Line($"|---|{string.Concat(setting.Arms.Select(_ => "---|"))}");
            foreach (var metric in metrics)
                Line($"| {metric} | {string.Join(" | ", setting.Arms.Select(a => a.Metrics.TryGetValue(metric, out var s) ? $"{Number(s.Mean)} ± {Number(s.Deviation)}" : "–"))} |");
        }

        void Bought(SettingResults setting)
        {
            var rows = MetricNames.Bought.Where(m => setting.Arms.Any(a => a.Metrics.ContainsKey(m.Name))).ToList();
            if (rows.Count == 0)
                return;
            Line("");
            Line("What the sampled tokens bought: trajectories with an error to recover from, and what was trained on. Mean of a run:");
            Line("");
            Line($"| | {string.Join(" | ", setting.Arms.Select(a => a.Name))} |");
            Line($"|---|{string.Concat(setting.Arms.Select(_ => "---|"))}");
            foreach (var (title, metric) in rows)
                Line($"| {title} | {string.Join(" | ", setting.Arms.Select(a => a.Metrics.TryGetValue(metric, out var s) ? Plain(s.Mean) : "–"))} |");
        }

        void Costs(SettingResults setting)
        {
            Line("");
            Line($"| mean | {string.Join(" | ", setting.Arms.Select(a => a.Name))} |");
            Line($"|---|{string.Concat(setting.Arms.Select(_ => "---|"))}");
            Line($"| sampled tokens in training | {string.Join(" | ", setting.Arms.Select(a => a.SampledTokens.ToString("N0", CultureInfo.InvariantCulture)))} |");
            Cost("demonstrations of the anchor", "training.demonstrations");
            Cost("tokens trained on", "training.trained_tokens");
            Cost("tokens sampled by the simulator", "simulator.sampled_tokens");
            Line($"| seconds of training | {string.Join(" | ", setting.Arms.Select(a => a.Seconds.ToString("F0", CultureInfo.InvariantCulture)))} |");

            void Cost(string title, string metric)
            {
                if (setting.Arms.Any(a => a.Metrics.ContainsKey(metric)))
                    Line($"| {title} | {string.Join(" | ", setting.Arms.Select(a => a.Metrics.TryGetValue(metric, out var s) ? s.Mean.ToString("N0", CultureInfo.InvariantCulture) : "–"))} |");
            }
        }

        void Differences(string key, ImmutableSortedDictionary<string, PairedDifference> differences)
        {
            Line("");
            Line($"**{key}**, paired by seed:");
            Line("");
            Line("| metric | difference | 95% interval | clear of zero | detectable with 80% power | seeds |");
            Line("|---|---|---|---|---|---|");
            foreach (var (metric, d) in MetricNames.Shown(differences.Keys).Where(name => !MetricNames.IsCategory(name)).Select(name => (name, differences[name])))
                Line($"| {metric} | {Signed(d.Mean)} | {(d.HasSpread ? $"{Signed(d.Low)} to {Signed(d.High)}" : "no spread")} | {(d.IsClear ? "yes" : "no")} | {(d.HasSpread ? Number(d.Detectable) : "–")} | {d.Seeds} |");
        }

        void Failures(SettingResults setting)
        {
            var categories = setting.Arms.SelectMany(a => a.Failures.Keys.Concat(a.FailuresBefore.Keys)).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
            if (categories.Count == 0)
                return;
            Line("");
            Line("What goes wrong before → after training (incorrect held-out episodes of all seeds, by the category of their first failure):");
            Line("");
            Line($"| category | {string.Join(" | ", setting.Arms.Select(a => a.Name))} |");
            Line($"|---|{string.Concat(setting.Arms.Select(_ => "---|"))}");
            foreach (var category in categories)
                Line($"| {category} | {string.Join(" | ", setting.Arms.Select(a => $"{a.FailuresBefore.GetValueOrDefault(category)} → {a.Failures.GetValueOrDefault(category)}"))} |");
        }
    }

    /// <summary>Counts and shares side by side: as many digits as tell something.</summary>
    internal static string Plain(double value) => value.ToString(Math.Abs(value) switch { >= 100 => "N0", >= 10 => "F1", _ => "F3" }, CultureInfo.InvariantCulture);

    internal static string Number(double value) => value.ToString(Math.Abs(value) >= 100 ? "F0" : "F3", CultureInfo.InvariantCulture);

    internal static string Signed(double value) => (value >= 0 ? "+" : "−") + Number(Math.Abs(value));
}
