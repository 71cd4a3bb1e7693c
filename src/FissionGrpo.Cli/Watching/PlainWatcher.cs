using System.Collections.Immutable;
using FissionGrpo.Cli.Shells;
using FissionGrpo.Episodes;
using FissionGrpo.Training;

namespace FissionGrpo.Cli.Watching;

/// <summary>
/// Progress as plain lines, for logs and pipes: one when a stage begins and ends, and one every few seconds between. A run of few steps, or of long ones, has a line for each step.
/// </summary>
/// <param name="shell">Where lines go, and the clock.</param>
/// <param name="folder">The run's folder, told first.</param>
/// <param name="train">How long training is.</param>
internal sealed class PlainWatcher(Shell shell, string folder, TrainOptions train) : ITrainingObserver
{
    private const int FewSteps = 20;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    private readonly RunView _view = new(shell.Clock);
    private readonly List<StepReport> _untold = [];
    private bool _hasBegun;
    private bool _hasLegend;
    private long _lastLine;

    public void OnProgress(RunProgress progress)
    {
        var isNew = _view.Note(progress);
        var isEnd = progress.Done == progress.Total;
        if (progress.Stage == RunProgress.Training || (!isNew && !isEnd && !IsTime))
            return;
        Tell(progress.Total > 0 && _view.Left is { } left && !isEnd ? $"{Lines.Stage(progress)}  {RunView.Clock(left)} left" : Lines.Stage(progress));
    }

    public void OnSelfTest(SelfTestReport report) => Tell(Lines.SelfTest(report));

    public void OnStep(StepReport report)
    {
        _untold.Add(report);
        var isEnd = train.MaxSampledTokens > 0 ? report.SampledTokens >= train.MaxSampledTokens : report.Step + 1 >= train.Steps;
        if (!isEnd && _hasLegend && !IsTime && (train.MaxSampledTokens > 0 || train.Steps > FewSteps))
            return;
        foreach (var line in _hasLegend ? [] : Lines.Legend)
            Tell(line);
        _hasLegend = true;
        Tell(Lines.Steps(_untold, train) + (_view.LeftAfter(report, train) is { } left && !isEnd ? $"  {RunView.Clock(left)} left" : ""));
        _untold.Clear();
    }

    public void OnTrajectories(int step, string stage, ImmutableArray<TrajectoryGroup> groups)
    {
    }

    public void OnNote(string note) => Tell(note);

    private bool IsTime => shell.Clock.GetElapsedTime(_lastLine) >= Pause;

    private void Tell(string line)
    {
        if (!_hasBegun)
            shell.Tell($"run folder: {folder}");
        _hasBegun = true;
        _lastLine = shell.Clock.GetTimestamp();
        shell.Tell(line);
    }
}
