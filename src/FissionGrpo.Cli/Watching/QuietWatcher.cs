using System.Collections.Immutable;
using FissionGrpo.Cli.Shells;
using FissionGrpo.Episodes;
using FissionGrpo.Training;

namespace FissionGrpo.Cli.Watching;

/// <summary>Tells only what must not be missed: for runs of which there are many.</summary>
internal sealed class QuietWatcher(Shell shell) : ITrainingObserver
{
    public void OnProgress(RunProgress progress)
    {
    }

    public void OnSelfTest(SelfTestReport report)
    {
        if (!report.Passed)
            shell.Tell(Lines.SelfTest(report));
    }

    public void OnStep(StepReport report)
    {
    }

    public void OnTrajectories(int step, string stage, ImmutableArray<TrajectoryGroup> groups)
    {
    }

    public void OnNote(string note)
    {
    }
}
