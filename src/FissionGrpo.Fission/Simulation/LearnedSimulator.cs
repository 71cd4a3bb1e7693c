using System.Collections.Immutable;
using FissionGrpo.Episodes;
using FissionGrpo.Model.Policy;
using FissionGrpo.Seeds;
using FissionGrpo.Text.Dialogues;

namespace FissionGrpo.Fission;

/// <summary>The error simulator as a fine-tuned model: it reads the failed trajectory and writes the diagnostic, all failures of a batch at once.</summary>
/// <param name="model">The model; fine-tuned on items of the policy's own failures.</param>
/// <param name="format">How dialogues become tokens.</param>
/// <param name="options">Length, and whether the ground truth is read.</param>
/// <param name="conveyed">The failure category that a text conveys, where somebody can tell.</param>
public sealed class LearnedSimulator(
    ISampler model, DialogueFormat format, SimulatorOptions options, Func<string, FailureCategory?> conveyed) : IErrorSimulator
{
    /// <summary>Low enough to be right, high enough that a second try after a leak is another text.</summary>
    private static readonly SamplingOptions Sampling = new(Temperature: 0.5f);

    private long _sampledTokens;

    /// <inheritdoc/>
    public long SampledTokens { get => _sampledTokens; set => _sampledTokens = value; }

    /// <inheritdoc/>
    public async Task<ImmutableArray<Diagnostic?>> DiagnoseAsync(ImmutableArray<Failure> failures, Seed seed, CancellationToken cancel)
    {
        var replies = await Task.WhenAll(failures.Select((failure, i) => model.SampleAsync(
            new SampleRequest(
                SimulatorDialogue.Prompt(failure, options.SeesAnswer, format), 1, options.MaxTokens, format.StopTokens, Sampling,
                seed.Derive(failure.Key).Derive(i)),
            cancel)));
        Interlocked.Add(ref _sampledTokens, replies.Sum(r => r[0].Tokens.Length));
        return [.. replies.Select(r => ToDiagnostic(r[0]))];
    }

    private Diagnostic? ToDiagnostic(SampledTokens reply) =>
        reply.Stopped && format.Parse(reply.Tokens.AsSpan()) is { FormatError: null, Calls.IsEmpty: true, Text: { Length: > 0 } text }
            ? new Diagnostic(text, conveyed(text))
            : null;
}
