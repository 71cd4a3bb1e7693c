using FissionGrpo.Cli.Options;
using FissionGrpo.Cli.Shells;
using FissionGrpo.Episodes;
using FissionGrpo.Evaluation.Endpoints;
using FissionGrpo.Model.Policy;
using FissionGrpo.Rollouts;
using FissionGrpo.Seeds;

namespace FissionGrpo.Cli.Worlds;

/// <summary>Who plays the users of TAU's tasks, with what they need to be open. Owns what it opened.</summary>
/// <param name="factory">Makes the user of an episode; null is the scripted user.</param>
/// <param name="name">How reports call it.</param>
/// <param name="owned">Closed with it.</param>
internal sealed class OpenUser(UserSimulatorFactory? factory, string name, IDisposable? owned) : IDisposable
{
    public static OpenUser Scripted { get; } = new(null, "scripted", null);

    public UserSimulatorFactory? Factory { get; } = factory;

    public string Name { get; } = name;

    /// <summary>What has been asked of the server that plays the user; null where none does.</summary>
    public EndpointCounts? Counts => (owned as EndpointPolicy)?.Counts;

    /// <summary>What its files hold; null of what is no checkpoint.</summary>
    public string? Fingerprint() => (owned as OpenedCheckpoint)?.Fingerprint();

    public void Dispose() => owned?.Dispose();
}

/// <summary>Opens whoever the user of this program chose to play the user of the benchmark.</summary>
internal static class TauUsers
{
    /// <summary>The user of a run.</summary>
    /// <exception cref="UserErrorException">The address or the checkpoint does not do.</exception>
    public static OpenUser Open(RunSettings settings, int? threads, Shell shell)
    {
        var tau = settings.Tau;
        if (settings.World == TrainingWorlds.Workshop)
            return OpenUser.Scripted;
        if (tau.UserEndpoint is { } address)
            return Endpoint(new EndpointPolicy(
                Players.Address("tau.user_endpoint", address, "tau.user_model", tau.UserModel) with { ApiKey = shell.Variables.GetValueOrDefault(tau.UserApiKeyVariable), Seed = settings.Run.Seed },
                shell.Clock), settings.Run.Seed);
        return tau.UserCheckpoint is { } checkpoint ? Engine(checkpoint, threads, settings.Run.Seed) : OpenUser.Scripted;
    }

    /// <summary>A model behind a server plays the user.</summary>
    public static OpenUser Endpoint(EndpointPolicy server, ulong seed) =>
        new(brief => new EndpointUser(server, brief, new Seed(seed).Derive("user")), server.Name, server);

    /// <summary>A checkpoint in this process plays the user, greedily.</summary>
    public static OpenUser Engine(string path, int? threads, ulong seed)
    {
        var opened = OpenedCheckpoint.Open(path, threads);
        var room = Math.Min(32_768, opened.Policy.Configuration.MaxPositions);
        var model = new EngineUserModel(opened.Folder, opened.Policy, opened.Format, new SamplingOptions(0), Math.Min(256, room / 4), room);
        return new OpenUser(brief => new EngineUser(model, brief, new Seed(seed).Derive("user")), opened.Folder, opened);
    }
}
