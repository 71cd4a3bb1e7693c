using System.Collections.Immutable;
using FissionGrpo.Environments.Bfcl;
using FissionGrpo.Environments.Python;
using FissionGrpo.Episodes;

namespace FissionGrpo.Environments.Workshop.Full;

/// <summary>A task of the full profile with what only its maker knows.</summary>
/// <param name="Episode">The task to play.</param>
/// <param name="Path">Class and method of every expected call, as official task files list them.</param>
/// <param name="Goals">Per turn, how many calls each wish took, in order.</param>
internal sealed record FullTask(BfclTask Episode, ImmutableArray<string> Path, ImmutableArray<ImmutableArray<int>> Goals)
{
    private BfclProblem Problem => Episode.Problem;

    /// <summary>The task's line of an official task file.</summary>
    /// <param name="id">Its id there: <c>multi_turn_base_1000</c>.</param>
    public string TaskLine(string id)
    {
        var turns = new PyList(Problem.UserTurns.Length);
        foreach (var text in Problem.UserTurns)
            turns.Add(text is null ? new PyList() : new PyList([new PyDict(("role", "user"), ("content", text))]));
        var line = new PyDict(
            ("id", id), ("question", turns), ("initial_config", Problem.InitialConfig), ("path", Texts(Path)), ("involved_classes", Texts(Problem.InvolvedClasses)), ("excluded_function", new PyList()));
        if (!Problem.MissedFunctions.IsEmpty)
        {
            var missed = new PyDict();
            foreach (var (turn, names) in Problem.MissedFunctions.OrderBy(m => m.Key))
                missed[Phrases.Text($"{turn}")] = Texts(names);
            line["missed_function"] = missed;
        }
        return PyText.JsonDumps(line);
    }

    /// <summary>The task's line of an official possible-answer file.</summary>
    public string AnswerLine(string id)
    {
        var turns = new PyList(Problem.GroundTruth.Length);
        foreach (var calls in Problem.GroundTruth)
            turns.Add(Texts(calls));
        return PyText.JsonDumps(new PyDict(("id", id), ("ground_truth", turns)));
    }

    /// <summary>
    /// The task played by someone who knows how. A recovery tries the last call of a wish first where that fails with an error, and then does what
    /// the wish takes; null when no wish of the task has such a place.
    /// </summary>
    public Demonstration? Demonstrate(bool recovery)
    {
        var environment = Episode.Start();
        var turns = ImmutableArray.CreateBuilder<ImmutableArray<DemonstratedReply>>();
        var failures = 0;
        for (var turn = 0; turn < Episode.Turns; turn++)
        {
            _ = environment.NextUserTurnAsync("", default).AsTask().GetAwaiter().GetResult();
            var replies = ImmutableArray.CreateBuilder<DemonstratedReply>();
            var at = 0;
            foreach (var count in Goals[turn])
            {
                var calls = Episode.ExpectedCalls[turn].Slice(at, count);
                at += count;
                if (recovery && count > 1 && FailsWithoutTrace(environment, calls[^1]))
                {
                    replies.Add(new DemonstratedReply("", [calls[^1]], Train: false));
                    failures++;
                }
                foreach (var call in calls)
                {
                    replies.Add(new DemonstratedReply("", [call]));
                    environment.Execute(call);
                }
            }
            replies.Add(new DemonstratedReply(Goals[turn].IsEmpty ? "Something is missing for that: tell me what it is, or give me a function for it." : "Done.", []));
            turns.Add(replies.ToImmutable());
        }
        return recovery && failures == 0 ? null : new Demonstration(Episode, turns.ToImmutable());
    }

    private static bool FailsWithoutTrace(IEnvironment environment, ToolCall call)
    {
        var tried = environment.Fork();
        return tried.Execute(call) is ToolResult.Failed && tried.Digest() == environment.Digest();
    }

    private static PyList Texts(IEnumerable<string> texts) => new([.. texts.Select(t => (PyValue)t)]);
}
