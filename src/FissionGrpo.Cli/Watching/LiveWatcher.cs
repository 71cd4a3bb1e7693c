using System.Collections.Immutable;
using System.Globalization;
using FissionGrpo.Cli.Shells;
using FissionGrpo.Episodes;
using FissionGrpo.Training;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace FissionGrpo.Cli.Watching;

/// <summary>Progress that redraws itself on a terminal: the run's folder, what was worth a note, the stage, and once training has begun its figures.</summary>
/// <param name="shell">Where it is drawn, and the clock.</param>
/// <param name="folder">The run's folder.</param>
internal sealed class LiveWatcher(Shell shell, string folder) : ITrainingObserver
{
    private const int CurveWidth = 40;
    private const int MostAveraged = 10;
    private const string Blocks = "▁▂▃▄▅▆▇█";

    /// <summary>Fast enough to look alive, slow enough to cost nothing.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(0.1);

    private readonly RunView _view = new(shell.Clock);
    private readonly List<string> _notes = [];
    private LiveDisplayContext? _display;
    private long _lastDrawn;

    /// <summary>Runs the work under a live display; what was drawn last stays.</summary>
    public Task WatchAsync(Func<Task> work) => shell.Progress.Live(Draw()).AutoClear(false).StartAsync(async display =>
    {
        _display = display;
        await work();
        Redraw();
    });

    public void OnProgress(RunProgress progress)
    {
        if (_view.Note(progress) || progress.Done == progress.Total || shell.Clock.GetElapsedTime(_lastDrawn) >= Pause)
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

    private void Redraw()
    {
        _lastDrawn = shell.Clock.GetTimestamp();
        _display?.UpdateTarget(Draw());
    }

    private Rows Draw()
    {
        var parts = new List<IRenderable> { new Spectre.Console.Text($"run folder: {folder}", new Style(Color.Grey)) };
        parts.AddRange(_notes.TakeLast(5).Select(note => new Spectre.Console.Text(note, new Style(Color.Grey))));
        parts.Add(StageLine());
        if (_view.Steps.Count > 0)
            parts.Add(Figures());
        return new Rows(parts);
    }

    private Columns StageLine()
    {
        var stage = _view.Stage;
        var parts = new List<IRenderable> { new Spectre.Console.Text(stage.Stage, new Style(Color.Aqua, decoration: Decoration.Bold)) };
        if (stage.Total > 0)
        {
            var left = _view.Left is { } time && stage.Done < stage.Total ? $"  {RunView.Clock(time)} left" : "";
            parts.Add(new Spectre.Console.Text(new BarLine((double)stage.Done / stage.Total).ToString()));
            parts.Add(new Spectre.Console.Text(Lines.Counted(stage) + left));
        }
        return new Columns(parts) { Expand = false };
    }

    private Table Figures()
    {
        var steps = _view.Steps;
        var averaged = Math.Clamp(steps.Count / 2, 1, MostAveraged);
        var (first, last) = (StepFigures.Of([.. steps.Take(averaged)]), StepFigures.Of([.. steps.TakeLast(averaged)]));
        var single = steps.Select(s => StepFigures.Of([s])).ToList();
        var table = new Table().Border(TableBorder.Rounded).AddColumns("", averaged == 1 ? "first step" : $"first {averaged} steps", averaged == 1 ? "last step" : $"last {averaged}", "step by step");
        Row("reward", f => f.Reward, Points);
        foreach (var term in last.Terms.Keys)
            Row("  " + term, f => f.Terms.TryGetValue(term, out var value) ? value : null, Points);
        Row("accuracy", f => f.Accuracy, v => RunView.Percent(v));
        Row("recovery (a) episode", f => f.Recovery, v => RunView.Percent(v));
        Row("zero-variance groups, explored", f => f.ZeroVariance, v => RunView.Percent(v));
        Row("zero-variance groups, fission", f => f.FissionZeroVariance, v => RunView.Percent(v));
        Row("fission buffer", f => f.BufferDepth, Whole);
        Row("tokens/s", f => f.TokensPerSecond, Whole);
        return table;

        void Row(string name, Func<StepFigures, double?> value, Func<double, string> show)
        {
            var series = single.Select(value).OfType<double>().ToList();
            if (series.Count > 0)
                table.AddRow(
                    new Spectre.Console.Text(name), new Spectre.Console.Text(Cell(value(first))), new Spectre.Console.Text(Cell(value(last))), new Spectre.Console.Text(Curve(series)));

            string Cell(double? figure) => figure is { } f ? show(f) : "-";
        }
    }

    private static string Points(double value) => value.ToString("0.000", CultureInfo.InvariantCulture);

    private static string Whole(double value) => value.ToString("N0", CultureInfo.InvariantCulture);

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
