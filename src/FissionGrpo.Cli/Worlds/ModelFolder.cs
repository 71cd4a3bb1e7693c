using FissionGrpo.Cli.Options;
using FissionGrpo.Cli.Runs;
using FissionGrpo.Episodes;
using FissionGrpo.Model.Adapters;
using FissionGrpo.Model.Configuration;
using FissionGrpo.Training;

namespace FissionGrpo.Cli.Worlds;

/// <summary>Finds the model that a person means: a run's folder stands for its policy wherever a checkpoint can be given.</summary>
internal static class ModelFolder
{
    private const string Expected = "Give a run folder (as `fission train --output` makes it) or a checkpoint with config.json, model.safetensors and tokenizer.json.";

    /// <summary>The folder itself where it is a checkpoint; of a run its final policy, else its newest checkpoint, else its warm start.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="option">What named it, for messages.</param>
    /// <exception cref="UserErrorException">There is nothing of the kind.</exception>
    public static string Find(string path, string? option = null)
    {
        var named = option is null ? path : $"{option} {path}";
        if (!Directory.Exists(path))
            throw new UserErrorException($"{named}: there is no such folder. {Expected}");
        path = Path.TrimEndingDirectorySeparator(path);
        if (HoldsModel(path))
            return path;
        var run = new RunFolder(path);
        if (Directory.Exists(run.Final))
            return run.Final;
        var checkpoint = Directory.Exists(run.Checkpoints)
            ? Directory.GetDirectories(run.Checkpoints, "step-*").Where(HoldsModel).Order(StringComparer.Ordinal).LastOrDefault()
            : null;
        return checkpoint
            ?? (Directory.Exists(run.WarmStart) ? run.WarmStart : null)
            ?? throw new UserErrorException($"{named}: holds no checkpoint: no config.json, and neither policy/ nor checkpoints/ of a run.");
    }

    /// <summary>What to say where a run was given that has no final policy yet, and something earlier stands for it; null otherwise.</summary>
    /// <param name="asked">The folder that was given.</param>
    /// <param name="found">What <see cref="Find"/> made of it.</param>
    public static string? StandIn(string asked, string found) => Path.GetRelativePath(asked, found) is not "." and var part && Path.GetFullPath(found) != Path.GetFullPath(new RunFolder(asked).Final)
        ? $"{asked}: this run has no final policy; {part} stands for it."
        : null;

    /// <summary>Adapters without the tokenizer that a run puts beside them: those in the <c>adapter/</c> of its policy, or another program's.</summary>
    public static bool IsAdaptersAlone(string folder) => AdapterFolder.IsOne(folder) && !File.Exists(Path.Combine(folder, "tokenizer.json"));

    /// <summary>
    /// Settings whose folders can be found from anywhere and stay what they are: absolute, and a run's folder replaced by what it stands for today. What is not there is left
    /// for whoever needs it to complain of: a report on finished runs does not.
    /// </summary>
    public static RunSettings Settle(RunSettings settings) => settings with
    {
        Run = settings.Run with
        {
            Policy = settings.Run.Policy with { Checkpoint = Settle("policy.checkpoint", settings.Run.Policy.Checkpoint) },
            Simulator = settings.Run.Simulator with { Checkpoint = SettleSimulator(settings.Run.Simulator.Checkpoint) },
        },
        Tau = settings.Tau with { UserCheckpoint = Settle("tau.user_checkpoint", settings.Tau.UserCheckpoint), Data = Absolute(settings.Tau.Data) },
    };

    /// <summary>What to say of a folder that a run's options name and that is not there.</summary>
    /// <param name="option">The option that names it.</param>
    /// <param name="path">The folder as it names it.</param>
    /// <param name="run">The run's folder, where it was begun earlier; null for one that begins.</param>
    public static UserErrorException Missing(string option, string path, string? run) => new(run is null
        ? $"{option}: {path} is not there. {Expected}"
        : $"{RunSettingsFile.PathIn(run)}: {option} is {path}, which is not there{(Path.IsPathRooted(path) ? ". Put it back" : $" (seen from {Environment.CurrentDirectory}). Give the command in the folder in which the run was started, or put it there")}.");

    /// <summary>Refuses what a run cannot start from, before anything is begun.</summary>
    /// <param name="option">The option that names it.</param>
    /// <param name="path">The folder as it names it; null where it names none.</param>
    /// <param name="run">The run's folder, where it was begun earlier; null for one that begins.</param>
    public static void Require(string option, string? path, string? run)
    {
        if (path is null)
            return;
        if (!Directory.Exists(path))
            throw Missing(option, path, run);
        if (AdapterFolder.IsOne(path))
            throw new UserErrorException($"{option}: {path} holds adapters without the weights that they belong to. Give a checkpoint with the adapters merged, as policy/ of a finished run is.");
        if (!HoldsModel(path))
            throw new UserErrorException($"{option}: {path} holds no config.json. {Expected}");
    }

    private static string? Settle(string option, string? path) => Directory.Exists(path) ? Path.GetFullPath(Find(path, option)) : Absolute(path);

    /// <summary>A run's folder stands for its simulator here.</summary>
    private static string? SettleSimulator(string? path) => !Directory.Exists(path) || HoldsModel(path) ? Absolute(path)
        : new RunFolder(path) is var run && Directory.Exists(run.Simulator) ? Path.GetFullPath(run.Simulator)
        : throw new UserErrorException($"simulator.checkpoint {path}: holds no model: neither config.json nor simulator/ of a run that trained one.");

    private static string? Absolute(string? path) => string.IsNullOrEmpty(path) ? path : Path.GetFullPath(path);

    private static bool HoldsModel(string folder) => File.Exists(Path.Combine(folder, ConfigurationFile.FileName)) || AdapterFolder.IsOne(folder);
}
