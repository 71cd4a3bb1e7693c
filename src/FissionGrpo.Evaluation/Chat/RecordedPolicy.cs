using System.Collections.Immutable;
using FissionGrpo.Episodes;

namespace FissionGrpo.Evaluation.Chat;

/// <summary>What was recorded of one episode: calls per turn and reply. A reply without calls ends its turn and need not be recorded.</summary>
/// <param name="TaskId">The task.</param>
/// <param name="Sample">Which try of it.</param>
/// <param name="Turns">Calls by turn and reply; fewer turns than the task has means that the recording was ended there.</param>
public sealed record RecordedEpisode(string TaskId, int Sample, ImmutableArray<ImmutableArray<ImmutableArray<ToolCall>>> Turns);

/// <summary>Makes the calls of a recording again, so that it is executed and scored here.</summary>
public sealed class RecordedPolicy : IChatPolicy
{
    private readonly Dictionary<(string, int), RecordedEpisode> _episodes;

    /// <summary>Replays the episodes; of one recorded twice the last counts.</summary>
    public RecordedPolicy(IEnumerable<RecordedEpisode> episodes)
    {
        _episodes = [];
        foreach (var episode in episodes)
            _episodes[(episode.TaskId, episode.Sample)] = episode;
    }

    /// <summary>The tasks that were recorded.</summary>
    public IReadOnlySet<string> TaskIds => _episodes.Keys.Select(key => key.Item1).ToHashSet(StringComparer.Ordinal);

    /// <summary>The most tries that were recorded of a task.</summary>
    public int Samples => _episodes.Count == 0 ? 0 : _episodes.Keys.Max(key => key.Item2) + 1;

    /// <inheritdoc/>
    public Task<ChatReply> ReplyAsync(ChatRequest request, CancellationToken cancel)
    {
        if (!_episodes.TryGetValue((request.Task.Id, request.Sample), out var episode))
            throw new ChatFailureException("recording", $"try {request.Sample} of {request.Task.Id} was not recorded");
        if (request.Turn >= episode.Turns.Length)
            return Task.FromResult(new ChatReply(new Message.Assistant("", []), GivesUp: true));
        var replies = episode.Turns[request.Turn];
        // A recorded reply without calls says something; skipped over, the next one must still be made.
        var calling = replies.Where(calls => !calls.IsEmpty).ElementAtOrDefault(request.StepInTurn);
        return Task.FromResult(new ChatReply(new Message.Assistant("", calling.IsDefault ? [] : calling)));
    }

    /// <summary>The recorded form of a trajectory that this program played.</summary>
    public static RecordedEpisode Of(EvaluatedEpisode episode) => new(
        episode.TaskId,
        episode.Sample,
        [.. Enumerable.Range(0, episode.Trajectory.Steps.IsEmpty ? 0 : episode.Trajectory.Steps[^1].Turn + 1).Select(turn =>
            episode.Trajectory.Steps.Where(s => s.Turn == turn).Select(s => s.Calls.Select(c => c.Call).ToImmutableArray()).ToImmutableArray())]);
}
