using System.Collections.Immutable;
using FissionGrpo.Cli.Shells;
using FissionGrpo.Environments.Tau.Tasks;
using FissionGrpo.Environments.Tau2.Tasks;
using FissionGrpo.Episodes;
using FissionGrpo.Evaluation.Chat;
using FissionGrpo.Evaluation.Playing;

namespace FissionGrpo.Cli.Worlds;

/// <summary>The official test tasks of TAU-bench and TAU2-bench.</summary>
internal static class TauTests
{
    public static ImmutableArray<PlannedTask> Tasks(TestTaskRequest request, Shell shell)
    {
        var folder = TestTasks.FolderOf(request, shell);
        return [.. TauDomain.Names.SelectMany(name => TauDomain.Load(folder, name).Tasks("test").Select(task => new PlannedTask(task with { User = request.User }, name)))];
    }

    /// <summary>TAU2-bench's base tasks: retail, airline and telecom.</summary>
    public static ImmutableArray<PlannedTask> Tasks2(TestTaskRequest request, Shell shell)
    {
        var folder = TestTasks.FolderOf(request, shell);
        return [.. Tau2Domain.Names.SelectMany(name => Tau2Domain.Load(folder, name).Tasks("base").Select(task => new PlannedTask(task with { User = request.User }, name)))];
    }

    /// <summary>What the agent must have said for the reward: a task wants some texts to be heard.</summary>
    public static string? Closing(EpisodeTask task) => task switch
    {
        TauTask { Outputs.IsEmpty: false } tau => string.Join(", ", tau.Outputs),
        Tau2Task { Communicate.IsEmpty: false } tau2 => string.Join(", ", tau2.Communicate),
        _ => null,
    };

    /// <summary>
    /// The ground truth of TAU2's dual control: the agent makes its calls and asks the user, turn by turn, for each of theirs, in words that
    /// the scripted user understands.
    /// </summary>
    public sealed class DualControl(IChatPolicy otherwise) : IChatPolicy
    {
        /// <inheritdoc/>
        public Task<ChatReply> ReplyAsync(ChatRequest request, CancellationToken cancel)
        {
            if (request.Task is not Tau2Task { IsSolo: false } task || !task.GroundTruth.Any(g => g.IsUsers))
                return otherwise.ReplyAsync(request, cancel);
            var (calls, asked) = Segment(task, request.Turn);
            return Task.FromResult(new ChatReply(
                request.StepInTurn == 0 && !calls.IsEmpty
                    ? new Message.Assistant("", calls)
                    : new Message.Assistant(asked is null ? Closing(task) ?? "Done." : $"Please run {asked}.", [])));
        }

        /// <summary>The agent's calls between the user's call number <paramref name="turn"/> − 1 and the next, and the next one itself.</summary>
        private static (ImmutableArray<ToolCall> Calls, string? Asked) Segment(Tau2Task task, int turn)
        {
            var calls = ImmutableArray.CreateBuilder<ToolCall>();
            var users = 0;
            foreach (var (isUsers, call) in task.GroundTruth)
                if (!isUsers && users == turn)
                    calls.Add(call);
                else if (isUsers && users++ == turn)
                    return (calls.ToImmutable(), call.ToString());
            return (calls.ToImmutable(), null);
        }
    }
}
