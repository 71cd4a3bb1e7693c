using System.Globalization;
using FissionGrpo.Training;

namespace FissionGrpo.Cli.Watching;

/// <summary>What the watchers of a run know: the stage and how long it will take, and the last steps. Not safe for several threads.</summary>
internal sealed class RunView(TimeProvider clock)
{
    private long _stageBegan = clock.GetTimestamp();
    private long _firstDone;

    /// <summary>The stage under way.</summary>
    public RunProgress Stage { get; private set; } = new("start", 0, 0);

    /// <summary>The steps seen by this process, in order.</summary>
    public List<StepReport> Steps { get; } = [];

    /// <summary>Takes note of progress; true when a new stage began.</summary>
    public bool Note(RunProgress progress)
    {
        var isNew = progress.Stage != Stage.Stage;
        if (isNew)
        {
            _stageBegan = clock.GetTimestamp();
            _firstDone = progress.Done;
        }
        Stage = progress;
        return isNew;
    }

    /// <summary>Time that the stage will still take at its mean pace; null before there is any.</summary>
    public TimeSpan? Left
    {
        get
        {
            var done = Stage.Done - _firstDone;
            return done <= 0 || Stage.Total <= 0 ? null : clock.GetElapsedTime(_stageBegan) / done * Math.Max(0, Stage.Total - Stage.Done);
        }
    }

    /// <summary>Time that training will still take once a step is done, at the mean pace of this process. The step is told before its progress is.</summary>
    public TimeSpan? LeftAfter(StepReport report, TrainOptions train)
    {
        var (done, total) = train.MaxSampledTokens > 0 ? (report.SampledTokens, train.MaxSampledTokens) : (report.Step + 1L, train.Steps);
        return Stage.Stage != RunProgress.Training || done <= _firstDone ? null : clock.GetElapsedTime(_stageBegan) / (done - _firstDone) * Math.Max(0, total - done);
    }

    /// <summary><c>4:05</c>.</summary>
    public static string Clock(TimeSpan time) => time.TotalHours >= 1
        ? string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalHours}:{time.Minutes:00}:{time.Seconds:00}")
        : time.ToString(@"m\:ss", CultureInfo.InvariantCulture);

    /// <summary><c>42%</c>, or a dash where there was nothing to count.</summary>
    public static string Percent(double? share) => share is { } s ? s.ToString("0%", CultureInfo.InvariantCulture) : "-";
}
