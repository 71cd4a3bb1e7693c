using FissionGrpo.Cli.Options;
using FissionGrpo.Cli.Reports;
using FissionGrpo.Cli.Shells;
using FissionGrpo.Cli.Worlds;
using FissionGrpo.Episodes;
using FissionGrpo.Evaluation.Endpoints;
using FissionGrpo.Fission;
using FissionGrpo.Model.Configuration;
using FissionGrpo.Model.Policy;
using FissionGrpo.Training;

namespace FissionGrpo.Cli.Runs;

/// <summary>A run put together from its settings: what <c>train</c> and each trial of <c>ablate</c> have in common.</summary>
internal static class RunComposition
{
    /// <summary>
    /// Whether all of the run has been done: trained, and measured afterwards wherever it was measured before. What it evaluated and reported stands.
    /// </summary>
    public static bool IsFinished(RunFolder folder, RunSettings settings) =>
        Directory.Exists(folder.Final) && folder.IsOf(settings.Run) && RunEvaluations.AreComplete(folder);

    /// <summary>Makes the folder and writes what the run will be; in the folder of an interrupted run the same again.</summary>
    private static void Begin(RunFolder folder, RunSettings settings, IReadOnlyCollection<(string Option, string Folder)> models, Shell shell)
    {
        Directory.CreateDirectory(folder.Root);
        if (!RunSettingsFile.Holds(folder.Root, settings))
            RunSettingsFile.Write(folder.Root, settings);
        Provenance.Write(folder.Provenance, settings.Run.Seed, models, shell.Clock);
    }

    /// <summary>
    /// What the engine may keep. The embedded model's keys and values are small, and a run holds two models (policy and simulator): 2 GiB in all
    /// are promised. A checkpoint of one's own gets what the machine has.
    /// </summary>
    private static EngineOptions Engine(RunFolder folder, RunSettings settings, int? threads, ITrainingObserver watcher)
    {
        if (settings.Run.Policy.Checkpoint is not { } checkpoint)
            return new EngineOptions(threads ?? 0, CacheBytes: 256L << 20);
        var model = ConfigurationFile.Read(checkpoint);
        if (settings.Run.Rollout.MaxReplyTokens >= model.MaxPositions)
            throw new UserErrorException($"rollout.max_reply_tokens is {settings.Run.Rollout.MaxReplyTokens}, but {checkpoint} takes no more than {model.MaxPositions} tokens with the prompt (max_position_embeddings). Set it lower.");
        if (settings.Run.Rollout.MaxTokens > model.MaxPositions)
            throw new UserErrorException($"rollout.max_tokens is {settings.Run.Rollout.MaxTokens}, but {checkpoint} takes no more than {model.MaxPositions} tokens (max_position_embeddings). Set it to {model.MaxPositions} or lower.");
        return EngineMemory.Of(folder, settings, model, new EngineOptions(threads ?? 0), watcher);
    }

    /// <summary>Trains and measures, from the beginning or from where the folder's run stopped. A run that is refused leaves no folder behind.</summary>
    public static async Task TrainAsync(RunFolder folder, RunSettings settings, int? threads, Shell shell, ITrainingObserver watcher, CancellationToken cancel)
    {
        var beginning = new RunBeginning(folder);
        IDisposable? writing = null;
        try
        {
            var earlier = File.Exists(RunSettingsFile.PathIn(folder.Root)) ? folder.Root : null;
            (string, string)[] models = [.. ModelsOf(settings, earlier)];
            writing = WriterLock.OfFolder(folder.Root);
            Begin(folder, settings, models, shell);
            await RunAsync(folder, settings, threads, shell, watcher, cancel);
        }
        catch (Exception cause) when (writing is not null && !cancel.IsCancellationRequested)
        {
            writing.Dispose();
            beginning.Undo(settings.Run, cause);
            throw;
        }
        finally
        {
            writing?.Dispose();
        }
    }

    /// <summary>The folders of the models that are given to a run, by the options that name them.</summary>
    /// <param name="settings">The run's.</param>
    /// <param name="earlier">Its folder, where it was begun earlier; for messages.</param>
    /// <exception cref="UserErrorException">One of them is not there, or no model.</exception>
    internal static IEnumerable<(string Option, string Folder)> ModelsOf(RunSettings settings, string? earlier)
    {
        foreach (var (option, given) in ((string, string?)[])[("policy.checkpoint", settings.Run.Policy.Checkpoint), ("simulator.checkpoint", settings.Run.Simulator.Checkpoint)])
        {
            ModelFolder.Require(option, given, earlier);
            if (given is not null)
                yield return (option, given);
        }
        const string User = "tau.user_checkpoint";
        if (settings.World != TrainingWorlds.Workshop && settings.Tau.UserCheckpoint is { } user)
            yield return (User, Directory.Exists(user) ? ModelFolder.Find(user, User) : throw ModelFolder.Missing(User, user, earlier));
    }

    private static async Task RunAsync(RunFolder folder, RunSettings settings, int? threads, Shell shell, ITrainingObserver watcher, CancellationToken cancel)
    {
        using var server = settings.Run.Simulator is { Kind: SimulatorKind.Endpoint } simulator ? SimulatorServer(simulator, settings.Run.Seed, shell) : null;
        using var user = TauUsers.Open(settings, threads, shell);
        var evaluations = new RunEvaluations(folder, settings, user, shell, watcher);
        var engine = Engine(folder, settings, threads, watcher);
        if (evaluations.Proportion is { } proportion && !Directory.Exists(folder.Checkpoints))
            watcher.OnNote(proportion);
        await new TrainingRun(
            settings.Run,
            folder,
            TrainingWorlds.Tasks(settings, user, shell),
            new EnginePolicyFactory(engine),
            evaluations,
            watcher,
            shell.Clock,
            server is null ? null : format => new EndpointSimulator(server, format, settings.Run.Simulator.SeesAnswer)).RunAsync(cancel);
    }

    /// <summary>Not very patient: a raw error stands in for what does not come, and training goes on.</summary>
    private static EndpointPolicy SimulatorServer(SimulatorOptions simulator, ulong seed, Shell shell) =>
        !Uri.TryCreate(simulator.Endpoint, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https")
            ? throw new UserErrorException($"simulator.endpoint is {simulator.Endpoint}, expected an address such as http://localhost:8000/v1.")
            : new EndpointPolicy(
                EndpointOptions.For(address, simulator.EndpointModel!) with
                {
                    ApiKey = shell.Variables.GetValueOrDefault(simulator.EndpointKeyVariable ?? ""),
                    Temperature = 0.5,
                    MaxTokens = Math.Max(simulator.MaxTokens, 160),
                    Seed = seed,
                    MaxAttempts = 2,
                    Timeout = TimeSpan.FromSeconds(Math.Max(1, simulator.LimitSeconds / 4.0)),
                },
                shell.Clock);

    /// <summary>Sums up a run that is over, and writes its report.</summary>
    public static RunSummary End(RunFolder folder, RunSettings settings)
    {
        var summary = RunSummary.Of(folder);
        RunReport.Write(folder, settings, summary);
        return summary;
    }
}
