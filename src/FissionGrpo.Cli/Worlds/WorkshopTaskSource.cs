using System.Text.Json;
using FissionGrpo.Cli.Options;
using FissionGrpo.Environments.Workshop;
using FissionGrpo.Episodes;
using FissionGrpo.Seeds;
using FissionGrpo.Training;

namespace FissionGrpo.Cli.Worlds;

/// <summary>The Workshop as a source of training tasks. Safe for several threads.</summary>
internal sealed class WorkshopTaskSource : ITaskSource
{
    /// <summary>Demonstrations of each kind that the tokenizer is learned from.</summary>
    private const int CorpusSize = 300;

    private readonly WorkshopGenerator _generator;
    private readonly WorkshopDemonstrations _demonstrations;

    /// <param name="options">What tasks look like.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="diagnose">Writes the diagnostics of demonstrated recoveries; null demonstrates none.</param>
    public WorkshopTaskSource(WorkshopOptions options, ulong seed, Func<DemonstratedFailure, string>? diagnose)
    {
        _generator = new WorkshopGenerator(options, new Seed(seed).Derive("world"));
        _demonstrations = new WorkshopDemonstrations(_generator, diagnose);
        var written = options with { Apis = options.Apis.IsDefault ? [] : options.Apis }; // both are the default, but only one can be written
        Identity = $"workshop 2 seed {seed} {JsonSerializer.Serialize(written, RunSettingsJson.Default.WorkshopOptions)}{(diagnose is null ? "" : " diagnosed")}";
    }

    /// <inheritdoc/>
    public string Identity { get; }

    /// <inheritdoc/>
    public IEnumerable<string> Corpus => _demonstrations.Corpus(CorpusSize);

    /// <summary>The tasks of a split that is not trained on.</summary>
    public WorkshopTask TestTask(WorkshopSplit split, long index) => _generator.Task(split, index);

    /// <inheritdoc/>
    public EpisodeTask TrainingTask(long index) => _generator.Task(WorkshopSplit.Train, index);

    /// <inheritdoc/>
    public EpisodeTask Find(string taskId) => _generator.Find(taskId);

    /// <inheritdoc/>
    public Demonstration? Demonstrate(long index, DemonstrationKind kind) => _demonstrations.Demonstrate(index, kind);
}
