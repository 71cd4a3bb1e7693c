using System.Collections.Immutable;
using FissionGrpo.Episodes;
using FissionGrpo.Text.Dialogues;

namespace FissionGrpo.Fission;

/// <summary>
/// How a failure is put to the learned simulator: the trajectory's own tokens up to the failed step, what the environment answered, and then one
/// question. Nothing is tokenised again, so the simulator shares the policy's prefix.
/// </summary>
public static class SimulatorDialogue
{
    /// <summary>The tokens that the diagnostic continues.</summary>
    /// <param name="failure">The failure.</param>
    /// <param name="seesAnswer">Whether the question names the calls that the ground truth still has.</param>
    /// <param name="format">How dialogues become tokens.</param>
    public static ImmutableArray<int> Prompt(Failure failure, bool seesAnswer, DialogueFormat format)
    {
        var step = failure.FailedStep;
        var trajectory = failure.Rollout.Trajectory;
        var ids = trajectory.Tokens.Ids[..step.End].ToBuilder();
        ids.AddRange(format.CloseAssistant(trajectory.Tokens.Ids.AsSpan(step.Start, step.End - step.Start)));
        if (!step.Calls.IsEmpty)
            ids.AddRange(format.ToolResults([.. step.Calls.Select(c => new Message.Tool(c.Call.Name, c.Result.Text))]));
        ids.AddRange(format.User(Question(step.Calls.Length, failure.Call, seesAnswer ? Open(failure) : default)));
        ids.AddRange(format.OpenAssistant());
        return ids.ToImmutable();
    }

    /// <summary>The tokens of a diagnostic, as the simulator should write it.</summary>
    public static ImmutableArray<int> Reply(string diagnostic, DialogueFormat format) => format.Reply(new Message.Assistant(diagnostic, []));

    /// <summary>The question itself.</summary>
    /// <param name="calls">How many calls the failed reply has.</param>
    /// <param name="call">Which of them failed.</param>
    /// <param name="expected">The calls that the ground truth still has, where they are told; the default array where not.</param>
    public static string Question(int calls, int call, ImmutableArray<ToolCall> expected)
    {
        var question = calls > 1 ? $"Diagnose call {call + 1}." : "Diagnose.";
        return expected.IsDefault ? question : $"{question} Expected: {string.Join(", ", expected)}";
    }

    private static ImmutableArray<ToolCall> Open(Failure failure)
    {
        var open = failure.Rollout.Trajectory.PlayedOf(failure.Rollout.Task.ExpectedCalls).ToList();
        foreach (var call in failure.SucceededBefore)
            open.Remove(call);
        return [.. open];
    }
}
