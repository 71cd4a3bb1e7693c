using System.Collections.Immutable;
using FissionGrpo.Cli.Shells;
using FissionGrpo.Environments.Bfcl;
using FissionGrpo.Episodes;
using FissionGrpo.Evaluation.Chat;
using FissionGrpo.Evaluation.Endpoints;
using FissionGrpo.Evaluation.Playing;
using FissionGrpo.Evaluation.Reports;
using FissionGrpo.Model.Policy;
using FissionGrpo.Rollouts;
using FissionGrpo.Seeds;
using FissionGrpo.Text.Dialogues;

namespace FissionGrpo.Cli.Worlds;

/// <summary>Who is to play, as the user says it.</summary>
internal sealed record PlayerChoice(
    string? Policy, string? Endpoint, string? Model, string? ApiKey, string? Replay,
    double Temperature, ulong Seed, int Concurrency, int Attempts, TimeSpan Timeout, int? Threads)
{
    public Prompting Prompting { get; init; }

    /// <summary>Null where the user does not care.</summary>
    public ThinkHistory? ThinkHistory { get; init; }
}

/// <summary>How a policy is told of the functions and says its calls.</summary>
internal enum Prompting
{
    /// <summary>By the tools of its own template or API.</summary>
    Native,

    /// <summary>By BFCL's system prompt, as a list of Python calls.</summary>
    Python,
}

/// <summary>A player with what its report must say of it. Owns what it opened.</summary>
internal sealed class OpenPlayer(IEpisodePlayer player, string name, params IReadOnlyList<IDisposable> owned) : IDisposable
{
    public IEpisodePlayer Player { get; } = player;

    public string Name { get; } = name;

    /// <summary>The tasks to play where the player decides them, as a recording does.</summary>
    public ImmutableArray<PlannedTask>? Tasks { get; init; }

    public string Prompting { get; init; } = "native";

    public string ThinkHistory { get; init; } = "none";

    public Func<EndpointCounts>? Counts { get; init; }

    /// <summary>The most tokens of an episode in this process, and where that limit stands; null where a server knows its own.</summary>
    public string? Context { get; init; }

    public void Dispose()
    {
        foreach (var one in owned)
            one.Dispose();
    }
}

/// <summary>Opens the player that the user chose.</summary>
internal static class Players
{
    private const string GroundTruth = "ground-truth";

    public static bool IsGroundTruth(string? policy) => GroundTruth.Equals(policy, StringComparison.OrdinalIgnoreCase);

    /// <exception cref="UserErrorException">None or several were chosen, or the one chosen cannot be opened.</exception>
    public static OpenPlayer Open(PlayerChoice choice, OpenedCheckpoint? checkpoint, TestTaskRequest request, Shell shell)
    {
        var world = request.World;
        var chosen = (choice.Policy is null ? 0 : 1) + (choice.Endpoint is null ? 0 : 1) + (choice.Replay is null ? 0 : 1);
        if (chosen != 1)
            throw new UserErrorException($"{(chosen == 0 ? "Nothing" : "More than one thing")} to evaluate is given. Give one of --policy FOLDER, --policy ground-truth, --endpoint URL with --model NAME, --replay FILE.");
        return choice.Endpoint is not null ? Endpoint(choice, request, shell)
            : choice.Replay is not null ? Replay(choice.Replay, request, shell)
            : IsGroundTruth(choice.Policy) ? new OpenPlayer(Chat(new TauGroundTruth(new GroundTruthPolicy(TauTasks.Closing)), world, Environment.ProcessorCount), GroundTruth)
            : Engine(checkpoint!, choice, request, shell);
    }

    /// <summary>Episodes on the in-process engine, with the limits of the checkpoint's own run, or those of the world.</summary>
    public static EnginePlayer Engine(
        ISampler policy, DialogueFormat format, RolloutOptions limits, double temperature, ulong seed, TimeProvider clock) => new(
            new RolloutEngine(format, (temperature == 0 ? limits.Greedy : limits with { Temperature = (float)temperature }) with { Unit = TrajectoryUnit.Episode }, clock),
            policy,
            new Seed(seed));

    /// <summary>TAU's environments count their own steps.</summary>
    private static ChatPlayer Chat(IChatPolicy policy, string world, int concurrency) =>
        new(policy, concurrency, IsTau(world) ? int.MaxValue : 20);

    private static bool IsTau(string world) => world.StartsWith("tau", StringComparison.Ordinal);

    private static OpenPlayer Engine(OpenedCheckpoint checkpoint, PlayerChoice choice, TestTaskRequest request, Shell shell)
    {
        if (choice.ThinkHistory is not null and not ThinkHistory.Keep)
            throw new UserErrorException("--think-history: a checkpoint in this process keeps its tokens as they were sampled, so only keep is possible. Leave the option out.");
        var limits = Limits(checkpoint, request.World);
        var format = choice.Prompting is Prompting.Python ? new PythonCallFormat(checkpoint.Format, PromptsOf(request, shell)) : checkpoint.Format;
        return new OpenPlayer(Engine(checkpoint.Policy, format, limits, choice.Temperature, choice.Seed, shell.Clock), checkpoint.Folder)
        {
            Prompting = Name(choice.Prompting),
            ThinkHistory = checkpoint.Format is QwenDialogueFormat ? "kept as sampled" : "none",
            Context = $"{limits.MaxTokens} tokens ({(checkpoint.Settings is null ? "max_position_embeddings, 32768 at most" : "rollout.max_tokens of its run")})",
        };
    }

    /// <summary>The limits of the checkpoint's own run; BFCL's of steps and reply tokens for models that were not trained here.</summary>
    public static RolloutOptions Limits(OpenedCheckpoint checkpoint, string world) => checkpoint.Settings is { } settings ? settings.Run.Rollout : world == "workshop"
        ? new RolloutOptions(MaxReplyTokens: 512, MaxTokens: Context(checkpoint))
        : new RolloutOptions(MaxStepsPerTurn: IsTau(world) ? 200 : BfclInference.MaximumSteps + 1, MaxReplyTokens: 4096, MaxTokens: Context(checkpoint));

    private static int Context(OpenedCheckpoint checkpoint) => Math.Min(32768, checkpoint.Policy.Configuration.MaxPositions);

    private static OpenPlayer Endpoint(PlayerChoice choice, TestTaskRequest request, Shell shell)
    {
        var world = request.World;
        var policy = Endpoint("--", choice.Endpoint!, choice.Model, choice.ApiKey, choice.Temperature, choice, shell);
        var history = choice.ThinkHistory ?? ThinkHistory.Drop;
        IChatPolicy asked = new ThinkingPolicy(policy, history);
        if (choice.Prompting is Prompting.Python)
            asked = new PythonCallPolicy(asked, PromptsOf(request, shell));
        return new OpenPlayer(Chat(asked, world, choice.Concurrency), policy.Name, policy)
        {
            Counts = () => policy.Counts,
            Prompting = Name(choice.Prompting),
            ThinkHistory = history switch { ThinkHistory.Drop => "dropped", ThinkHistory.Turn => "kept within the turn", _ => "kept" },
        };
    }

    private static string Name(Prompting prompting) => prompting is Prompting.Python ? "python calls" : "native";

    private static BfclPrompting PromptsOf(TestTaskRequest request, Shell shell) => request.World switch
    {
        "bfcl" => BfclPrompting.Of(BfclData.Load(TestTasks.FolderOf(request, shell))),
        "workshop" => BfclPrompting.Own,
        _ => throw new UserErrorException($"--prompting python: {request.World} has no such mode; bfcl and workshop have it."),
    };

    /// <summary>A model behind an endpoint: the policy's, or (with <c>--user-</c> or <c>--judge-</c> before its options) that of whoever plays with it.</summary>
    /// <exception cref="UserErrorException">The address or the model's name does not do.</exception>
    public static EndpointPolicy Endpoint(string option, string endpoint, string? model, string? key, double temperature, PlayerChoice choice, Shell shell)
    {
        return new EndpointPolicy(
            Address($"{option}endpoint", endpoint, $"{option}model", model) with { ApiKey = key, Temperature = temperature, Seed = choice.Seed, MaxAttempts = choice.Attempts, Timeout = choice.Timeout },
            shell.Clock);
    }

    /// <summary>A server and a model's name as a person gave them.</summary>
    /// <exception cref="UserErrorException">The address or the model's name does not do.</exception>
    public static EndpointOptions Address(string option, string endpoint, string modelOption, string? model)
    {
        if (model is not { Length: > 0 })
            throw new UserErrorException($"{option} needs {modelOption}: the model's name at the server.");
        if (!Uri.TryCreate(endpoint, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
            throw new UserErrorException($"{option} {endpoint}: expected an address such as http://localhost:8000/v1.");
        return EndpointOptions.For(address, model);
    }

    private static OpenPlayer Replay(string path, TestTaskRequest request, Shell shell)
    {
        if (Directory.Exists(path))
            path = Path.Combine(path, "episodes.jsonl"); // as `evaluate --output` makes it
        if (request.World == "bfcl" && !EpisodeStore.IsStore(path))
        {
            if (!request.Faults.IsEmpty)
                throw new UserErrorException($"--faults: {path} is a recording of what was played without them. Leave the option out.");
            var (tasks, player) = BfclTests.Recorded(path, request, shell);
            return new OpenPlayer(player, path) { Tasks = TestTasks.Chosen(tasks, request) };
        }
        if (Path.GetExtension(path) == ".gz")
            throw new UserErrorException($"--replay {path}: is compressed. Unpack it first (gunzip --keep).");
        var (setting, episodes) = EpisodeStore.Read(path);
        if (setting.User is { } user && user != OpenUser.Scripted.Name)
            shell.Tell($"What {user} said is not in the recording; the scripted user plays instead, so conversations may end otherwise.");
        var policy = new RecordedPolicy(episodes.Select(RecordedPolicy.Of));
        var tries = episodes.GroupBy(e => e.TaskId, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.Max(e => e.Sample) + 1, StringComparer.Ordinal);
        return new OpenPlayer(Chat(policy, request.World, Environment.ProcessorCount), path)
        {
            Tasks = [.. TestTasks.Of(request, shell).Where(t => tries.ContainsKey(t.Task.Id)).Select(t => t with { Tries = tries[t.Task.Id] })],
        };
    }
}
