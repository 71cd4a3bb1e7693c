using System.Collections.Immutable;
using System.Text.Json;
using FissionGrpo.Episodes;
using FissionGrpo.Fission.Diagnosis;
using FissionGrpo.Seeds;

namespace FissionGrpo.Fission.Tests.Diagnosis;

/// <summary>Single rules, without an environment: the diagnoser must manage with what there is.</summary>
public sealed class DiagnoserRuleTests
{
    private static readonly ImmutableArray<ToolSpec> Tools =
        [.. new[] { "unlock", "open", "read", "pay" }.Select(n => new ToolSpec(n, JsonSerializer.SerializeToElement(new { name = n })))];

    private static readonly ImmutableArray<ToolCall> Expected = [ToolCall.Of("unlock"), ToolCall.Of("open", ("box", 3)), ToolCall.Of("read", ("page", "x"))];

    private static readonly ToolResult Ok = new ToolResult.Ok("fine");

    [Fact]
    public void ALostCall_IsToBeMadeAgain_AndMakingItAgainIsNoRepetition()
    {
        var lost = new ExecutedCall(Expected[0], new ToolResult.Failed(ToolErrorKind.Injected, "Error: Request timed out."));
        var step = Step([lost], [lost], 0);

        var diagnosis = Diagnoser.Diagnose(step);

        Assert.Equal((FailureCategory.UnmetPrecondition, "unlock"), (diagnosis.Category, diagnosis.Next));
        Assert.Contains("again", DiagnosticWording.Write(step, diagnosis, new Seed(1)));
    }

    [Fact]
    public void NumbersCompareByValue()
    {
        var step = Step([new ExecutedCall(Expected[0], Ok)], [Refused(ToolCall.Of("open", ("box", 3.0)), "the box is stuck")], 0);

        Assert.Equal(FailureCategory.UnmetPrecondition, Diagnoser.Diagnose(step).Category);
    }

    [Fact]
    public void TheSameCallAfterSomethingHelped_IsNoRepetition()
    {
        var failed = Refused(Expected[1], "locked");
        var step = Step([failed, new ExecutedCall(Expected[0], Ok)], [Refused(Expected[1], "the box is stuck")], 0);

        Assert.Equal(FailureCategory.UnmetPrecondition, Diagnoser.Diagnose(step).Category);
        Assert.Equal(FailureCategory.RepeatedFailingCall, Diagnoser.Diagnose(step with { Calls = [failed] }).Category);
    }

    [Fact]
    public void ARolledBackCall_MadeAgain_IsARepetition()
    {
        var wrong = new ExecutedCall(ToolCall.Of("open", ("box", 4)), Ok);
        var step = Step([new ExecutedCall(Expected[0], Ok), wrong with { RolledBack = true, Result = new ToolResult.Failed(ToolErrorKind.Rejected, "wrong value") }], [wrong], 0);

        Assert.Equal(FailureCategory.RepeatedFailingCall, Diagnoser.Diagnose(step).Category);
    }

    [Fact]
    public void WrongValue_SaysWhereTheRightOneIs()
    {
        var first = new ExecutedCall(Expected[0], Ok);
        var said = Step([first], [Refused(ToolCall.Of("open", ("box", 4)), "no such box")], 0) with { Context = "user: open box 4, or 3 if there is none" };
        var named = said with { Context = "", Calls = [Refused(ToolCall.Of("open", ("box", 4)), "no such box; there are boxes 1 to 3")] };

        Assert.Equal(ValueSource.Dialogue, Diagnoser.Diagnose(said).Source);
        Assert.Equal(ValueSource.ErrorText, Diagnoser.Diagnose(named).Source);
        Assert.Equal(ValueSource.Unknown, Diagnoser.Diagnose(said with { Context = "" }).Source);
        Assert.Equal(ValueSource.AnotherCall, Diagnoser.Diagnose(said with { Context = "", Done = [] }).Source);
    }

    [Theory]
    [InlineData("I have paid the bill.", FailureCategory.InventedResult)]
    [InlineData("The total is $41.50.", FailureCategory.InventedResult)]
    [InlineData("Your box \"azure\" is ready", FailureCategory.InventedResult)]
    [InlineData("Which box do you mean?", FailureCategory.PrematureStop)]
    [InlineData("I could not open box 3.", FailureCategory.PrematureStop)]
    [InlineData("", FailureCategory.PrematureStop)]
    public void ATurnThatEndsWithNothingDone_IsToldApart(string reply, FailureCategory category)
    {
        var step = Step([], [], -1) with { Reply = reply, Context = "user: please open box 3" };

        Assert.Equal(category, Diagnoser.Diagnose(step).Category);
    }

    [Fact]
    public void AResultThatWasRead_IsNotInvented()
    {
        var step = Step([new ExecutedCall(Expected[0], Ok), new ExecutedCall(Expected[1], new ToolResult.Ok("{\"inside\": \"letter 77\"}"))], [], -1) with { Reply = "I have opened it: letter 77." };

        Assert.Equal(FailureCategory.MissingCall, Diagnoser.Diagnose(step).Category);
    }

    [Fact]
    public void AnAccidentOfNames_DoesNotLeak()
    {
        // The parameter at fault is called like the secret value.
        var expected = ImmutableArray.Create(ToolCall.Of("pay", ("currency", "amount"), ("amount", 5)));
        var step = new FailedStep([new ToolSpec("pay", JsonSerializer.SerializeToElement(new { }))], expected, [], "", null, [Refused(ToolCall.Of("pay", ("currency", "amount")), "refused")], 0);
        var hidden = step with { Calls = [Refused(ToolCall.Of("pay", ("amount", 5)), "refused")] };

        for (ulong seed = 0; seed < 20; seed++)
            foreach (var s in new[] { step, hidden })
                Assert.False(LeakAudit.Leaks(DiagnosticWording.Write(s, Diagnoser.Diagnose(s), new Seed(seed)), expected, s.ReadSoFar));
    }

    private static ExecutedCall Refused(ToolCall call, string message) => new(call, new ToolResult.Failed(ToolErrorKind.Rejected, message));

    private static FailedStep Step(ImmutableArray<ExecutedCall> done, ImmutableArray<ExecutedCall> calls, int index) => new(Tools, Expected, done, "", null, calls, index);
}
