using System.Collections.Immutable;
using System.Globalization;
using FissionGrpo.Cli.Shells;
using FissionGrpo.Episodes;
using FissionGrpo.Training;

namespace FissionGrpo.Cli.Watching;

/// <summary>Progress as plain lines, for logs and pipes: one a step, and one every few seconds in stages without steps.</summary>
internal sealed class PlainWatcher(Shell shell, TrainOptions train) : ITrainingObserver
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(3);

    private readonly RunView _view = new(shell.Clock);
    private long _lastLine;

    public void OnProgress(RunProgress progress)
    {
        var isNew = _view.Note(progress);
        var isEnd = progress.Done == progress.Total;
        if (progress.Stage == "training" || (!isNew && !isEnd && shell.Clock.GetElapsedTime(_lastLine) < Pause))
            return;
        _lastLine = shell.Clock.GetTimestamp();
        var figure = progress.Figure is { } f ? string.Create(CultureInfo.InvariantCulture, $"  {f:0.0000}") : "";
        var left = isEnd || progress.Done == 0 ? "" : $"  {RunView.Clock(_view.Left)} left";
        shell.Tell(string.Create(CultureInfo.InvariantCulture, $"{progress.Stage}  {progress.Done}/{progress.Total}{figure}{left}"));
    }

    public void OnSelfTest(SelfTestReport report) => shell.Tell(Lines.SelfTest(report));

    public void OnStep(StepReport report)
    {
        _view.Steps.Add(report);
        shell.Tell($"{Lines.Step(report, train)}  {RunView.Clock(_view.LeftAfter(report, train))} left");
    }

    public void OnTrajectories(int step, string stage, ImmutableArray<TrajectoryGroup> groups)
    {
    }

    public void OnNote(string note) => shell.Tell(note);
}
