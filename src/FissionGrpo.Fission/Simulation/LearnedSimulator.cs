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

    private readonly Lock _gate = new();
    private SimulatorTokens _tokens;

    /// <inheritdoc/>
    public SimulatorTokens Tokens { get => _tokens; set => _tokens = value; }

    /// <inheritdoc/>
    public async Task<ImmutableArray<Diagnostic?>> DiagnoseAsync(ImmutableArray<Failure> failures, Seed seed, CancellationToken cancel)
    {
        var prompts = failures.Select(f => SimulatorDialogue.Prompt(f, options.SeesAnswer, format)).ToArray();
        var replies = await Task.WhenAll(failures.Select((failure, i) => model.SampleAsync(
            new SampleRequest(prompts[i], 1, options.MaxTokens, format.StopTokens, Sampling, seed.Derive(failure.Key).Derive(i)), cancel)));
        lock (_gate)
            _tokens += new SimulatorTokens(prompts.Sum(p => (long)p.Length), replies.Sum(r => (long)r[0].Tokens.Length));
        return [.. replies.Select(r => Read(r[0], format)).Select(d => d.Fault is null ? d with { Category = conveyed(d.Text) } : d)];
    }

    /// <summary>What a reply says, without a category; or why it is no diagnostic.</summary>
    public static Diagnostic Read(SampledTokens reply, DialogueFormat format) => !reply.Stopped
        ? Diagnostic.None($"the diagnostic was cut off after {reply.Tokens.Length} tokens")
        : format.Parse(reply.Tokens.AsSpan()) switch
        {
            { FormatError: { } error } => Diagnostic.None($"the diagnostic cannot be read: {error}"),
            { Calls.IsEmpty: false } => Diagnostic.None("the diagnostic is a tool call"),
            { Text: var text } => new Diagnostic(text, null),
        };
}
