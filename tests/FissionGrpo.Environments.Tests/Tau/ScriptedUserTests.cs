using FissionGrpo.Environments.Tau;
using FissionGrpo.Episodes;

namespace FissionGrpo.Environments.Tests.Tau;

public sealed class ScriptedUserTests : IDisposable
{
    private readonly SmallTau _world = new();

    public void Dispose() => _world.Dispose();

    [Fact]
    public async Task User_StatesTheInstructionPiecewiseAndAnswersQuestions()
    {
        var environment = _world.RetailTask.Start();

        Assert.Equal("I want to cancel my lamp order.", await Say(environment, ""));
        Assert.Equal("My name is Ada L and my zip code is 3000.", await Say(environment, "What is your name and zip code?"));
        Assert.Equal("It is about #W1.", await Say(environment, "Could you give me the order id?"));
        Assert.Equal("Yes, please go ahead.", await Say(environment, "I will cancel #W1. Do you confirm?"));
        Assert.Equal("I want to know what I get back.", await Say(environment, "Done."));
        Assert.Null(await Say(environment, "You get 10.0 back."));
        Assert.Equal("done", ((TauEnvironment)environment).End);
    }

    [Theory]
    [InlineData("Could you please tell me your name again?")]
    [InlineData("Do you confirm?")]
    [InlineData("What is your shoe size? Could you tell me again?")]
    public async Task AgentThatAsksForEver_IsLeft(string question)
    {
        var task = _world.RetailTask with { StepLimit = int.MaxValue };
        var environment = task.Start();
        await Say(environment, "");

        var turns = 0;
        while (await Say(environment, question) is not null)
            turns++;

        Assert.InRange(turns, 1, 30);
    }

    [Fact]
    public async Task ForkedUser_GoesOnAlone()
    {
        var environment = _world.RetailTask.Start();
        await Say(environment, "");

        var fork = environment.Fork();

        Assert.Equal("I want to know what I get back.", await Say(fork, "Fine."));
        Assert.Equal("I want to know what I get back.", await Say(environment, "Fine."));
    }

    private static async Task<string?> Say(IEnvironment environment, string text) =>
        (await environment.NextUserTurnAsync(text, CancellationToken.None) as UserTurn.Says)?.Text;
}
