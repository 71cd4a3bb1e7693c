using System.Collections.Immutable;
using System.Globalization;
using FissionGrpo.Cli.Shells;
using FissionGrpo.Episodes;
using FissionGrpo.Training;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace FissionGrpo.Cli.Watching;

/// <summary>Progress that redraws itself on a terminal.</summary>
internal sealed class LiveWatcher(Shell shell) : ITrainingObserver
{
    private const int CurveWidth = 40;
    private const string Blocks = "▁▂▃▄▅▆▇█";

    private readonly RunView _view = new(shell.Clock);
    private readonly List<string> _notes = [];
    private LiveDisplayContext? _display;

    /// <summary>Runs the work under a live display; what was drawn last stays.</summary>
    public Task WatchAsync(Func<Task> work) => shell.Progress.Live(Draw()).AutoClear(false).StartAsync(async display =>
    {
        _display = display;
        await work();
        Redraw();
    });

    public void OnProgress(RunProgress progress)
    {
        _view.Note(progress);
        Redraw();
    }

    public void OnSelfTest(SelfTestReport report) => OnNote(Lines.SelfTest(report));

    public void OnStep(StepReport report)
    {
        _view.Steps.Add(report);
        Redraw();
    }

    public void OnTrajectories(int step, string stage, ImmutableArray<TrajectoryGroup> groups)
    {
    }

    public void OnNote(string note)
    {
        _notes.Add(note);
        Redraw();
    }

    private void Redraw() => _display?.UpdateTarget(Draw());

    private Rows Draw()
    {
        var parts = new List<IRenderable>();
        parts.AddRange(_notes.TakeLast(5).Select(note => new Spectre.Console.Text(note, new Style(Color.Grey))));
        parts.Add(StageLine());
        if (_view.Steps.Count > 0)
            parts.Add(Figures());
        return new Rows(parts);
    }

    private Columns StageLine()
    {
        var stage = _view.Stage;
        var bar = new BarLine(stage.Total <= 0 ? 0 : (double)stage.Done / stage.Total);
        var figure = stage.Figure is { } f ? string.Create(CultureInfo.InvariantCulture, $"  {f:0.0000}") : "";
        return new Columns(
            new Spectre.Console.Text(stage.Stage, new Style(Color.Aqua, decoration: Decoration.Bold)),
            new Spectre.Console.Text(bar.ToString()),
            new Spectre.Console.Text(string.Create(CultureInfo.InvariantCulture, $"{stage.Done}/{stage.Total}{figure}  {RunView.Clock(_view.Left)} left"))) { Expand = false };
    }

    private Table Figures()
    {
        var steps = _view.Steps;
        var last = steps[^1];
        var table = new Table().Border(TableBorder.Rounded).AddColumns("", "first", "now", "curve");
        Row("reward", s => s.Explore.MeanReward, v => v.ToString("0.000", CultureInfo.InvariantCulture));
        foreach (var term in last.Explore.Terms.Keys)
            Row("  " + term, s => s.Explore.Terms.TryGetValue(term, out var value) ? value : null, v => v.ToString("0.000", CultureInfo.InvariantCulture));
        Row("accuracy", s => s.Explore.Accuracy, v => RunView.Percent(v));
        Row("recovery rate (episode)", s => s.Explore.RecoveryRate, v => RunView.Percent(v));
        Row("zero-variance groups, explored", s => s.Explore.ZeroVariance, v => RunView.Percent(v));
        Row("zero-variance groups, recovered", s => s.Fission.Recoveries?.ZeroVariance, v => RunView.Percent(v));
        Row("fission buffer", s => s.Fission.BufferDepth, v => v.ToString("0", CultureInfo.InvariantCulture));
        Row("tokens/s", s => s.Explore.TokensPerSecond, v => v.ToString("0", CultureInfo.InvariantCulture));
        return table;

        void Row(string name, Func<StepReport, double?> value, Func<double, string> show)
        {
            var series = steps.Select(value).OfType<double>().ToList();
            if (series.Count > 0)
                table.AddRow(new Spectre.Console.Text(name), new Spectre.Console.Text(show(series[0])), new Spectre.Console.Text(show(series[^1])), new Spectre.Console.Text(Curve(series)));
        }
    }

    /// <summary>The series as blocks, newest to the right, each block the mean of its share of the steps.</summary>
    private static string Curve(List<double> series)
    {
        var points = Math.Min(CurveWidth, series.Count);
        var means = Enumerable.Range(0, points)
            .Select(i => series[(i * series.Count / points)..Math.Max((i + 1) * series.Count / points, i * series.Count / points + 1)].Average()).ToList();
        var (low, high) = (means.Min(), means.Max());
        return string.Concat(means.Select(m => Blocks[high - low < 1e-12 ? 0 : (int)((m - low) / (high - low) * (Blocks.Length - 1) + 0.5)]));
    }

    private readonly record struct BarLine(double Share)
    {
        private const int Width = 30;

        public override string ToString()
        {
            var full = (int)Math.Clamp(Share * Width, 0, Width);
            return new string('█', full) + new string('░', Width - full);
        }
    }
}
