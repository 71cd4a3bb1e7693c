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
            var step = FailedStep.Of(failure, format);
            var diagnosis = Diagnoser.Diagnose(step);
            diagnostics.Add(new Diagnostic(DiagnosticWording.Write(step, diagnosis, seed.Derive(failure.Key)), diagnosis.Category));
        }
        return Task.FromResult(diagnostics.MoveToImmutable());
    }

    /// <summary>The leak audit of a failure's diagnostic.</summary>
    public bool Leaks(Failure failure, string diagnostic)
    {
        var step = FailedStep.Of(failure, format);
        return LeakAudit.Leaks(diagnostic, step.Expected, step.ReadSoFar);
    }
}
