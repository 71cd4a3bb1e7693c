using System.Collections.Immutable;
using System.Globalization;
using FissionGrpo.Ablation;
using FissionGrpo.Cli.Shells;
using FissionGrpo.Episodes;
using FissionGrpo.Training;

namespace FissionGrpo.Cli.Ablations;

/// <summary>Progress of a plan as lines, each with the trial that it speaks of. Safe for several trials at once.</summary>
internal sealed class AblationLog(Shell shell)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(15);

    private readonly Lock _gate = new();
    private readonly long _began = shell.Clock.GetTimestamp();
    private int _ran;

    /// <summary>A trial is over.</summary>
    public void Done(Trial trial, bool wasThere, int done, int of)
    {
        if (wasThere)
        {
            Tell($"[{done}/{of}] {trial.Folder}: there already");
            return;
        }
        _ran++;
        var left = shell.Clock.GetElapsedTime(_began) / _ran * (of - done);
        Tell($"[{done}/{of}] {trial.Folder}: done{(done == of ? "" : string.Create(CultureInfo.InvariantCulture, $"; about {left.TotalMinutes:0.0} minutes left"))}");
    }

    public ITrainingObserver WatcherOf(Trial trial) => new Watcher(this, trial, shell.Clock);

    private void Tell(string line)
    {
        lock (_gate)
            shell.Tell(line);
    }

    /// <summary>One line for each stage, and one every quarter of a minute in the middle of one.</summary>
    private sealed class Watcher(AblationLog log, Trial trial, TimeProvider clock) : ITrainingObserver
    {
        private string _stage = "";
        private long _lastLine;

        public void OnProgress(RunProgress progress)
        {
            if (progress.Total == 0 || (progress.Stage == _stage && clock.GetElapsedTime(_lastLine) < Pause))
                return;
            (_stage, _lastLine) = (progress.Stage, clock.GetTimestamp());
            log.Tell($"{trial.Folder}: {Watching.Lines.Stage(progress)}");
        }

        public void OnSelfTest(SelfTestReport report)
        {
            if (!report.Passed)
                log.Tell($"{trial.Folder}: {Watching.Lines.SelfTest(report)}");
        }

        public void OnStep(StepReport report)
        {
        }

        public void OnTrajectories(int step, string stage, ImmutableArray<TrajectoryGroup> groups)
        {
        }

        public void OnNote(string note) => log.Tell($"{trial.Folder}: {note}");
    }
}
