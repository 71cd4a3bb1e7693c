using FissionGrpo.Model.Adapters;
using FissionGrpo.Model.Configuration;

namespace FissionGrpo.Model.Policy;

/// <summary>
/// How the memory at hand is shared out between what training cannot do without (weights, gradients, moments) and what trades memory for time:
/// activations, beyond which blocks are computed a second time on the way back, and cached keys and values.
/// </summary>
public static class TrainingMemory
{
    /// <summary>What activations may take, from the most useful to the least that works. Few and coarse, so that a machine with a little less free today cuts its passes as yesterday.</summary>
    private static readonly long[] Activations = [4L << 30, 2L << 30, 1L << 30, 512L << 20, 256L << 20];

    private const long LeastCache = 128L << 20;
    private const long MostCache = 1L << 30;

    /// <summary>Bytes that training needs besides activations and cache. Measured at 0.6B parameters (docs/performance.md): a little less than this.</summary>
    /// <param name="configuration">The model.</param>
    /// <param name="adapters">The adapters that are trained; null for the weights.</param>
    public static long Needed(ModelConfiguration configuration, LoraOptions? adapters)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        // Weights and their copy packed for sampling; then gradients and both moments, or the base that adapters are merged into anew each step.
        var weights = configuration.ParameterCount * sizeof(float);
        return (long)(weights * 2.1) + (adapters is null ? 3 * weights : weights + (weights / 10));
    }

    /// <summary>The options with activations and cache as large as the memory allows.</summary>
    /// <param name="options">The rest; its own sizes are upper bounds.</param>
    /// <param name="configuration">The model.</param>
    /// <param name="availableBytes">Memory that nobody uses yet.</param>
    /// <returns>Null when even the least does not fit.</returns>
    public static EngineOptions? Fit(EngineOptions options, ModelConfiguration configuration, long availableBytes)
    {
        ArgumentNullException.ThrowIfNull(options);
        var left = availableBytes - Needed(configuration, options.Lora);
        foreach (var activations in Activations)
            if (left >= activations + LeastCache || (activations == Activations[^1] && left >= activations))
                return options with
                {
                    ActivationBytes = Math.Min(options.ActivationBytes, activations),
                    CacheBytes = Math.Min(options.CacheBytes, Math.Clamp((left - activations) / 2, LeastCache, MostCache)),
                };
        return null;
    }

    /// <summary>Memory of this machine (or of its container) that nobody uses yet.</summary>
    public static long Available()
    {
        var machine = GC.GetGCMemoryInfo();
        var free = machine.TotalAvailableMemoryBytes - Environment.WorkingSet;
        if (!File.Exists("/proc/meminfo"))
            return Math.Min(free, machine.TotalAvailableMemoryBytes - machine.MemoryLoadBytes);
        foreach (var line in File.ReadLines("/proc/meminfo"))
            if (line.StartsWith("MemAvailable:", StringComparison.Ordinal) && long.TryParse(line["MemAvailable:".Length..].Replace("kB", "", StringComparison.Ordinal), out var kilobytes))
                return Math.Min(free, kilobytes << 10);
        return free;
    }
}
