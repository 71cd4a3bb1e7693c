using System.Collections.Immutable;
using FissionGrpo.Episodes;
using FissionGrpo.Rollouts;
using FissionGrpo.Seeds;
using FissionGrpo.Text.Dialogues;

namespace FissionGrpo.Fission;

/// <summary>
/// Stage 2, second half: has each failure diagnosed and makes the corrective context x_corr = [x; tau_err; f] of it. Every diagnostic passes
/// the leak audit; what leaks is written again, and then the environment's own message stands in. Neither a simulator that fails, stalls or talks
/// nonsense nor a world that throws when it is forked stops training: each is counted with its cause.
/// </summary>
/// <param name="simulator">Writes the diagnostics.</param>
/// <param name="options">Retries, time-outs, corruption.</param>
/// <param name="leaks">The leak audit: whether a diagnostic gives away what only the ground truth knows.</param>
/// <param name="format">How dialogues become tokens.</param>
/// <param name="time">Measures time-outs.</param>
public sealed class CorrectiveContexts(
    IErrorSimulator simulator, SimulatorOptions options, Func<Failure, string, bool> leaks, DialogueFormat format, TimeProvider time)
{
    private readonly Corruption _corruption = new(options.CorruptShare, leaks);

    /// <summary>What the simulator has done so far; set when a run goes on.</summary>
    public SimulatorTally Tally
    {
        get => new(simulator.Tokens, _corruption.Written, _corruption.Corrupted);
        set => (simulator.Tokens, _corruption.Written, _corruption.Corrupted) = (value.Tokens, value.Written, value.Corrupted);
    }

    /// <summary>The corrective contexts of a batch of failures, without duplicates, in the order of the failures.</summary>
    public async Task<DiagnosedFailures> WriteAsync(ImmutableArray<Failure> failures, Seed seed, CancellationToken cancel)
    {
        ImmutableArray<Failure> distinct = [.. failures.DistinctBy(f => f.Key)];
        var before = simulator.Tokens;
        var faults = new FaultLog();
        var diagnostics = new Diagnostic?[distinct.Length];
        for (var i = 0; i < distinct.Length; i++)
            diagnostics[i] = WithoutSimulator(distinct[i], seed.Derive("share"));

        var open = Enumerable.Range(0, distinct.Length).Where(i => diagnostics[i] is null).ToList();
        var asked = open.ToArray();
        // A simulator that has stalled as often as it was asked is not asked again; one slow answer among others costs them no second try.
        for (var attempt = 0; attempt <= options.LeakRetries && open.Count > 0 && faults.Of(SimulatorFault.TimeOut) < asked.Length; attempt++)
            open = await AskAsync(distinct, diagnostics, open, seed.Derive("attempt", attempt), faults, cancel);
        var fallbacks = 0;
        foreach (var i in open)
        {
            if (distinct[i].OwnMessage is not { } message)
                continue;
            fallbacks++;
            diagnostics[i] = new Diagnostic(message, null);
        }
        var corrupted = _corruption.Apply(distinct, diagnostics, asked, seed.Derive("corrupt"));

        var contexts = ImmutableArray.CreateBuilder<CorrectiveContext>(distinct.Length);
        var broken = new FaultLog();
        for (var i = 0; i < distinct.Length; i++)
            if (diagnostics[i] is { } diagnostic && ToContext(distinct[i], diagnostic, broken) is { } context)
                contexts.Add(context);
        return new DiagnosedFailures(
            contexts.ToImmutable(), failures.Length - distinct.Length, faults.Of(SimulatorFault.Leak), fallbacks, diagnostics.Count(d => d is null))
        {
            Written = [.. asked.Except(open).Union(corrupted).Order().Where(i => diagnostics[i] is not null).Select(i => (distinct[i], diagnostics[i]!))],
            Corrupted = corrupted.Count,
            Tokens = simulator.Tokens - before,
            Faults = faults.Counts,
            Broken = broken.Counts,
            Causes = faults.Causes.AddRange(broken.Causes),
        };
    }

    /// <summary>What the simulator is not asked about: replies that cannot be read, and the share that keeps the environment's own message.</summary>
    private Diagnostic? WithoutSimulator(Failure failure, Seed seed) => failure switch
    {
        { Sign: FailureSign.FormatError, FailedStep.FormatError: { } formatError } =>
            new Diagnostic(FormatErrorRule.Message(formatError), FailureCategory.MalformedOutput),
        { OwnMessage: { } message } when !new SampleRng(seed.Derive(failure.Key)).Chance(options.Share) => new Diagnostic(message, null),
        _ => null,
    };

    /// <summary>Asks for the diagnostics that are still open; returns those that leaked or did not come.</summary>
    private async Task<List<int>> AskAsync(
        ImmutableArray<Failure> failures, Diagnostic?[] diagnostics, List<int> open, Seed seed, FaultLog faults, CancellationToken cancel)
    {
        var answers = await AnswersAsync([.. open.Select(i => failures[i])], seed, faults, cancel);
        if (answers.IsDefault)
            return open;
        var stillOpen = new List<int>();
        for (var n = 0; n < open.Count; n++)
        {
            var (failure, answer) = (failures[open[n]], answers[n]);
            if (FaultOf(failure, answer) is var (fault, cause))
            {
                faults.Add(fault, cause);
                stillOpen.Add(open[n]);
            }
            else
            {
                diagnostics[open[n]] = answer;
            }
        }
        return stillOpen;
    }

    /// <summary>What is wrong with an answer, if anything is.</summary>
    private (string Fault, string Cause)? FaultOf(Failure failure, Diagnostic? answer) => answer switch
    {
        null => (SimulatorFault.Silence, "the simulator had nothing to say"),
        { Fault: { } cause } => (answer.FaultKind, cause),
        _ when string.IsNullOrWhiteSpace(answer.Text) => (SimulatorFault.Nonsense, "the diagnostic is blank"),
        _ when answer.Text != failure.OwnMessage && leaks(failure, answer.Text) => (SimulatorFault.Leak, "the diagnostic gave away a value of the ground truth"),
        _ => null,
    };

    /// <summary>The simulator's answers, or none (the default array) when it failed as a whole.</summary>
    private async Task<ImmutableArray<Diagnostic?>> AnswersAsync(ImmutableArray<Failure> failures, Seed seed, FaultLog faults, CancellationToken cancel)
    {
        using var limit = options.LimitSeconds > 0 ? new CancellationTokenSource(TimeSpan.FromSeconds(options.LimitSeconds), time) : null;
        using var both = limit is null ? null : CancellationTokenSource.CreateLinkedTokenSource(cancel, limit.Token);
        var token = both?.Token ?? cancel;
        try
        {
            // Waiting ends with the limit even where the simulator itself does not listen to it.
            var answers = await simulator.DiagnoseAsync(failures, seed, token).WaitAsync(token);
            if (!answers.IsDefault && answers.Length == failures.Length)
                return answers;
            faults.Add(SimulatorFault.Nonsense, $"{(answers.IsDefault ? 0 : answers.Length)} answers to {failures.Length} failures", failures.Length);
        }
        catch (OperationCanceledException) when (limit is { IsCancellationRequested: true } && !cancel.IsCancellationRequested)
        {
            faults.Add(SimulatorFault.TimeOut, $"no answer within {options.LimitSeconds} seconds", failures.Length);
        }
#pragma warning disable CA1031 // the simulator's boundary: the environment's own message stands in, counted
        catch (Exception cause) when (!cancel.IsCancellationRequested)
#pragma warning restore CA1031
        {
            faults.Add(SimulatorFault.Exception, $"{cause.GetType().Name}: {cause.Message}", failures.Length);
        }
        return default;
    }

    private CorrectiveContext? ToContext(Failure failure, Diagnostic diagnostic, FaultLog broken)
    {
        var shown = ShownError.Of(options.Placement, failure.OwnMessage, diagnostic.Text);
        var (state, refused) = Forking.TryAt(failure.Rollout, failure.Step, failure.Call, shown, format);
        if (state is not null)
            return new CorrectiveContext(failure.Key, state, failure.Sign, diagnostic.Category, failure.ZeroVarianceGroup);
        broken.Add(refused!.Boundary, refused.Message);
        return null;
    }
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
    private static readonly ImmutableSortedDictionary<string, int> None = ImmutableSortedDictionary.Create<string, int>(StringComparer.Ordinal);

    /// <summary>What the simulator wrote and the audit let pass, as the policy reads it (corrupted ones included).</summary>
    public ImmutableArray<(Failure Failure, Diagnostic Diagnostic)> Written { get; init; } = [];

    /// <summary>Diagnostics that were replaced by that of another failure, on purpose.</summary>
    public int Corrupted { get; init; }

    /// <summary>Tokens that the simulator read and wrote for this batch.</summary>
    public SimulatorTokens Tokens { get; init; }

    /// <summary>Answers that could not be used, by <see cref="SimulatorFault"/>; one failure may have several.</summary>
    public ImmutableSortedDictionary<string, int> Faults { get; init; } = None;

    /// <summary>Failures whose world could not be forked, by the boundary that failed: they make no context.</summary>
    public ImmutableSortedDictionary<string, int> Broken { get; init; } = None;

    /// <summary>The first cause of each kind of fault, in words.</summary>
    public ImmutableSortedDictionary<string, string> Causes { get; init; } = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);
}
