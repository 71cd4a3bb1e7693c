using System.Collections.Immutable;
using FissionGrpo.Environments.Bfcl;
using FissionGrpo.Environments.Workshop;
using FissionGrpo.Environments.Workshop.Full;
using FissionGrpo.Episodes;
using FissionGrpo.Evaluation.Chat;
using FissionGrpo.Seeds;

namespace FissionGrpo.Evaluation.Playing;

public class StepLimitTests
{
    private static readonly BfclTask Task = new FullWorkshop(new FullOptions([WorkshopCategory.Base], MinTurns: 3, MaxTurns: 3), new Seed(9)).Task(WorkshopSplit.Train, 2);

    [Theory]
    [InlineData(2, true)]  // as the official program: a forced quit in the last turn is scored
    [InlineData(1, false)] // anywhere else turns are missing
    public async Task EndlessTurn_IsScored_OnlyWhereItIsTheLast(int turn, bool isCorrect)
    {
        var (trajectory, _) = await new ChatPlayer(new Chatterer(turn)).PlayAsync(Task, 0, default);

        Assert.Equal(TrajectoryEnd.StepLimit, trajectory.End);
        Assert.Equal(BfclInference.MaximumSteps + 1, trajectory.Steps.Count(s => s.Turn == turn));
        Assert.Equal(isCorrect, trajectory.Score!.Correct);
    }

    /// <summary>Plays the ground truth, and in one turn goes on reading for ever.</summary>
    private sealed class Chatterer(int endless) : IChatPolicy
    {
        public Task<ChatReply> ReplyAsync(ChatRequest request, CancellationToken cancel)
        {
            var calls = request.StepInTurn == 0 ? request.Task.ExpectedCalls[request.Turn] : request.Turn == endless ? [ToolCall.Of("no_such_function")] : [];
            return System.Threading.Tasks.Task.FromResult(new ChatReply(new Message.Assistant(calls.IsEmpty ? "Done." : "", calls)));
        }
    }
}
