using System.Text.Json;
using FissionGrpo.Training;

namespace FissionGrpo.Conformance.Golden;

/// <summary><c>advantages.json</c>: the advantages of groups of rewards under each named formula, in double.</summary>
internal sealed class GoldenAdvantages : IGoldenPart
{
    private const string FileName = "advantages.json";
    private const double Relative = 1e-12;

    private static readonly (string Name, AdvantageKind Kind, double Epsilon)[] Formulas =
    [
        ("grpo_std_unbiased_eps1e-4", AdvantageKind.GroupMeanStd, 1e-4),
        ("grpo_std_unbiased_eps1e-6", AdvantageKind.GroupMeanStd, 1e-6),
        ("grpo_std_population_eps1e-4", AdvantageKind.GroupMeanPopulationStd, 1e-4),
        ("dr_grpo_mean_only", AdvantageKind.GroupMean, 0),
        ("batch_std_eps1e-4", AdvantageKind.BatchStd, 1e-4),
        ("rloo", AdvantageKind.LeaveOneOut, 0),
    ];

    public bool Recognises(string folder) => File.Exists(Path.Combine(folder, FileName));

    public void Check(string folder, Verdicts verdicts)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, FileName)));
        var groups = document.RootElement.GetProperty("groups").EnumerateArray().ToArray();
        var batchStd = GroupAdvantages.StdUnbiased([.. groups.SelectMany(g => Numbers(g.GetProperty("rewards")))]);
        Near("batch_std_unbiased", [document.RootElement.GetProperty("batch_std_unbiased").GetDouble()], [batchStd]);
        for (var i = 0; i < groups.Length; i++)
        {
            var rewards = Numbers(groups[i].GetProperty("rewards"));
            Near($"group {i} mean", [groups[i].GetProperty("mean").GetDouble()], [GroupAdvantages.Mean(rewards)]);
            Near($"group {i} std_unbiased", [groups[i].GetProperty("std_unbiased").GetDouble()], [GroupAdvantages.StdUnbiased(rewards)]);
            Near($"group {i} std_population", [groups[i].GetProperty("std_population").GetDouble()], [GroupAdvantages.StdPopulation(rewards)]);
            foreach (var (name, kind, epsilon) in Formulas)
            {
                if (!groups[i].TryGetProperty(name, out var expected) || expected.ValueKind is not JsonValueKind.Array)
                    continue; // no sibling to compare with
                var found = new double[rewards.Length];
                GroupAdvantages.Of(rewards, kind, epsilon, batchStd, found);
                Near($"group {i} {name}", Numbers(expected), found);
            }
        }

        void Near(string place, double[] expected, double[] found) => verdicts.Within(
            "advantages", place, expected.Zip(found, (e, f) => Math.Abs(e - f) / Math.Max(1, Math.Abs(e))).Max(), Relative);
    }

    private static double[] Numbers(JsonElement array) => [.. array.EnumerateArray().Select(e => e.GetDouble())];
}
