using System.Collections.Immutable;
using System.Text.Json;
using FissionGrpo.Episodes;
using FissionGrpo.Seeds;

namespace FissionGrpo.Fission.Diagnosis;

/// <summary>
/// Puts a diagnosis into words that read like a runtime error, in the dress of the environment's own messages: its own message first (tau_err, so
/// nothing is lost), then what is wrong and what to look at. Names tools and parameters, never a value of y*. Several wordings, chosen by seed.
/// </summary>
public static class DiagnosticWording
{
    /// <summary>A diagnostic that passes the leak audit.</summary>
    /// <param name="step">The failed step.</param>
    /// <param name="diagnosis">What is wrong with it.</param>
    /// <param name="seed">Chooses among the wordings.</param>
    public static string Write(FailedStep step, Diagnosis diagnosis, Seed seed)
    {
        var rng = new SampleRng(seed.Derive("wording"));
        var facts = Facts(diagnosis);
        var hints = Hints(diagnosis);
        var sentence = $"{rng.Pick(facts.AsSpan())}; {rng.Pick(hints.AsSpan())}.";
        var text = Dress(step, sentence);

        // Names of tools and parameters can be values of y* by accident; then the shortest wording, which names none, stands in.
        return LeakAudit.Leaks(text, step.Expected, step.ReadSoFar) ? Dress(step, Plain(diagnosis.Category)) : text;
    }

    /// <summary>
    /// The category that a diagnostic conveys, whoever wrote it: the one whose words it uses first. Null when it uses none of them, as the
    /// environment's own messages do.
    /// </summary>
    public static FailureCategory? CategoryOf(string diagnostic)
    {
        var text = diagnostic.ToLowerInvariant();
        return Marks.Select(m => (m.Category, At: m.Words.Select(w => text.IndexOf(w, StringComparison.Ordinal)).Where(at => at >= 0).DefaultIfEmpty(int.MaxValue).Min()))
            .Where(m => m.At < int.MaxValue).OrderBy(m => m.At).Select(m => (FailureCategory?)m.Category).FirstOrDefault();
    }

    /// <summary>What a diagnostic may begin with, one phrase a category, so that <see cref="CategoryOf"/> can read it back.</summary>
    public static ImmutableArray<string> Kinds => [.. Marks.Select(m => m.Words[^1])];

    /// <summary>Words that tell the category; every fact below has one of its own category and none of another.</summary>
    private static readonly ImmutableArray<(FailureCategory Category, string[] Words)> Marks =
    [
        (FailureCategory.MalformedOutput, ["malformed"]),
        (FailureCategory.UnknownTool, ["unknown tool"]),
        (FailureCategory.UnknownParameter, ["unknown parameter"]),
        (FailureCategory.MissingParameter, ["missing parameter", "is missing in"]),
        (FailureCategory.WrongType, ["wrong type"]),
        (FailureCategory.WrongValue, ["wrong value"]),
        (FailureCategory.UnmetPrecondition, ["precondition", "unmet precondition"]),
        (FailureCategory.WrongOrder, ["wrong order"]),
        (FailureCategory.MissingCall, ["missing call", "call is missing"]),
        (FailureCategory.NeedlessCall, ["needless call"]),
        (FailureCategory.RepeatedFailingCall, ["repeated call", "was repeated unchanged", "repeated failing call"]),
        (FailureCategory.PrematureStop, ["stopped too early", "ended too early", "premature stop"]),
        (FailureCategory.InventedResult, ["invented"]),
    ];

    /// <summary>What is wrong. Every category has words of its own, so that the text conveys it.</summary>
    private static ImmutableArray<string> Facts(Diagnosis d) => d.Category switch
    {
        FailureCategory.MalformedOutput => ["malformed output: this is not a tool call that can be read", "malformed output: the call could not be parsed", "the output is malformed and nothing was executed"],
        FailureCategory.UnknownTool => [$"unknown tool {d.Tool}", $"there is no tool named {d.Tool}: unknown tool", $"{d.Tool} is an unknown tool and not on offer"],
        FailureCategory.UnknownParameter => [$"unknown parameter {d.Parameter} of {d.Tool}", $"{d.Tool} has no {d.Parameter}: unknown parameter", $"{d.Parameter} is an unknown parameter for {d.Tool}"],
        FailureCategory.MissingParameter => [$"missing parameter {d.Parameter} of {d.Tool}", $"{d.Tool} needs {d.Parameter}: missing parameter", $"the parameter {d.Parameter} is missing in {d.Tool}"],
        FailureCategory.WrongType => [$"wrong type for {d.Parameter} of {d.Tool}, expected {d.Type}", $"{d.Parameter} of {d.Tool} has the wrong type, it must be {d.Type}"],
        FailureCategory.WrongValue => [$"wrong value for {d.Parameter} of {d.Tool}", $"{d.Tool} got a wrong value in {d.Parameter}", $"the value of {d.Parameter} is a wrong value here"],
        FailureCategory.UnmetPrecondition => [$"precondition of {d.Tool} not met", $"{d.Tool} is right but its precondition is not met yet", $"{d.Tool} cannot run yet: precondition not met"],
        FailureCategory.WrongOrder => [$"wrong order: {(d.Tool is null ? "the calls" : d.Tool)} came too early", $"the calls are right but in the wrong order"],
        FailureCategory.MissingCall => ["a call is missing: the request is not complete", "missing call: part of the request is left"],
        FailureCategory.NeedlessCall => [$"needless call of {d.Tool}", $"nothing asked for {d.Tool}: needless call"],
        FailureCategory.RepeatedFailingCall => [$"repeated call: {d.Tool} failed before in the same way", $"{d.Tool} was repeated unchanged after it failed"],
        FailureCategory.PrematureStop => ["stopped too early: the goal is not reached", "the turn ended too early and the goal is not reached"],
        FailureCategory.InventedResult => ["invented result: no tool gave this answer", "the answer is invented, no tool result says so"],
        _ => throw new ArgumentOutOfRangeException(nameof(d), d.Category, "not a failure category"),
    };

    /// <summary>What to do about it, or what to look at.</summary>
    private static ImmutableArray<string> Hints(Diagnosis d) => d.Category switch
    {
        FailureCategory.WrongValue => d.Source switch
        {
            ValueSource.ErrorText => ["the error names a value that fits", "read the value in the error"],
            ValueSource.Dialogue => ["use the other value in the request", "the request has another value for it"],
            ValueSource.AnotherCall => [$"use {d.Next} first to get the value", $"the result of {d.Next} has the value"],
            _ => ["check it against the request", "choose another value"],
        },
        FailureCategory.UnmetPrecondition when d.Next == d.Tool => ["try the same call again", "call it again"],
        FailureCategory.UnmetPrecondition when d.Next is null => ["mend what the error names first", "the error names what is needed first"],
        FailureCategory.UnmetPrecondition or FailureCategory.WrongOrder when d.Next is not null => [$"use {d.Next} first", $"{d.Next} must come first"],
        FailureCategory.MalformedOutput => ["write one call again with name and arguments", "send it again as valid JSON"],
        FailureCategory.MissingParameter => ["give it and call again", "add it"],
        FailureCategory.UnknownParameter => ["leave it out", "remove it or use another name"],
        FailureCategory.WrongType => ["change it and call again", "convert it"],
        FailureCategory.RepeatedFailingCall when d.Next is not null => [$"change something first, {d.Next} is next", $"do not repeat it, use {d.Next}"],
        FailureCategory.RepeatedFailingCall => ["do not repeat it, change the call", "change the call first"],
        _ when d.Next is not null => [$"use {d.Next}", $"{d.Next} is next"],
        _ => ["read the request again", "check the request"],
    };

    private static string Plain(FailureCategory category) => JsonNamingPolicy.SnakeCaseLower.ConvertName(category.ToString()).Replace('_', ' ') + ".";

    /// <summary>The environment's own message, continued; or a message of the same look.</summary>
    private static string Dress(FailedStep step, string sentence)
    {
        var model = step.OwnMessage ?? step.Done.Select(d => d.Result).OfType<ToolResult.Failed>().LastOrDefault()?.Message ?? step.Done.LastOrDefault()?.Result.Text ?? "";
        var own = step.OwnMessage;
        if (!model.StartsWith('{'))
            return own is { Length: > 0 } ? $"{own.TrimEnd()} {sentence}" : $"Error: {sentence}";
        var message = own is null ? null : ShownError.TextOf(own);
        return own is not null && message is null
            ? $"{own} {sentence}"
            : $"{{\"error\": {JsonText.Compact(JsonSerializer.SerializeToElement(message is null ? sentence : $"{message.TrimEnd()} {sentence}"))}}}";
    }
}
