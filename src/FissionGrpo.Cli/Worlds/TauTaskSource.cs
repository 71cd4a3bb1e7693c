using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using FissionGrpo.Environments.Tau.Tasks;
using FissionGrpo.Environments.Tau2.Tasks;
using FissionGrpo.Episodes;
using FissionGrpo.Seeds;
using FissionGrpo.Training;

namespace FissionGrpo.Cli.Worlds;

/// <summary>
/// Tasks of TAU-bench or TAU2-bench as a source of training tasks: in an order drawn from the seed, round and round. Demonstrations are the ground
/// truth as <see cref="TauTeacher"/> plays it with the scripted user. Safe for several threads.
/// </summary>
internal sealed class TauTaskSource : ITaskSource
{
    private readonly EpisodeTask[] _tasks;
    private readonly Dictionary<string, EpisodeTask> _byId;
    private readonly Seed _seed;
    private readonly Lazy<EpisodeTask[]> _demonstrable;

    /// <param name="world"><c>tau</c> or <c>tau2</c>.</param>
    /// <param name="tasks">The tasks; whoever plays their users is on them.</param>
    /// <param name="user">How reports call the user.</param>
    /// <param name="seed">The run's seed.</param>
    /// <exception cref="UserErrorException">There are none.</exception>
    public TauTaskSource(string world, ImmutableArray<EpisodeTask> tasks, string user, ulong seed)
    {
        if (tasks.IsEmpty)
            throw new UserErrorException($"{world}: there are no tasks to train on. With tau.tools, only tasks whose ground truth keeps to those tools are there.");
        _seed = new Seed(seed).Derive("world");
        _tasks = [.. tasks];
        new SampleRng(_seed.Derive("order")).Shuffle<EpisodeTask>(_tasks);
        _byId = tasks.ToDictionary(task => task.Id, StringComparer.Ordinal);
        _demonstrable = new(() => [.. _tasks.Select(Scripted).Where(task => TauTeacher.Play(task) is not null)]);
        Identity = $"{world} 1 {tasks.Length} tasks {Hash(tasks)} user {user} seed {seed}";
    }

    /// <inheritdoc/>
    public string Identity { get; }

    /// <inheritdoc/>
    public EpisodeTask TrainingTask(long index) => _tasks[index % _tasks.Length];

    /// <inheritdoc/>
    public EpisodeTask Find(string taskId) =>
        _byId.TryGetValue(taskId, out var task) ? task : throw new UserErrorException($"{Identity}: there is no task {taskId}.");

    /// <inheritdoc/>
    public Demonstration? Demonstrate(long index, DemonstrationKind kind)
    {
        var tasks = _demonstrable.Value;
        return tasks.Length == 0 ? null : TauTeacher.Play(tasks[index % tasks.Length], kind, _seed.Derive("slip", index));
    }

    /// <summary>A live user would say something else each time, and demonstrations are played before there is anyone to talk to.</summary>
    private static EpisodeTask Scripted(EpisodeTask task) => task switch
    {
        TauTask tau => tau with { User = null },
        Tau2Task tau2 => tau2 with { User = null },
        _ => task,
    };

    /// <summary>Of everything that the policy is shown and scored by: the files may be of another version.</summary>
    private static string Hash(ImmutableArray<EpisodeTask> tasks)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var task in tasks)
        {
            Add(task.Id);
            Add(task.SystemPrompt ?? "");
            Add(task switch { TauTask tau => tau.Instruction, Tau2Task tau2 => string.Join('\n', tau2.Scenario.Parts), _ => "" });
            foreach (var call in task.ExpectedCalls[0])
                Add(call.Canonical);
        }
        foreach (var tool in tasks[0].Start().Tools)
            Add(JsonText.Compact(tool.Document));
        return Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 8));

        void Add(string text) => hash.AppendData(Encoding.UTF8.GetBytes(text + "\0"));
    }
}
