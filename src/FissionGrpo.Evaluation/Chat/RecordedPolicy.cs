using System.Collections.Immutable;
using FissionGrpo.Episodes;

namespace FissionGrpo.Evaluation.Chat;

/// <summary>What was recorded of one episode: replies by turn. A reply without calls ends its turn and need not be recorded.</summary>
/// <param name="TaskId">The task.</param>
/// <param name="Sample">Which try of it.</param>
/// <param name="Turns">Replies by turn; fewer turns than the task has means that the recording was ended there.</param>
public sealed record RecordedEpisode(string TaskId, int Sample, ImmutableArray<ImmutableArray<RecordedReply>> Turns);

/// <summary>One recorded reply.</summary>
/// <param name="Text">What was said beside the calls, or instead of them.</param>
/// <param name="Calls">The calls.</param>
/// <param name="FormatError">What was malformed about it, or null.</param>
public sealed record RecordedReply(string Text, ImmutableArray<ToolCall> Calls, string? FormatError = null);

/// <summary>Says and calls what was recorded again, so that it is executed and scored here.</summary>
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
        // A recorded reply that ends the turn comes after those that call, wherever it was written.
        var reply = replies.Where(r => !r.Calls.IsEmpty).ElementAtOrDefault(request.StepInTurn) ?? replies.LastOrDefault(r => r.Calls.IsEmpty) ?? new RecordedReply("", []);
        return Task.FromResult(new ChatReply(new Message.Assistant(reply.Text, reply.Calls), reply.FormatError));
    }

    /// <summary>The recorded form of a trajectory that this program played.</summary>
    public static RecordedEpisode Of(EvaluatedEpisode episode) => new(
        episode.TaskId,
        episode.Sample,
        [.. Enumerable.Range(0, episode.Trajectory.Steps.IsEmpty ? 0 : episode.Trajectory.Steps[^1].Turn + 1).Select(turn =>
            episode.Trajectory.Steps.Where(s => s.Turn == turn).Select(Reply).ToImmutableArray())]);

    private static RecordedReply Reply(Step step)
    {
        ImmutableArray<ToolCall> calls = [.. step.Calls.Select(c => c.Call)];
        var written = string.Join('\n', calls);
        var text = calls.IsEmpty ? step.Text : step.Text.EndsWith(written, StringComparison.Ordinal) ? step.Text[..^written.Length].TrimEnd('\n') : "";
        return new RecordedReply(text, calls, step.FormatError);
    }
}
