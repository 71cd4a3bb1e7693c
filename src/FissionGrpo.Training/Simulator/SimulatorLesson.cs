using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using FissionGrpo.Episodes;
using FissionGrpo.Fission;
using FissionGrpo.Fission.Diagnosis;
using FissionGrpo.Text.Dialogues;

namespace FissionGrpo.Training;

/// <summary>
/// One line of a simulator's training data: a real failure of a policy in words that any model can read, and what the teacher says about it.
/// </summary>
/// <param name="Schema">Version of this record: 1.</param>
/// <param name="Key">Names the failure: no two lines of a file are the same mistake.</param>
/// <param name="Round">The round of collecting that it comes from; an interrupted collection goes on with the last one.</param>
/// <param name="TaskId">The task played. Held-out data share no task with the rest.</param>
/// <param name="Category">What went wrong, as the diagnoser, who sees the ground truth, names it.</param>
/// <param name="Tools">The tools on offer.</param>
/// <param name="Dialogue">System prompt, users, replies and results, up to the failed reply and its results.</param>
/// <param name="FailedCall">The failed call; null when the reply had none.</param>
/// <param name="Call">Its place among the calls of the reply, from 0; -1 when the reply had none.</param>
/// <param name="Error">What the environment itself says about it; null when it says nothing.</param>
/// <param name="CorrectCall">The call that the ground truth has next; null when nothing is left to do.</param>
/// <param name="Expected">All calls of the ground truth's turn: what a diagnostic must not give away.</param>
/// <param name="Diagnostic">The teacher's text.</param>
/// <param name="Teacher">Who wrote it: <c>diagnoser</c>, or the model's name.</param>
public sealed record SimulatorLesson(
    int Schema,
    string Key,
    int Round,
    string TaskId,
    FailureCategory Category,
    ImmutableArray<JsonElement> Tools,
    ImmutableArray<LessonMessage> Dialogue,
    ToolCall? FailedCall,
    int Call,
    string? Error,
    ToolCall? CorrectCall,
    ImmutableArray<ToolCall> Expected,
    string Diagnostic,
    string Teacher)
{
    /// <summary>What the policy had read when it failed, for the leak audit.</summary>
    [JsonIgnore]
    public string ReadSoFar => string.Join('\n', [.. Tools.Select(JsonText.Compact), .. Dialogue.Select(m => $"{m.Text} {string.Join(' ', m.Calls)}")]);

    /// <summary>The lesson as tokens: the same question that <see cref="SimulatorDialogue"/> asks in a run.</summary>
    /// <param name="format">How dialogues become tokens.</param>
    /// <param name="seesAnswer">Whether the question names the expected calls.</param>
    internal SimulatorItem ToItem(DialogueFormat format, bool seesAnswer)
    {
        Message[] messages = [.. Dialogue.Select(m => m.ToMessage())];
        var tools = Tools.Select(t => new ToolSpec(t.GetProperty("name").GetString()!, t)).ToArray();
        var calls = messages.OfType<Message.Assistant>().Last().Calls.Length;
        return new SimulatorItem(
            [
                .. format.Dialogue(messages, tools, openAssistant: false),
                .. format.User(SimulatorDialogue.Question(calls, Call, seesAnswer ? Expected : default)),
                .. format.OpenAssistant(),
            ],
            SimulatorDialogue.Reply(Diagnostic, format));
    }

    /// <summary>A failure with the teacher's text, as a line.</summary>
    internal static SimulatorLesson Of(Failure failure, ImmutableArray<Message> dialogue, DialogueFormat format, FailureCategory category, string diagnostic, string teacher, int round)
    {
        var step = FailedStep.Of(failure, format);
        return new SimulatorLesson(
            1, failure.Key, round, failure.Rollout.Task.Id, category, [.. step.Tools.Select(t => t.Document)], [.. dialogue.Select(LessonMessage.Of)],
            step.Culprit?.Call, failure.Call, step.OwnMessage, step.NextExpected, step.Expected, diagnostic, teacher);
    }
}

/// <summary>A message of a lesson.</summary>
/// <param name="Role"><c>system</c>, <c>user</c>, <c>assistant</c>, <c>tool</c>.</param>
/// <param name="Text">What is said; a tool's result.</param>
/// <param name="Calls">An assistant's calls.</param>
/// <param name="Name">The tool's name.</param>
public sealed record LessonMessage(string Role, string Text, ImmutableArray<ToolCall> Calls, string? Name = null)
{
    internal static LessonMessage Of(Message message) => message switch
    {
        Message.System system => new("system", system.Text, []),
        Message.User user => new("user", user.Text, []),
        Message.Tool tool => new("tool", tool.Text, [], tool.Name),
        Message.Assistant assistant => new("assistant", assistant.Text, assistant.Calls),
        _ => throw new ArgumentOutOfRangeException(nameof(message), message, "not a message"),
    };

    internal Message ToMessage() => Role switch
    {
        "system" => new Message.System(Text),
        "user" => new Message.User(Text),
        "tool" => new Message.Tool(Name ?? "", Text),
        _ => new Message.Assistant(Text, Calls),
    };
}
