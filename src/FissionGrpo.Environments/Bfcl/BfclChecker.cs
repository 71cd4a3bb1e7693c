using System.Collections.Immutable;

namespace FissionGrpo.Environments.Bfcl;

/// <summary>
/// The official multi-turn check (specification section 16): both sides are executed turn by turn on instances of their own, then states and
/// responses are compared. Extra calls, errors and repeats cost nothing as long as state and responses hold.
/// </summary>
internal static class BfclChecker
{
    /// <summary>Checks decoded steps.</summary>
    /// <param name="task">The task with its ground truth.</param>
    /// <param name="turns">Per turn, per step, the texts of the calls. As many turns as the ground truth has, or fewer to judge the first ones only.</param>
    /// <param name="model">The model's name, part of the instance names.</param>
    public static BfclVerdict Check(BfclProblem task, IReadOnlyList<IReadOnlyList<IReadOnlyList<string>>> turns, string model)
    {
        var mine = task.Start.ForkAs($"{model}_eval_{task.Id}");
        var theirs = task.Start.ForkAs($"{model}_ground_truth_eval_{task.Id}");
        mine.ShareWith(theirs);
        var results = new List<string>();
        var expected = new List<string>();
        for (var turn = 0; turn < turns.Count; turn++)
        {
            foreach (var step in turns[turn])
                foreach (var call in step)
                    results.Add(mine.ExecuteToText(call));
            expected.Clear();
            foreach (var call in task.GroundTruth[turn])
                expected.Add(theirs.ExecuteToText(call));
            if (task.GroundTruth[turn].Length > 0 && IsEmpty(turns[turn]))
                return new BfclVerdict(false, "multi_turn:empty_turn_model_response", $"Model response list is empty for turn {turn}");
            if (task.GroundTruth[turn].Length == 0)
                continue;
            if (CompareStates(mine, theirs) is { } mismatch)
                return mismatch;
            var missing = Missing(expected, results);
            if (missing.Count > 0)
            {
                return new BfclVerdict(
                    false,
                    "multi_turn:execution_response_mismatch",
                    $"Model response execution results so far does not contain all the ground truth response execution results for turn {turn}.")
                {
                    MissingItems = [.. missing],
                };
            }
        }
        return BfclVerdict.Valid;
    }

    private static bool IsEmpty(IReadOnlyList<IReadOnlyList<string>> turn) => turn.Count == 0 || (turn.Count == 1 && turn[0].Count == 0);

    private static BfclVerdict? CompareStates(BfclWorld mine, BfclWorld theirs)
    {
        for (var i = 0; i < theirs.Objects.Length; i++)
        {
            var (a, b) = (mine.Objects[i], theirs.Objects[i]);
            if (a.StateEquals(b))
                continue;
            return new BfclVerdict(
                false,
                "multi_turn:instance_state_mismatch",
                $"Model instance for {b.Type.Name} does not match the state with ground truth instance.")
            {
                DifferingAttributes = [.. b.Differences(a)],
            };
        }
        return null;
    }

    // The expected results that are left over when each takes one equal result away.
    private static List<string> Missing(List<string> expected, List<string> results)
    {
        var missing = new List<string>();
        var taken = new bool[results.Count];
        foreach (var item in expected)
        {
            var found = false;
            for (var i = 0; i < taken.Length && !found; i++)
                if (!taken[i] && string.Equals(results[i], item))
                    found = taken[i] = true;
            if (!found)
                missing.Add(item);
        }
        return missing;
    }
}
