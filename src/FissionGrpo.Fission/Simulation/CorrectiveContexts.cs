using System.Collections.Immutable;
using FissionGrpo.Episodes;
using FissionGrpo.Rollouts;
using FissionGrpo.Seeds;
using FissionGrpo.Text.Dialogues;

namespace FissionGrpo.Fission;

/// <summary>
/// Stage 2, second half: has each failure diagnosed and makes the corrective context x_corr = [x; tau_err; f] of it. Every diagnostic passes
/// the leak audit; what leaks is written again, and then the environment's own message stands in. A simulator that fails or stalls never stops
/// training.
/// </summary>
/// <param name="simulator">Writes the diagnostics.</param>
/// <param name="options">Retries and time-outs.</param>
/// <param name="leaks">The leak audit: whether a diagnostic gives away what only the ground truth knows.</param>
/// <param name="format">How dialogues become tokens.</param>
/// <param name="time">Measures time-outs.</param>
public sealed class CorrectiveContexts(
    IErrorSimulator simulator, SimulatorOptions options, Func<Failure, string, bool> leaks, DialogueFormat format, TimeProvider time)
{
    /// <summary>Tokens that the simulator has sampled so far; set when a run goes on.</summary>
    public long SampledTokens { get => simulator.SampledTokens; set => simulator.SampledTokens = value; }

    /// <summary>The corrective contexts of a batch of failures, without duplicates, in the order of the failures.</summary>
    public async Task<DiagnosedFailures> WriteAsync(ImmutableArray<Failure> failures, Seed seed, CancellationToken cancel)
    {
        ImmutableArray<Failure> distinct = [.. failures.DistinctBy(f => f.Key)];
        var diagnostics = new Diagnostic?[distinct.Length];
        for (var i = 0; i < distinct.Length; i++)
            if (distinct[i] is { Sign: FailureSign.FormatError, FailedStep.FormatError: { } formatError })
                diagnostics[i] = new Diagnostic(FormatErrorRule.Message(formatError), FailureCategory.MalformedOutput);

        var counts = new Counts();
        var open = Enumerable.Range(0, distinct.Length).Where(i => diagnostics[i] is null).ToList();
        for (var attempt = 0; attempt <= options.LeakRetries && open.Count > 0; attempt++)
            open = await AskAsync(distinct, diagnostics, open, seed.Derive("attempt", attempt), counts, cancel);
        ImmutableArray<(Failure, Diagnostic)> written =
        [
            .. Enumerable.Range(0, distinct.Length)
                .Where(i => diagnostics[i] is not null && distinct[i].Sign is not FailureSign.FormatError).Select(i => (distinct[i], diagnostics[i]!)),
        ];
        foreach (var i in open)
        {
            if (distinct[i].OwnMessage is not { } message)
                continue;
            counts.Fallbacks++;
            diagnostics[i] = new Diagnostic(message, null);
        }

        var contexts = ImmutableArray.CreateBuilder<CorrectiveContext>(distinct.Length);
        for (var i = 0; i < distinct.Length; i++)
            if (diagnostics[i] is { } diagnostic)
                contexts.Add(ToContext(distinct[i], diagnostic));
        return new DiagnosedFailures(
            contexts.ToImmutable(), failures.Length - distinct.Length, counts.Leaks, counts.Fallbacks, distinct.Length - contexts.Count)
        {
            Written = written,
        };
    }

    private sealed class Counts
    {
        public int Leaks { get; set; }

        public int Fallbacks { get; set; }
    }

    /// <summary>Asks for the diagnostics that are still open; returns those that leaked or did not come.</summary>
    private async Task<List<int>> AskAsync(
        ImmutableArray<Failure> failures, Diagnostic?[] diagnostics, List<int> open, Seed seed, Counts counts, CancellationToken cancel)
    {
        var answers = await AnswersAsync([.. open.Select(i => failures[i])], seed, cancel);
        var stillOpen = new List<int>();
        for (var n = 0; n < open.Count; n++)
        {
            var failure = failures[open[n]];
            var answer = answers.IsDefaultOrEmpty ? null : answers[n];
            if (answer is null || string.IsNullOrWhiteSpace(answer.Text))
            {
                stillOpen.Add(open[n]);
            }
            else if (answer.Text != failure.OwnMessage && leaks(failure, answer.Text))
            {
                counts.Leaks++;
                stillOpen.Add(open[n]);
            }
            else
            {
                diagnostics[open[n]] = answer;
            }
        }
        return stillOpen;
    }

    /// <summary>The simulator's answers, or none when it fails, stalls or answers nonsense.</summary>
    private async Task<ImmutableArray<Diagnostic?>> AnswersAsync(ImmutableArray<Failure> failures, Seed seed, CancellationToken cancel)
    {
        using var limit = options.TimeoutSeconds > 0 ? new CancellationTokenSource(TimeSpan.FromSeconds(options.TimeoutSeconds), time) : null;
        using var both = limit is null ? null : CancellationTokenSource.CreateLinkedTokenSource(cancel, limit.Token);
        try
        {
            var answers = await simulator.DiagnoseAsync(failures, seed, both?.Token ?? cancel);
            return answers.Length == failures.Length ? answers : default;
        }
#pragma warning disable CA1031 // the simulator's boundary: the environment's own message stands in, counted
        catch (Exception) when (!cancel.IsCancellationRequested)
#pragma warning restore CA1031
        {
            return default;
        }
    }

    private CorrectiveContext ToContext(Failure failure, Diagnostic diagnostic) => new(
        failure.Key,
        Forking.At(failure.Rollout, failure.Step, failure.Call, diagnostic.Text, format),
        failure.Sign,
        diagnostic.Category,
        failure.ZeroVarianceGroup);
}

/// <summary>What became of a batch of failures.</summary>
/// <param name="Contexts">Corrective contexts.</param>
/// <param name="Duplicates">Failures that made the same mistake in the same place as another of the batch.</param>
/// <param name="Leaks">Diagnostics that the audit stopped, written-again ones included.</param>
/// <param name="Fallbacks">Failures for which the environment's own message stands in for the simulator's.</param>
/// <param name="Undiagnosed">Failures that nobody says anything about: they make no context.</param>
public sealed record DiagnosedFailures(
    ImmutableArray<CorrectiveContext> Contexts, int Duplicates, int Leaks, int Fallbacks, int Undiagnosed)
{
    /// <summary>What the simulator itself wrote and the audit let pass.</summary>
    public ImmutableArray<(Failure Failure, Diagnostic Diagnostic)> Written { get; init; } = [];
}
