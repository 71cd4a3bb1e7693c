using System.Collections.Immutable;
using FissionGrpo.Episodes;

namespace FissionGrpo.Text.Dialogues;

/// <summary>What a reply of the policy says. A malformed reply is a value with <see cref="FormatError"/>, and it has no calls.</summary>
/// <param name="Text">Free text outside of calls and reasoning, without blanks at its ends.</param>
/// <param name="Calls">The calls in order; empty when there are none or when anything is malformed.</param>
/// <param name="Reasoning">What stands in the think block; null when there is none or it is blank.</param>
/// <param name="FormatError">What is malformed, in one sentence of a closed set; null when nothing is.</param>
public sealed record ParsedReply(string Text, ImmutableArray<ToolCall> Calls, string? Reasoning, string? FormatError);
