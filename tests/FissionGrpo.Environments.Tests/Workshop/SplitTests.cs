using FissionGrpo.Environments.Workshop;
using FissionGrpo.Seeds;

namespace FissionGrpo.Environments.Tests.Workshop;

public sealed class SplitTests
{
    [Fact]
    public void EverySlot_HasValuesOnBothSidesAndNoneOnBoth()
    {
        foreach (var slot in new[] { "destination", "ticket title", "receiver", "cruise speed", "fuel", "x", "y" })
        {
            Assert.Equal(Values.Words.Length, Values.Allowed(slot, Values.Words, true).Length + Values.Allowed(slot, Values.Words, false).Length);
            Assert.Empty(Values.Allowed(slot, Values.Words, true).Intersect(Values.Allowed(slot, Values.Words, false)));
            Assert.NotEmpty(Values.Allowed(slot, Values.Words, true));
            int[] pair = [5, 10];
            Assert.Single(Values.Allowed(slot, pair, true));
            Assert.Single(Values.Allowed(slot, pair, false));
        }
    }

    [Fact]
    public void AboutOneInFivePairs_IsHeldOut()
    {
        var heldOut = Enumerable.Range(0, 100).Sum(slot => Values.Words.Count(w => Values.IsHeldOut($"slot {slot}", w)));

        Assert.InRange(heldOut / 4000.0, 0.17, 0.23);
    }

    [Fact]
    public void Words_AreNoPartsOfEachOther()
    {
        Assert.All(Values.Words, a => Assert.DoesNotContain(Values.Words, b => a != b && b.Contains(a)));
    }

    [Fact]
    public void HeldOutTurns_ShareNoRequestWithTraining()
    {
        // Requests without a value come in few wordings, so the first request's opening and wording is what must differ.
        var generator = new WorkshopGenerator(new WorkshopOptions(WorkshopOptions.AllApis, MaxTurns: 1), new Seed(2));
        HashSet<string> Texts(WorkshopSplit split) => [.. Enumerable.Range(0, 4000).Select(i => generator.Task(split, i).Turns[0].Text)];

        var training = Texts(WorkshopSplit.Train);

        Assert.Empty(training.Intersect(Texts(WorkshopSplit.HeldOut)));
        Assert.Empty(training.Intersect(Texts(WorkshopSplit.Reworded)));
        Assert.NotEmpty(training.Intersect(Texts(WorkshopSplit.InDistribution)));
    }

    [Fact]
    public void Demonstrations_UseTrainingValuesAndWordingsOnly()
    {
        var generator = new WorkshopGenerator(new WorkshopOptions(WorkshopOptions.AllApis, MaxTurns: 1), new Seed(2));
        var shown = Enumerable.Range(0, 3000).SelectMany(i => new[] { false, true }.Select(r => generator.ToDemonstrate(i, r).Turns[0].Text)).ToHashSet();

        Assert.Empty(shown.Intersect(Enumerable.Range(0, 4000).Select(i => generator.Task(WorkshopSplit.HeldOut, i).Turns[0].Text)));
    }

    [Fact]
    public void EveryGoal_HasWordings()
    {
        var kinds = Enum.GetValues<WorkshopApi>().SelectMany(a => GoalTemplates.Of(a)).Select(t => t.Kind).Order();

        Assert.Equal(kinds, Wordings.Kinds.Order());
    }
}
