using System.Collections.Immutable;

namespace FissionGrpo.Environments.Bfcl;

/// <summary>Scores recorded trajectories by the official rules (specification sections 16 and 17). Threads may use it at once.</summary>
public static class BfclScoring
{
    /// <summary>Scores decoded calls: the layout of recorded trajectories, <c>[turn][step][call]</c>.</summary>
    /// <param name="data">The official data.</param>
    /// <param name="taskId">The task.</param>
    /// <param name="turns">The calls. Steps that decoded to nothing may be left out or be empty.</param>
    /// <param name="model">The model's name, part of the instance names.</param>
    public static BfclVerdict Score(BfclData data, string taskId, IReadOnlyList<IReadOnlyList<IReadOnlyList<string>>> turns, string model = "model")
    {
        var problem = data.Problem(taskId);
        return ForceTerminated(problem, turns.Count) ?? BfclChecker.Check(problem, [.. turns.Select(turn => turn.Where(step => step is not ([] or [""])).ToList())], model);
    }

    /// <summary>Scores recorded answers: the layout of official result files, <c>[turn][step]</c>. A result that is no list is an inference error.</summary>
    /// <param name="data">The official data.</param>
    /// <param name="taskId">The task.</param>
    /// <param name="turns">The answers; null when inference failed.</param>
    /// <param name="handler">How to decode them.</param>
    /// <param name="model">The model's name, part of the instance names.</param>
    public static BfclVerdict Score(BfclData data, string taskId, IReadOnlyList<IReadOnlyList<string>>? turns, BfclHandler handler, string model = "model")
    {
        if (turns is null)
        {
            return new BfclVerdict(
                false, "multi_turn:inference_error", "Error during inference phase. Model did not output a list of model responses.");
        }
        var problem = data.Problem(taskId);
        if (ForceTerminated(problem, turns.Count) is { } terminated)
            return terminated;
        var decoded = new List<IReadOnlyList<IReadOnlyList<string>>>(turns.Count);
        foreach (var turn in turns)
        {
            var steps = new List<IReadOnlyList<string>>(turn.Count);
            foreach (var answer in turn)
                if (BfclDecoder.Decode(handler, answer) is var step && !BfclDecoder.IsEmpty(step))
                    steps.Add(step.Calls);
            decoded.Add(steps);
        }
        return BfclChecker.Check(problem, decoded, model);
    }

    /// <summary>The ground truth's own trajectory: one step per turn. It passes every task.</summary>
    public static IReadOnlyList<IReadOnlyList<IReadOnlyList<string>>> GroundTruth(BfclData data, string taskId) =>
        [.. data.Problem(taskId).GroundTruth.Select(turn => (IReadOnlyList<IReadOnlyList<string>>)(turn.Length == 0 ? [] : [turn]))];

    /// <summary>Accuracy per category and over all: the plain mean of the four, a missing category counting 0.</summary>
    /// <param name="verdicts">Task id and verdict, each task once.</param>
    public static BfclTable Table(IEnumerable<(string TaskId, BfclVerdict Verdict)> verdicts)
    {
        var byCategory = verdicts.GroupBy(v => BfclProblem.CategoryOf(v.TaskId)).ToDictionary(g => g.Key, g => g.ToList());
        var rows = ImmutableArray.CreateBuilder<BfclRow>();
        foreach (var category in BfclData.Categories)
        {
            var all = byCategory.GetValueOrDefault(category, []);
            rows.Add(new BfclRow(category, all.Count(v => v.Verdict.IsValid), all.Count));
        }
        return new BfclTable(rows.ToImmutable());
    }

    private static BfclVerdict? ForceTerminated(BfclProblem problem, int turns)
    {
        var expected = problem.GroundTruth.Length;
        return turns == expected ? null : new BfclVerdict(
            false,
            "multi_turn:force_terminated",
            $"Model was force-terminated during inference phase. The length of the model result turns ({turns}) does not match the length of the ground truth turns ({expected}).");
    }
}

/// <summary>A category's line of the official table.</summary>
/// <param name="Category">Its name.</param>
/// <param name="Passed">Tasks solved.</param>
/// <param name="Total">Tasks scored.</param>
public sealed record BfclRow(string Category, int Passed, int Total)
{
    /// <summary>In 0 to 1; 0 when nothing was scored.</summary>
    public double Accuracy => Total == 0 ? 0 : (double)Passed / Total;
}

/// <summary>The official table of the multi-turn part.</summary>
public sealed record BfclTable(ImmutableArray<BfclRow> Rows)
{
    /// <summary>The unweighted mean of the four categories.</summary>
    public double Overall => Rows.Sum(r => r.Accuracy) / BfclData.Categories.Length;
}
