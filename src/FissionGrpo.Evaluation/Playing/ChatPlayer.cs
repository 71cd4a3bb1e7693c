using System.Collections.Immutable;
using FissionGrpo.Episodes;
using FissionGrpo.Evaluation.Chat;

namespace FissionGrpo.Evaluation.Playing;

/// <summary>
/// The multi-turn loop for policies that speak messages (BFCL's inference loop): ask, execute, append, until a reply makes no call or
/// cannot be parsed, which ends the turn. A trajectory played so has no tokens.
/// </summary>
/// <param name="policy">Who answers.</param>
/// <param name="concurrency">Episodes under way at a time.</param>
/// <param name="maxStepsPerTurn">Replies that are executed in one turn; one more ends the episode (BFCL: 20).</param>
/// <param name="maxTurns">User turns after which the episode ends, for users that never stop.</param>
public sealed class ChatPlayer(IChatPolicy policy, int concurrency = 1, int maxStepsPerTurn = 20, int maxTurns = 200) : IEpisodePlayer
{
    private readonly Lock _gate = new();

    /// <inheritdoc/>
    public Task PlayAsync(ImmutableArray<EpisodeToPlay> episodes, Action<EpisodeToPlay, PlayedEpisode> played, CancellationToken cancel) =>
        Parallel.ForEachAsync(
            episodes,
            new ParallelOptions { MaxDegreeOfParallelism = concurrency, CancellationToken = cancel },
            async (episode, token) =>
            {
                var result = await PlayAsync(episode.Task, episode.Sample, token);
                lock (_gate)
                    played(episode, result);
            });

    /// <summary>Plays one episode.</summary>
    public async Task<PlayedEpisode> PlayAsync(EpisodeTask task, int sample, CancellationToken cancel)
    {
        var steps = ImmutableArray.CreateBuilder<Step>();
        var beforeStep = ImmutableArray.CreateBuilder<IEnvironment>();
        try
        {
            var environment = task.Start();
            var end = await PlayAsync(task, sample, environment, steps, beforeStep, cancel);
            var score = await environment.ScoreAsync(cancel);
            if (end is not TrajectoryEnd.Completed && score.Correct && !(task.IsScoredAtStepLimit && IsInLastTurn(task, steps)))
                score = new EpisodeScore(false, 0, "step limit");
            return new PlayedEpisode(Record(task, sample, steps, end) with { Score = score }, beforeStep.ToImmutable());
        }
        catch (ChatFailureException failure)
        {
            return new PlayedEpisode(Record(task, sample, steps, TrajectoryEnd.Failed) with { Failure = new RolloutFailure(failure.Boundary, failure.Message) }, []);
        }
#pragma warning disable CA1031 // The rollout boundary: one broken episode is data, and its siblings go on.
        catch (Exception failure) when (failure is not OperationCanceledException and not UserErrorException)
#pragma warning restore CA1031
        {
            return new PlayedEpisode(
                Record(task, sample, steps, TrajectoryEnd.Failed) with { Failure = new RolloutFailure("environment", $"{failure.GetType().Name}: {failure.Message}") }, []);
        }
    }

    private async Task<TrajectoryEnd> PlayAsync(
        EpisodeTask task, int sample, IEnvironment environment, ImmutableArray<Step>.Builder steps, ImmutableArray<IEnvironment>.Builder beforeStep,
        CancellationToken cancel)
    {
        var messages = ImmutableArray.CreateBuilder<Message>();
        if (task.SystemPrompt is { } system)
            messages.Add(new Message.System(system));
        var said = "";
        for (var turn = 0; turn < maxTurns; turn++)
        {
            if (await NextUserTurnAsync(environment, said, cancel) is not UserTurn.Says user)
                return TrajectoryEnd.Completed;
            messages.Add(new Message.User(user.Text));
            for (var inTurn = 0; ; inTurn++)
            {
                if (inTurn > maxStepsPerTurn)
                    return TrajectoryEnd.StepLimit;
                var reply = await policy.ReplyAsync(new ChatRequest(task, sample, turn, inTurn, messages.ToImmutable(), environment.Tools), cancel);
                if (reply.GivesUp)
                    return TrajectoryEnd.StepLimit;
                beforeStep.Add(environment.Fork());
                var message = Taken(reply, environment);
                messages.Add(message);
                said = message.Text;
                steps.Add(new Step(turn, 0, 0, Shown(message), reply.FormatError, Execute(environment, message.Calls, messages)));
                if (environment.End is not null)
                    return TrajectoryEnd.Completed;
                if (message.Calls.IsEmpty)
                    break;
            }
        }
        return TrajectoryEnd.StepLimit;
    }

    /// <summary>The reply with the calls that the world takes; the others never happened, in the dialogue either.</summary>
    private static Message.Assistant Taken(ChatReply reply, IEnvironment environment)
    {
        ImmutableArray<ToolCall> calls = reply.FormatError is null ? reply.Message.Calls : [];
        return reply.Message with { Calls = reply.FormatError is null && calls.IsEmpty ? calls : calls[..environment.BeginReply(reply.Message.Text, calls.Length)] };
    }

    private static async ValueTask<UserTurn> NextUserTurnAsync(IEnvironment environment, string said, CancellationToken cancel)
    {
        try
        {
            return await environment.NextUserTurnAsync(said, cancel);
        }
#pragma warning disable CA1031 // The rollout boundary: what the user simulator throws ends its own episode.
        catch (Exception failure) when (failure is not OperationCanceledException and not UserErrorException and not ChatFailureException)
#pragma warning restore CA1031
        {
            throw new ChatFailureException("user simulator", $"{failure.GetType().Name}: {failure.Message}", failure);
        }
    }

    private static ImmutableArray<ExecutedCall> Execute(IEnvironment environment, ImmutableArray<ToolCall> calls, ImmutableArray<Message>.Builder messages)
    {
        var executed = ImmutableArray.CreateBuilder<ExecutedCall>(calls.Length);
        foreach (var call in calls)
        {
            var result = environment.Execute(call);
            executed.Add(new ExecutedCall(call, result));
            messages.Add(new Message.Tool(call.Name, result.Text));
        }
        return executed.MoveToImmutable();
    }

    private static string Shown(Message.Assistant message) =>
        string.Join('\n', new[] { message.Text }.Concat(message.Calls.Select(c => c.ToString())).Where(line => line.Length > 0));

    private static bool IsInLastTurn(EpisodeTask task, ImmutableArray<Step>.Builder steps) => steps.Count > 0 && steps[^1].Turn + 1 >= task.ExpectedCalls.Length;

    private static Trajectory Record(EpisodeTask task, int sample, ImmutableArray<Step>.Builder steps, TrajectoryEnd end) => new(
        $"{task.Id}/{sample}", task.Id, task.Category, TrajectoryUnit.Episode, 0, new TokenSequence([], [], []), steps.ToImmutable(), end);
}
