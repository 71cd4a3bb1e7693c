using System.Collections.Immutable;
using FissionGrpo.Environments.Tau.Tasks;
using FissionGrpo.Environments.Tau2;
using FissionGrpo.Environments.Tau2.Tasks;
using FissionGrpo.Episodes;
using FissionGrpo.Evaluation.Chat;

namespace FissionGrpo.Cli.Worlds;

/// <summary>
/// The ground truth as these benchmarks let an agent make it: in TAU call by call, in TAU2's solo mode with the mark that ends it, and where the user
/// has a phone by asking, turn by turn, for each of the user's calls, in words that the scripted user understands.
/// </summary>
internal sealed class TauGroundTruth(IChatPolicy otherwise) : IChatPolicy
{
    /// <inheritdoc/>
    public Task<ChatReply> ReplyAsync(ChatRequest request, CancellationToken cancel) => request.Task switch
    {
        TauTask task => Reply(request.Turn == 0 && request.StepInTurn < task.Actions.Length ? [task.Actions[request.StepInTurn]] : [], TauTasks.Closing(task) ?? "Done."),
        Tau2Task { IsSolo: true } task => Reply(request.StepInTurn == 0 ? task.ExpectedCalls[0] : [], $"{TauTasks.Closing(task)} {Tau2Environment.Stop}"),
        Tau2Task task when task.GroundTruth.Any(g => g.IsUsers) => Segment(task, request),
        _ => otherwise.ReplyAsync(request, cancel),
    };

    /// <summary>What the user is asked for.</summary>
    public static string Asking(ToolCall call) => $"Please run {call}.";

    /// <summary>The agent's calls between the user's call number <see cref="ChatRequest.Turn"/> − 1 and the next, and then the request for that one.</summary>
    private static Task<ChatReply> Segment(Tau2Task task, ChatRequest request)
    {
        var calls = ImmutableArray.CreateBuilder<ToolCall>();
        ToolCall? asked = null;
        var users = 0;
        foreach (var (isUsers, call) in task.GroundTruth)
            if (!isUsers && users == request.Turn)
                calls.Add(call);
            else if (isUsers && users++ == request.Turn)
                asked = call;
        return Reply(request.StepInTurn == 0 ? calls.ToImmutable() : [], asked is null ? TauTasks.Closing(task) ?? "Done." : Asking(asked));
    }

    private static Task<ChatReply> Reply(ImmutableArray<ToolCall> calls, string otherwise) =>
        Task.FromResult(new ChatReply(new Message.Assistant(calls.IsEmpty ? otherwise : "", calls)));
}
