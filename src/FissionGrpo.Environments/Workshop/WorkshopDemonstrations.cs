using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using FissionGrpo.Episodes;

namespace FissionGrpo.Environments.Workshop;

/// <summary>A failed call of a demonstration, for whoever writes the diagnostic that stands in place of its message.</summary>
/// <param name="Task">The task demonstrated.</param>
/// <param name="Turn">The user turn, from 0.</param>
/// <param name="Before">The environment before the call. Fork it before use.</param>
/// <param name="Done">The turn's calls before this one, with their results.</param>
/// <param name="Call">The call that fails.</param>
/// <param name="Result">What the environment answers.</param>
public sealed record DemonstratedFailure(
    WorkshopTask Task, int Turn, IEnvironment Before, ImmutableArray<ExecutedCall> Done, ToolCall Call, ToolResult.Failed Result);

/// <summary>
/// Demonstrations of training tasks: what the oracle did, call by call. Recoveries show seen kinds of errors only. Safe for several threads if
/// the diagnostician is.
/// </summary>
/// <param name="generator">Where the tasks come from.</param>
/// <param name="diagnose">Writes the diagnostics of <see cref="DemonstrationKind.DiagnosedRecovery"/>; null when there are none.</param>
/// <param name="trainMistakes">
/// Whether the failed first calls are learned too. They are what anyone would try first, so the default is yes; with no, the policy sees them
/// and learns only the way out.
/// </param>
public sealed class WorkshopDemonstrations(
    WorkshopGenerator generator, Func<DemonstratedFailure, string>? diagnose = null, bool trainMistakes = true)
{
    /// <summary>What the oracle says when a turn is done.</summary>
    public const string Closing = "Done.";

    /// <summary>The demonstration with this number, or null when diagnostics are wanted and nobody writes them.</summary>
    public Demonstration? Demonstrate(long index, DemonstrationKind kind)
    {
        if (kind == DemonstrationKind.DiagnosedRecovery && diagnose is null)
            return null;
        var task = generator.ToDemonstrate(index, kind != DemonstrationKind.HappyPath);
        var environment = new WorkshopEnvironment(task, null);
        var turns = ImmutableArray.CreateBuilder<ImmutableArray<DemonstratedReply>>(task.Turns.Length);
        for (var turn = 0; turn < task.Turns.Length; turn++)
        {
            environment.NextUserTurn();
            var replies = ImmutableArray.CreateBuilder<DemonstratedReply>();
            var done = ImmutableArray.CreateBuilder<ExecutedCall>();
            foreach (var step in kind == DemonstrationKind.DiagnosedRecovery ? FollowingAdvice(task.Turns[turn].Played) : task.Turns[turn].Played)
            {
                var before = environment.Fork();
                var result = environment.Execute(step.Call);
                var failed = result as ToolResult.Failed;
                var diagnostic = failed is null || kind != DemonstrationKind.DiagnosedRecovery
                    ? null
                    : diagnose!(new DemonstratedFailure(task, turn, before, done.ToImmutable(), step.Call, failed));
                replies.Add(new DemonstratedReply("", [step.Call], diagnostic, failed is null || trainMistakes));
                done.Add(new ExecutedCall(step.Call, result));
            }
            replies.Add(new DemonstratedReply(Closing, []));
            turns.Add(replies.ToImmutable());
        }
        return new Demonstration(task, turns.ToImmutable());
    }

    /// <summary>
    /// Whoever is told what is wrong does what is needed and runs into nothing else: of each goal the first failure, then the calls that succeed.
    /// (A failed call leaves the state as it is, so the others can be left out.)
    /// </summary>
    private static IEnumerable<OracleStep> FollowingAdvice(ImmutableArray<OracleStep> played) =>
        played.Where(step => step.Blocker is null || ReferenceEquals(step, played.First(s => s.Goal == step.Goal && s.Blocker is not null)));

    /// <summary>Text of demonstrations, to learn a tokenizer from: prompts, calls as the chat template writes them, results and diagnostics.</summary>
    /// <param name="count">How many demonstrations of each kind.</param>
    public IEnumerable<string> Corpus(int count)
    {
        var kinds = diagnose is null
            ? new[] { DemonstrationKind.HappyPath, DemonstrationKind.Recovery }
            : [DemonstrationKind.HappyPath, DemonstrationKind.Recovery, DemonstrationKind.DiagnosedRecovery];
        for (var i = 0; i < count; i++)
            foreach (var kind in kinds)
                yield return Text(Demonstrate(i, kind)!);
    }

    private static string Text(Demonstration demonstration)
    {
        var text = new StringBuilder().AppendJoin('\n', ((WorkshopTask)demonstration.Task).Tools.Select(t => t.Name)).Append('\n');
        var environment = new WorkshopEnvironment((WorkshopTask)demonstration.Task, null);
        foreach (var turn in demonstration.Turns)
        {
            text.Append(((UserTurn.Says)environment.NextUserTurn()).Text).Append('\n');
            foreach (var reply in turn)
            {
                foreach (var call in reply.Calls)
                    text.Append("<tool_call>\n").Append(Write(call)).Append("\n</tool_call>\n")
                        .Append(reply.Diagnostic ?? environment.Execute(call).Text).Append('\n');
                text.Append(reply.Text).Append('\n');
            }
        }
        return text.ToString();
    }

    private static string Write(ToolCall call)
    {
        var arguments = string.Join(", ", call.Arguments.Select(a => $"\"{a.Name}\": {Spaced(a.Value)}"));
        return $"{{\"name\": \"{call.Name}\", \"arguments\": {{{arguments}}}}}";
    }

    /// <summary>JSON with a blank after commas and colons, as chat templates write it.</summary>
    private static string Spaced(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Array => "[" + string.Join(", ", value.EnumerateArray().Select(Spaced)) + "]",
        JsonValueKind.Object => "{" + string.Join(", ", value.EnumerateObject().Select(m => $"\"{m.Name}\": {Spaced(m.Value)}")) + "}",
        _ => JsonText.Compact(value),
    };
}
