using System.Collections.Immutable;
using FissionGrpo.Seeds;
using FissionGrpo.Text.Dialogues;

namespace FissionGrpo.Fission.Diagnosis;

/// <summary>The diagnoser in the place of the error simulator: it sees the ground truth, and its categories are right by definition.</summary>
/// <param name="format">Turns trajectories into text.</param>
public sealed class DiagnoserSimulator(DialogueFormat format) : IErrorSimulator
{
    /// <inheritdoc/>
    public Task<ImmutableArray<Diagnostic?>> DiagnoseAsync(ImmutableArray<Failure> failures, Seed seed, CancellationToken cancel)
    {
        var diagnostics = ImmutableArray.CreateBuilder<Diagnostic?>(failures.Length);
        foreach (var failure in failures)
        {
            cancel.ThrowIfCancellationRequested();
            diagnostics.Add(Diagnose(failure, seed.Derive(failure.Key)));
        }
        return Task.FromResult(diagnostics.MoveToImmutable());
    }

    /// <summary>The leak audit of a failure's diagnostic. What the world does not let us audit counts as a leak.</summary>
    public bool Leaks(Failure failure, string diagnostic)
    {
        try
        {
            var step = FailedStep.Of(failure, format);
            return LeakAudit.Leaks(diagnostic, step.Expected, step.ReadSoFar);
        }
        catch (WorldException)
        {
            return true;
        }
    }

    /// <summary>A world that throws while it is looked into costs this one diagnostic, not its siblings'.</summary>
    private Diagnostic Diagnose(Failure failure, Seed seed)
    {
        try
        {
            var step = FailedStep.Of(failure, format);
            var diagnosis = Diagnoser.Diagnose(step);
            return new Diagnostic(DiagnosticWording.Write(step, diagnosis, seed), diagnosis.Category);
        }
        catch (WorldException world)
        {
            return Diagnostic.None(world.Message);
        }
    }
}
