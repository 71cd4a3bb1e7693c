using System.Collections.Immutable;
using FissionGrpo.Episodes;
using FissionGrpo.Evaluation.Chat;
using FissionGrpo.Fission;
using FissionGrpo.Fission.Diagnosis;
using FissionGrpo.Seeds;
using FissionGrpo.Text.Dialogues;

namespace FissionGrpo.Evaluation.Endpoints;

/// <summary>
/// A model behind an OpenAI-compatible server as error simulator, or as the teacher of one. What goes wrong with one failure (server gone, time-out,
/// nonsense) is the fault of that one diagnostic. Answers are kept: the same failure is asked once, unless another seed wants another text.
/// </summary>
/// <param name="endpoint">The server.</param>
/// <param name="format">Turns trajectories into text.</param>
/// <param name="seesAnswer">Whether the prompt names the calls of the ground truth: a teacher's does.</param>
/// <param name="concurrency">Requests under way at once.</param>
public sealed class EndpointSimulator(EndpointPolicy endpoint, DialogueFormat format, bool seesAnswer, int concurrency = 8) : IErrorSimulator
{
    /// <summary>
    /// The instructions. {0} is the list of what a diagnostic may begin with, so that its category can be read back.
    /// </summary>
    public const string Instructions =
        """
        You are the error reporter of a tool runtime. An assistant made a mistake while it used tools. You see the tools, the dialogue so far, the failed step and what the environment itself said about it.
        Write the diagnostic that a good runtime would give: what is wrong with the step and what to look at, in at most two short sentences of plain text.
        Begin with the kind of the error, one of: {0}.
        You may name tools and parameters. Never state, spell, encode, abbreviate or hint at the value of a correct argument that the assistant has not read yet; the diagnostic must not solve the task.
        Answer with the diagnostic alone.
        """;

    /// <summary>Longer answers are no diagnostics.</summary>
    private const int LongestDiagnostic = 600;

    /// <summary>A dialogue's end says most about its failure; servers of small contexts must not refuse it.</summary>
    private const int LongestDialogue = 24_000;

    private readonly Lock _gate = new();
    private readonly Dictionary<(string Key, ulong Seed), Diagnostic> _known = [];
    private SimulatorTokens _tokens;

    /// <inheritdoc/>
    public SimulatorTokens Tokens { get => _tokens; set => _tokens = value; }

    /// <inheritdoc/>
    public async Task<ImmutableArray<Diagnostic?>> DiagnoseAsync(ImmutableArray<Failure> failures, Seed seed, CancellationToken cancel)
    {
        using var free = new SemaphoreSlim(concurrency);
        return [.. await Task.WhenAll(failures.Select(async failure =>
        {
            await free.WaitAsync(cancel);
            try
            {
                return await DiagnoseAsync(failure, seed.Derive(failure.Key), cancel);
            }
            finally
            {
                free.Release();
            }
        }))];
    }

    private async Task<Diagnostic?> DiagnoseAsync(Failure failure, Seed seed, CancellationToken cancel)
    {
        lock (_gate)
            if (_known.TryGetValue((failure.Key, seed.Value), out var known))
                return known;
        Diagnostic diagnostic;
        try
        {
            var reply = await endpoint.CompleteAsync(
                [new Message.System(Instructions.Replace("{0}", string.Join(", ", DiagnosticWording.Kinds), StringComparison.Ordinal)), new Message.User(Question(FailedStep.Of(failure, format)))], [], seed, cancel);
            lock (_gate)
                _tokens += new SimulatorTokens(reply.PromptTokens, reply.ReplyTokens);
            diagnostic = Read(reply);
        }
#pragma warning disable CA1031 // the endpoint's boundary: one diagnostic without a text, counted with its cause
        catch (Exception cause) when (!cancel.IsCancellationRequested)
#pragma warning restore CA1031
        {
            return Diagnostic.None(cause.Message, (cause.InnerException as EndpointException)?.Kind switch
            {
                "time_out" => SimulatorFault.TimeOut,
                "broken_reply" => SimulatorFault.Nonsense,
                _ => SimulatorFault.Exception,
            });
        }
        lock (_gate)
            _known[(failure.Key, seed.Value)] = diagnostic;
        return diagnostic;
    }

    private static Diagnostic Read(ChatReply reply)
    {
        var text = reply.Message.Text.Trim().Trim('"').Trim();
        return reply.FormatError is { } error ? Diagnostic.None($"the answer cannot be read: {error}")
            : !reply.Message.Calls.IsEmpty ? Diagnostic.None("the answer is a tool call")
            : text.Length == 0 ? Diagnostic.None("the answer is blank")
            : text.Length > LongestDiagnostic ? Diagnostic.None($"the answer has {text.Length} characters, more than a diagnostic's {LongestDiagnostic}")
            : new Diagnostic(text, DiagnosticWording.CategoryOf(text));
    }

    private string Question(FailedStep step)
    {
        var dialogue = step.Context.Length > LongestDialogue ? "… " + step.Context[^LongestDialogue..] : step.Context;
        var failed = step.Culprit is { } culprit ? $"the call {culprit.Call}" : $"the reply \"{step.Reply}\", which ended the turn";
        return $"""
            Tools:
            {string.Join('\n', step.Tools.Select(t => JsonText.Compact(t.Document)))}

            Dialogue:
            {dialogue}

            Failed step: {failed}
            The environment says: {step.OwnMessage ?? "nothing; the call went through, but it is not what the user needs"}
            {(seesAnswer ? $"The calls that would be right, which only you may know: {string.Join(", ", step.Expected)}" : "")}
            """;
    }
}
