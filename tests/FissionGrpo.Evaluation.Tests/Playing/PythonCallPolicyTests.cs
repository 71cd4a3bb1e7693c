using System.Collections.Immutable;
using FissionGrpo.Environments.Bfcl;
using FissionGrpo.Environments.Workshop;
using FissionGrpo.Environments.Workshop.Full;
using FissionGrpo.Episodes;
using FissionGrpo.Evaluation.Chat;
using FissionGrpo.Seeds;

namespace FissionGrpo.Evaluation.Playing;

public class PythonCallPolicyTests
{
    private static readonly FullWorkshop Workshop = new(new FullOptions([WorkshopCategory.Base, WorkshopCategory.MissFunc]), new Seed(8));

    [Fact]
    public async Task PlayerThatWritesPythonLists_SolvesTasks_AndIsNeverShownTools()
    {
        for (var i = 0; i < 20; i++)
        {
            var task = Workshop.Task(WorkshopSplit.Train, i) with { Reveal = BfclReveal.TellInMessage };
            var writer = new Writer();

            var (trajectory, _) = await new ChatPlayer(new PythonCallPolicy(writer, BfclPrompting.Own)).PlayAsync(task, 0, default);

            Assert.True(trajectory.Score!.Correct, $"{task.Id}: {trajectory.Score.Reason}");
            Assert.All(writer.Seen, request =>
            {
                Assert.Empty(request.Tools);
                Assert.DoesNotContain(request.Messages, m => m is Message.Tool or Message.Assistant { Calls.IsEmpty: false });
                Assert.Contains("\"name\": \"", Assert.IsType<Message.System>(request.Messages[0]).Text, StringComparison.Ordinal);
            });
            Assert.Contains(writer.Seen, r => r.Messages[^1] is Message.User { Text: var text } && text.StartsWith("[{'role': 'tool', 'name': ", StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData("[ls(a=True), cd(folder='x y')]", "ls(a=true)|cd(folder=\"x y\")")]
    [InlineData("<think>\n[rm(file_name='no')]\n</think>\n\npwd()", "pwd()")]
    [InlineData("I cannot do that.", "")]
    [InlineData("", "")]
    [InlineData("[set_budget_limit(access_token='t', budget_limit=10.0)]", "set_budget_limit(access_token=\"t\", budget_limit=10.0)")]
    public void Calls_AreReadFromTheAnswerAlone(string reply, string calls) =>
        Assert.Equal(calls, string.Join('|', BfclPrompting.Calls(reply).Select(c => c.ToString())));

    [Theory]
    [InlineData(ThinkHistory.Drop, 0)]
    [InlineData(ThinkHistory.Turn, 1)]
    [InlineData(ThinkHistory.Keep, 2)]
    public async Task EarlierReasoning_IsShownAsFarAsWanted(ThinkHistory history, int shown)
    {
        var inner = new Writer();
        ImmutableArray<Message> messages =
        [
            new Message.User("a"), new Message.Assistant("x", [], "first"), new Message.User("b"), new Message.Assistant("", [ToolCall.Of("ls")], "second"), new Message.Tool("ls", "{}"),
        ];

        await new ThinkingPolicy(inner, history).ReplyAsync(new ChatRequest(Workshop.Task(WorkshopSplit.Train, 0), 0, 1, 1, messages, []), default);

        Assert.Equal(shown, inner.Seen[0].Messages.Count(m => m is Message.Assistant { Text: var text } && text.StartsWith("<think>", StringComparison.Ordinal)));
    }

    /// <summary>Knows the ground truth and writes it as a model in prompting mode does.</summary>
    private sealed class Writer : IChatPolicy
    {
        public List<ChatRequest> Seen { get; } = [];

        public Task<ChatReply> ReplyAsync(ChatRequest request, CancellationToken cancel)
        {
            Seen.Add(request);
            var calls = request.Task.ExpectedCalls[request.Turn];
            return Task.FromResult(new ChatReply(new Message.Assistant(request.StepInTurn > 0 || calls.IsEmpty ? "That is all." : BfclPrompting.Spell(calls), [])));
        }
    }
}
