using System.Text.Json;
using FissionGrpo.Cli.Options;
using FissionGrpo.Environments.Bfcl;
using FissionGrpo.Environments.Workshop;
using FissionGrpo.Environments.Workshop.Full;
using FissionGrpo.Episodes;
using FissionGrpo.Evaluation.Data;
using FissionGrpo.Seeds;
using FissionGrpo.Training;

namespace FissionGrpo.Cli.Worlds;

/// <summary>The Workshop's full profile as a source of training tasks, as locally hosted models play them. Safe for several threads.</summary>
internal sealed class FullTaskSource : ITaskSource
{
    private readonly FullWorkshop _workshop;

    /// <param name="options">What tasks look like.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="dataFolder">Where the official data is looked for when its tables are wanted.</param>
    /// <exception cref="UserErrorException">They are wanted and not there.</exception>
    public FullTaskSource(FullOptions options, ulong seed, string dataFolder)
    {
        _workshop = Open(options, seed, dataFolder);
        Identity = $"workshop full 1 seed {seed} {JsonSerializer.Serialize(options.InWords(), RunSettingsJson.Default.FullOptions)}";
    }

    /// <inheritdoc/>
    public string Identity { get; }

    /// <summary>The generator of a run with this seed.</summary>
    public static FullWorkshop Open(FullOptions options, ulong seed, string dataFolder) =>
        new(options, new Seed(seed).Derive("world"), options.OfficialTables ? BfclData.Load(new BenchmarkLibrary(dataFolder).RequireFolder("bfcl")) : null);

    /// <summary>
    /// As models in this process play it: their prompt holds the tools once and for all, so functions that are revealed later come in the user's message.
    /// </summary>
    public static BfclTask Local(BfclTask task) => task with { Reveal = BfclReveal.TellInMessage };

    /// <inheritdoc/>
    public EpisodeTask TrainingTask(long index) => Local(_workshop.Task(WorkshopSplit.Train, index));

    /// <inheritdoc/>
    public EpisodeTask Find(string taskId) => Local(_workshop.Find(taskId));

    /// <inheritdoc/>
    public Demonstration? Demonstrate(long index, DemonstrationKind kind) =>
        _workshop.Demonstrate(index, kind) is { } shown ? shown with { Task = Local((BfclTask)shown.Task) } : null;
}
