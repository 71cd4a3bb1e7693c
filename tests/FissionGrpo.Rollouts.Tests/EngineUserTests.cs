using FissionGrpo.Episodes;
using FissionGrpo.Model.Policy;
using FissionGrpo.Seeds;
using FissionGrpo.Testing;

namespace FissionGrpo.Rollouts.Tests;

public class EngineUserTests
{
    private static readonly UserBrief Brief = new("task", "You want a refund.", "You want a refund.", []);

    [Fact]
    public async Task User_HearsTheAgentAndRemembers_AndAForkGoesItsOwnWay()
    {
        var policy = new ScriptedPolicy(ToyDialogue.Format, (dialogue, _) => $"I have heard {dialogue.Split("<|user|>").Length - 1}.");
        var user = new EngineUser(Model(policy), Brief, new Seed(1));

        Assert.Equal("I have heard 1.", await SayAsync(user, "Hi!"));
        var fork = user.Fork();
        Assert.Equal("I have heard 2.", await SayAsync(user, "Which order?"));
        Assert.Equal("I have heard 2.", await SayAsync(fork, "Anything else?"));

        var dialogues = policy.Requests.Select(r => ToyDialogue.Format.Tokenizer.Decode(r.Prefix.AsSpan())).ToList();
        Assert.StartsWith("<|system|>You want a refund.<|end|><|user|>Hi!<|end|><|assistant|>", dialogues[0], StringComparison.Ordinal);
        Assert.Contains("<|assistant|>I have heard 1.<|end|><|user|>Anything else?<|end|>", dialogues[2], StringComparison.Ordinal);
        Assert.DoesNotContain("Which order?", dialogues[2], StringComparison.Ordinal);
    }

    [Fact]
    public async Task UsersOwnCalls_AreCalls()
    {
        var call = ToolCall.Of("check_status_bar");

        var reply = await new EngineUser(Model(new ScriptedPolicy(ToyDialogue.Format, (_, _) => ScriptedPolicy.Call(call))), Brief, new Seed(1)).ReplyAsync([new Message.User("Look.")], default);

        Assert.Equal(call, Assert.Single(reply.Calls));
    }

    [Fact]
    public async Task MalformedReply_IsDrawnAgain()
    {
        var draws = 0;
        var user = new EngineUser(Model(new ScriptedPolicy(ToyDialogue.Format, (_, _) => draws++ == 0 ? "<tool_call>\n{" : "Hello.")), Brief, new Seed(1));

        Assert.Equal("Hello.", await SayAsync(user, "Hi!"));
    }

    [Theory]
    [InlineData("<tool_call>\n{")]
    [InlineData("")]
    public async Task NonsenseForEver_IsNoReply(string nonsense)
    {
        var policy = new ScriptedPolicy(ToyDialogue.Format, (_, _) => nonsense);

        await Assert.ThrowsAsync<InvalidOperationException>(() => SayAsync(new EngineUser(Model(policy), Brief, new Seed(1)), "Hi!"));

        Assert.Equal(3, policy.Requests.Count);
    }

    [Fact]
    public async Task ConversationThatNoLongerFits_IsNoReply()
    {
        var user = new EngineUser(Model(new ScriptedPolicy(ToyDialogue.Format, (_, _) => "Hello.")) with { MaxTokens = 150 }, Brief, new Seed(1));

        Assert.Contains("no room", (await Assert.ThrowsAsync<InvalidOperationException>(async () =>
        {
            for (var i = 0; i < 100; i++)
                await SayAsync(user, "And now?");
        })).Message, StringComparison.Ordinal);
    }

    private static EngineUserModel Model(ScriptedPolicy policy) => new("toy", policy, ToyDialogue.Format, new SamplingOptions(0), MaxReplyTokens: 100);

    private static async Task<string> SayAsync(IUserSimulator user, string text) => (await user.ReplyAsync([new Message.User(text)], default)).Text;
}
