using FissionGrpo.Episodes;
using FissionGrpo.Fission.Diagnosis;
using FissionGrpo.Seeds;

namespace FissionGrpo.Fission.Tests.Diagnosis;

public sealed class DiagnoserTests
{
    [Fact]
    public void ConstructedFailures_OfEveryCategory_AreNamed() => AssertNamed([.. ConstructedFailures.Tasks(400).SelectMany(ConstructedFailures.Of)]);

    [SkippableFact]
    public void ConstructedFailuresInTau_OfEveryCategory_AreNamed() => AssertNamed([.. ConstructedTauFailures.Tasks().SelectMany(ConstructedTauFailures.Of)]);

    private static void AssertNamed((FailureCategory Category, FailedStep Step)[] cases)
    {
        var wrong = cases.Where(c => Diagnoser.Diagnose(c.Step).Category != c.Category).ToArray();

        Assert.Equal(Enum.GetValues<FailureCategory>(), cases.Select(c => c.Category).Distinct().Order());
        Assert.All(cases.GroupBy(c => c.Category), g => Assert.True(g.Count() >= 20, $"{g.Key}: {g.Count()}"));
        Assert.True(wrong.Length == 0, string.Join('\n', wrong.Take(12).Select(w =>
            $"{w.Category} -> {Diagnoser.Diagnose(w.Step).Category}: {w.Step.Culprit} | y*: {string.Join(" ", w.Step.Expected)} | done: {string.Join(" ", w.Step.Done.Select(d => d.Call))}")) + $"\n{wrong.Length} of {cases.Length}");
    }

    [Fact]
    public void Diagnostics_ConveyTheirCategory_AndLeakNothing()
    {
        foreach (var (category, step) in ConstructedFailures.Tasks(150).SelectMany(ConstructedFailures.Of))
        {
            var diagnosis = Diagnoser.Diagnose(step);
            for (ulong seed = 0; seed < 4; seed++)
            {
                var text = DiagnosticWording.Write(step, diagnosis, new Seed(seed));
                Assert.Equal(diagnosis.Category, DiagnosticWording.CategoryOf(text));
                Assert.Empty(LeakAudit.Find(text, step.Expected, step.ReadSoFar));
                if (step.OwnMessage is { } own)
                    Assert.Contains(own.Replace("{\"error\": \"", "").TrimEnd('}', '"'), text);
            }
        }
    }

    [Fact]
    public void Wording_VariesWithTheSeed()
    {
        var step = ConstructedFailures.Tasks(1).SelectMany(ConstructedFailures.Of).First(c => c.Category is FailureCategory.UnknownTool).Step;
        var diagnosis = Diagnoser.Diagnose(step);

        var texts = Enumerable.Range(0, 20).Select(i => DiagnosticWording.Write(step, diagnosis, new Seed((ulong)i))).Distinct().Count();

        Assert.InRange(texts, 3, 6);
        Assert.Equal(DiagnosticWording.Write(step, diagnosis, new Seed(3)), DiagnosticWording.Write(step, diagnosis, new Seed(3)));
    }

    [Fact]
    public void EnvironmentsOwnMessages_ConveyNoCategory()
    {
        Assert.Null(DiagnosticWording.CategoryOf("""{"error": "All doors must be locked before starting the engine."}"""));
    }
}
