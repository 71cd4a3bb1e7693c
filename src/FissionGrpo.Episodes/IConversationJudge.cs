using System.Collections.Immutable;

namespace FissionGrpo.Episodes;

/// <summary>Finds sentences true or untrue of a conversation: part of the reward of some tasks, where no rule can decide. Safe for several threads.</summary>
public interface IConversationJudge
{
    /// <summary>How reports call it: the name of the model that judges.</summary>
    string Name { get; }

    /// <summary>Judges every sentence.</summary>
    /// <param name="taskId">The task that was played.</param>
    /// <param name="conversation">The whole conversation as text, calls and their results included.</param>
    /// <param name="sentences">At least one.</param>
    /// <param name="cancel">Stops waiting for a server.</param>
    /// <returns>One verdict a sentence. A judge that cannot be reached, or answers nonsense, throws: then the episode has no verdict.</returns>
    ValueTask<ImmutableArray<bool>> JudgeAsync(string taskId, string conversation, ImmutableArray<string> sentences, CancellationToken cancel);
}
