using System.Text.Json;
using FissionGrpo.Testing;
using FsCheck;
using FsCheck.Fluent;

namespace FissionGrpo.Training.Tests.Grpo;

public sealed class GroupAdvantagesTests
{
    private static readonly JsonElement Golden = JsonDocument.Parse(File.ReadAllText(GoldenFiles.Path("advantages.json"))).RootElement;

    [Theory]
    [InlineData("grpo_std_unbiased_eps1e-4", AdvantageKind.GroupMeanStd, 1e-4)]
    [InlineData("grpo_std_unbiased_eps1e-6", AdvantageKind.GroupMeanStd, 1e-6)]
    [InlineData("grpo_std_population_eps1e-4", AdvantageKind.GroupMeanPopulationStd, 1e-4)]
    [InlineData("dr_grpo_mean_only", AdvantageKind.GroupMean, 0)]
    [InlineData("batch_std_eps1e-4", AdvantageKind.BatchStd, 1e-4)]
    [InlineData("rloo", AdvantageKind.LeaveOneOut, 0)]
    public void RecordedGroups_HaveTheRecordedAdvantages(string name, AdvantageKind kind, double epsilon)
    {
        var groups = Golden.GetProperty("groups").EnumerateArray().ToList();
        var batchStd = GroupAdvantages.StdUnbiased(groups.SelectMany(g => Numbers(g.GetProperty("rewards"))).ToArray());
        Assert.Equal(Golden.GetProperty("batch_std_unbiased").GetDouble(), batchStd, 1e-14);

        foreach (var group in groups.Where(g => g.GetProperty(name).ValueKind is JsonValueKind.Array))
        {
            var rewards = Numbers(group.GetProperty("rewards"));
            var advantages = new double[rewards.Length];
            GroupAdvantages.Of(rewards, kind, epsilon, batchStd, advantages);
            var expected = Numbers(group.GetProperty(name));
            for (var i = 0; i < rewards.Length; i++)
                Assert.Equal(expected[i], advantages[i], 1e-12 * Math.Max(1, Math.Abs(expected[i])));
        }
    }

    [Fact]
    public void EqualRewards_GiveZeroAdvantagesWhateverRoundingMakesOfTheirMean()
    {
        var rewards = Enumerable.Repeat(0.1, 7).ToArray(); // their mean is not exactly 0.1

        foreach (var kind in Enum.GetValues<AdvantageKind>())
        {
            var advantages = new double[7];
            GroupAdvantages.Of(rewards, kind, 0, 0, advantages);
            Assert.All(advantages, a => Assert.Equal(0, a));
        }
    }

    [Fact]
    public void ShiftingAllRewards_LeavesAdvantagesUnchanged() => Prop.ForAll<int[], int>((values, shift) =>
    {
        var rewards = values.Select(v => (double)(v % 1000)).ToArray();
        return Enum.GetValues<AdvantageKind>().All(kind =>
        {
            var (a, b) = (new double[rewards.Length], new double[rewards.Length]);
            GroupAdvantages.Of(rewards, kind, 1e-4, 2, a);
            GroupAdvantages.Of(rewards.Select(r => r + shift % 1000).ToArray(), kind, 1e-4, 2, b);
            return a.Zip(b).All(p => Math.Abs(p.First - p.Second) < 1e-6);
        });
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void LengthsThatDiffer_AreRefused() =>
        Assert.Throws<ArgumentException>(() => GroupAdvantages.Of([1, 2], AdvantageKind.GroupMean, 0, 0, new double[3]));

    private static double[] Numbers(JsonElement array) => [.. array.EnumerateArray().Select(e => e.GetDouble())];
}
