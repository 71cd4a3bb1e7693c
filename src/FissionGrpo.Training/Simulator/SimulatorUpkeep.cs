using System.Collections.Immutable;
using FissionGrpo.Fission;
using FissionGrpo.Seeds;

namespace FissionGrpo.Training;

/// <summary>After each step: holds the learned simulator against the diagnoser, and refreshes it when that is asked for.</summary>
/// <param name="yardstick">Names the true categories; null when there is no learned simulator to measure.</param>
/// <param name="refresh">Retrains the simulator; null when it is fixed.</param>
/// <param name="probe">Measures the simulator at evaluations; null for none.</param>
internal sealed class SimulatorUpkeep(IErrorSimulator? yardstick, SimulatorRefresh? refresh, SimulatorProbe? probe = null)
{
    /// <summary>
    /// Whether what the simulator wrote in the step means what really went wrong (null when it wrote nothing), and how it does on the probe where that is
    /// asked for.
    /// </summary>
    public async Task<(Alignment? Alignment, SimulatorQuality? Probe)> AfterStepAsync(
        int step, ImmutableArray<Failure> failures, DiagnosedFailures diagnosed, bool measure, CancellationToken cancel)
    {
        var alignment = yardstick is null ? null : await AlignAsync(yardstick, diagnosed, cancel);
        var quality = measure && probe is not null ? await probe.MeasureAsync(cancel) : null;
        if (refresh is not null)
            await refresh.AfterStepAsync(step, failures, cancel);
        return (alignment, quality);
    }

    private static async Task<Alignment?> AlignAsync(IErrorSimulator yardstick, DiagnosedFailures diagnosed, CancellationToken cancel)
    {
        // The seed decides the yardstick's wording only, and nobody reads that.
        var truth = await yardstick.DiagnoseAsync([.. diagnosed.Written.Select(w => w.Failure)], new Seed(0), cancel);
        return Alignment.Of(
            [.. diagnosed.Written.Zip(truth).Where(p => p.Second?.Category is not null).Select(p => (p.Second!.Category!.Value, p.First.Diagnostic.Category))]);
    }
}
