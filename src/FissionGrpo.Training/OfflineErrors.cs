using FissionGrpo.Fission;
using FissionGrpo.Seeds;

namespace FissionGrpo.Training;

/// <summary>Offline error data, an ablation: corrective contexts of the policy as it was before RL, collected once; the buffer then lets them go round.</summary>
internal static class OfflineErrors
{
    private const int MostRounds = 100;

    public static async Task FillAsync(
        FissionBuffer buffer, int capacity, Sampling sampling, ErrorIdentification errors, CorrectiveContexts errorSimulator, Seed seed, CancellationToken cancel)
    {
        for (var round = 0; round < MostRounds && buffer.Count < capacity; round++)
        {
            var explored = await sampling.ExploreOfflineAsync(round, seed.Derive(round), cancel);
            buffer.Add((await errorSimulator.WriteAsync(errors.Identify(explored).Failures, seed.Derive("diagnose", round), cancel)).Contexts);
        }
    }
}
