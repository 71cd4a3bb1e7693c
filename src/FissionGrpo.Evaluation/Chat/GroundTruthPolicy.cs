using System.Collections.Immutable;
using FissionGrpo.Episodes;

namespace FissionGrpo.Evaluation.Chat;

/// <summary>Makes the expected calls of each turn in one reply, as the official ground truths do, and then ends the turn. A world in which it does not earn full marks is broken.</summary>
/// <param name="closing">What it says at the end of a turn, for worlds that want to hear something; null says that it is done.</param>
public sealed class GroundTruthPolicy(Func<EpisodeTask, string?>? closing = null) : IChatPolicy
{
    /// <inheritdoc/>
    public Task<ChatReply> ReplyAsync(ChatRequest request, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        var expected = request.Task.ExpectedCalls;
        var turn = request.Turn < expected.Length ? expected[request.Turn] : [];
        return Task.FromResult(new ChatReply(
            request.StepInTurn == 0 && !turn.IsEmpty
                ? new Message.Assistant("", turn)
                : new Message.Assistant(closing?.Invoke(request.Task) ?? "Done.", [])));
    }
}
