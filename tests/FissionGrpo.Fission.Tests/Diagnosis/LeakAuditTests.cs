using FissionGrpo.Episodes;
using FissionGrpo.Fission.Diagnosis;
using FsCheck;
using FsCheck.Fluent;
using Xunit.Abstractions;

namespace FissionGrpo.Fission.Tests.Diagnosis;

public sealed class LeakAuditTests(ITestOutputHelper output)
{
    [Fact]
    public void LabelledSet_IsJudgedWithHighRecallAndPrecision()
    {
        var cases = LeakCases.All.ToArray();
        var judged = cases.Select(c => (Case: c, Found: LeakAudit.Find(c.Diagnostic, c.Expected, c.Context))).ToArray();
        var caught = judged.Count(j => j.Case.Leaks && j.Found.Length > 0);
        var leaking = cases.Count(c => c.Leaks);
        var flagged = judged.Count(j => j.Found.Length > 0);
        var wrong = string.Join('\n', judged.Where(j => j.Case.Leaks != j.Found.Length > 0)
            .Select(j => $"{(j.Case.Leaks ? "MISSED" : "FALSE ALARM")} {j.Case.Kind}: {j.Case.Diagnostic} | {string.Join(' ', j.Case.Expected)} {string.Join(' ', j.Found)}"));
        output.WriteLine($"{leaking} leaking, {cases.Length - leaking} clean; recall {(double)caught / leaking:P2}, precision {(double)caught / flagged:P2}\n{wrong}");

        Assert.True(leaking >= 300 && cases.Length - leaking >= 300);
        Assert.True(caught >= 0.99 * leaking, wrong);
        Assert.True(caught >= 0.98 * flagged, wrong);
    }

    [Fact]
    public void AnyWord_InAnyPlace_IsFound()
    {
        var word = Gen.Elements("abcdefghijklmnopqrstuvwxyz".ToCharArray()).ArrayOf(7).Select(c => new string(c));

        Prop.ForAll(Arb.From(word), Arb.From(Gen.Elements("the value is {0}", "{0}!", "x={0};y", "[{0}]", "use  {0} now")), (value, frame) =>
            LeakAudit.Leaks(string.Format(null, frame, value), [ToolCall.Of("f", ("a", value))], "")
            && !LeakAudit.Leaks(string.Format(null, frame, value), [ToolCall.Of("f", ("a", value))], $"user: {value}")).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void AnyNumber_IsFound_AndItsNeighbourIsNot()
    {
        Prop.ForAll(Arb.From(Gen.Choose(100, 99999)), number =>
            LeakAudit.Leaks($"use {number}", [ToolCall.Of("f", ("a", number))], "")
            && LeakAudit.Leaks($"use {number:N1}", [ToolCall.Of("f", ("a", number))], "")
            && !LeakAudit.Leaks($"use {number + 1}", [ToolCall.Of("f", ("a", number))], "")).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void TheLeak_IsNamed()
    {
        var leak = Assert.Single(LeakAudit.Find("it is amFkZQ==", [ToolCall.Of("cd", ("folder", "jade"))], ""));

        Assert.Equal(new Leak("cd.folder", "jade", "base64"), leak);
    }
}
