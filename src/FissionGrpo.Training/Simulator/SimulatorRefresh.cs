using System.Collections.Immutable;
using FissionGrpo.Fission;
using FissionGrpo.Model.Policy;
using FissionGrpo.Seeds;

namespace FissionGrpo.Training;

/// <summary>
/// Keeps the simulator up with the policy: remembers the latest failures with the diagnoser's explanations, and fine-tunes on them for one epoch
/// every so many steps. (The paper trains it once and leaves it; reviewers asked what that costs.)
/// </summary>
internal sealed class SimulatorRefresh(IPolicy simulator, SimulatorItems items, SimulatorOptions options, Seed seed)
{
    private readonly List<SimulatorItem> _recent = [];

    /// <summary>The model that is refreshed; its optimizer goes into the checkpoint too.</summary>
    public IPolicy Model => simulator;

    /// <summary>The latest items, oldest first; set when a run goes on.</summary>
    public ImmutableArray<SimulatorItem> Recent
    {
        get => [.. _recent];
        set
        {
            _recent.Clear();
            _recent.AddRange(value);
        }
    }

    /// <summary>Takes in a step's failures, and retrains when it is time.</summary>
    public async Task AfterStepAsync(int step, ImmutableArray<Failure> failures, CancellationToken cancel)
    {
        _recent.AddRange(await items.OfAsync(failures, seed.Derive("teach", step), cancel));
        if (_recent.Count > options.Items)
            _recent.RemoveRange(0, _recent.Count - options.Items);
        if ((step + 1) % options.RefreshEvery == 0)
            await SimulatorItems.FineTuneAsync(simulator, Recent, options, 1, seed.Derive("refresh", step), _ => { }, cancel);
    }
}
