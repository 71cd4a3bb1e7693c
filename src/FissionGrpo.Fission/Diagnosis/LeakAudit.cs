using System.Collections.Immutable;
using FissionGrpo.Episodes;

namespace FissionGrpo.Fission.Diagnosis;

/// <summary>What a diagnostic gives away.</summary>
/// <param name="Argument">The argument of y* whose value it is: <c>send_message.receiver_id</c>.</param>
/// <param name="Value">The value, as text.</param>
/// <param name="How">How it is written: <c>plain</c>, <c>part</c>, <c>number</c>, <c>spelled</c>, <c>base64</c>, …</param>
public sealed record Leak(string Argument, string Value, string How);

/// <summary>
/// The leak audit: a diagnostic may not contain an argument value of y* that occurs neither in x nor in tau_err. It is strict. Values are
/// compared without case, accents of width, punctuation and spacing; numbers by value in whatever spelling (digits, words, scientific, hexadecimal,
/// rounded, as a small sum); telling parts of values and simple encodings (base64, hexadecimal, character codes, reversed, rot13, spelled letter by
/// letter) count as the value. Stateless and safe for threads.
/// </summary>
public static class LeakAudit
{
    /// <summary>Whether the diagnostic leaks.</summary>
    /// <param name="diagnostic">The text that the policy would read.</param>
    /// <param name="expected">y*: the expected calls, whose argument values are the secret.</param>
    /// <param name="context">What the policy has read already: x with its tools, and tau_err with the environment's own message.</param>
    public static bool Leaks(string diagnostic, ImmutableArray<ToolCall> expected, string context) => Find(diagnostic, expected, context, 1).Length > 0;

    /// <summary>Everything that the diagnostic gives away, one entry per argument.</summary>
    /// <inheritdoc cref="Leaks"/>
    public static ImmutableArray<Leak> Find(string diagnostic, ImmutableArray<ToolCall> expected, string context) =>
        Find(diagnostic, expected, context, int.MaxValue);

    private static ImmutableArray<Leak> Find(string diagnostic, ImmutableArray<ToolCall> expected, string context, int most)
    {
        var leaks = ImmutableArray.CreateBuilder<Leak>();
        var said = new AuditedText(diagnostic);
        var known = new AuditedText(context);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var call in expected)
            foreach (var argument in call.Arguments)
                foreach (var secret in Secret.In(argument.Value))
                {
                    if (leaks.Count >= most)
                        return leaks.ToImmutable();
                    var place = $"{call.Name}.{argument.Name}";
                    if (!seen.Add($"{place}={secret.Text}") || secret.OccursPlainlyIn(known))
                        continue;
                    if (secret.FindIn(said, known) is { } how)
                        leaks.Add(new Leak(place, secret.Text, how));
                }
        return leaks.ToImmutable();
    }
}
