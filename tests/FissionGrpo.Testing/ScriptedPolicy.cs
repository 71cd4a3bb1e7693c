using System.Collections.Concurrent;
using System.Collections.Immutable;
using FissionGrpo.Episodes;
using FissionGrpo.Model.Policy;
using FissionGrpo.Text.Dialogues;

namespace FissionGrpo.Testing;

/// <summary>
/// A policy whose replies are a function of the dialogue so far and the draw. Its "weights" are one number that every optimizer step changes,
/// so that checkpoints and resuming can be tested without arithmetic. Safe for several threads.
/// </summary>
/// <param name="format">How dialogues become tokens.</param>
/// <param name="script">The reply to a dialogue, given its decoded text and 64 bits of the sample's seed. A call is written with <see cref="Call"/>.</param>
public sealed class ScriptedPolicy(DialogueFormat format, Func<string, ulong, string> script) : IPolicy
{
    /// <summary>Log-probability of every sampled token.</summary>
    public const float LogProb = -0.5f;

    private readonly ConcurrentQueue<SampleRequest> _requests = new();

    /// <summary>What was asked for.</summary>
    public IReadOnlyCollection<SampleRequest> Requests => _requests;

    /// <summary>What was trained on.</summary>
    public List<(TrainingBatch Batch, LossOptions Loss)> Batches { get; } = [];

    /// <summary>Optimizer steps.</summary>
    public List<AdamOptions> Steps { get; } = [];

    /// <summary>Stands for the weights: changed by every optimizer step, saved and loaded.</summary>
    public ulong Weights { get; set; } = 1;

    /// <summary>The trainer's log-probabilities are off by this much.</summary>
    public float TrainerOffset { get; init; }

    /// <summary>A call as the policy writes it.</summary>
    public static string Call(ToolCall call) =>
        $"<tool_call>\n{{\"name\": \"{call.Name}\", \"arguments\": {{{string.Join(", ", call.Arguments.Select(a => $"\"{a.Name}\": {JsonText.Compact(a.Value)}"))}}}}}\n</tool_call>";

    /// <summary>Opens the door that the user asks for, and unlocks it when told so; then it is done.</summary>
    public static string GoodReply(string dialogue)
    {
        var lastUser = dialogue.Split("<|user|>")[^1];
        var door = lastUser.Split("<|end|>")[0]["open ".Length..];
        var lastTool = lastUser.Contains("<|tool|>", StringComparison.Ordinal) ? lastUser.Split("<|tool|>")[^1] : "";
        return lastTool.StartsWith("opened", StringComparison.Ordinal) ? "Done."
            : lastTool.StartsWith("locked", StringComparison.Ordinal) ? Call(ToyTask.Unlock(door))
            : Call(ToyTask.Open(door));
    }

    public Task<ImmutableArray<SampledTokens>> SampleAsync(SampleRequest request, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        _requests.Enqueue(request);
        var dialogue = format.Tokenizer.Decode(request.Prefix.AsSpan());
        return Task.FromResult<ImmutableArray<SampledTokens>>([.. Enumerable.Range(0, request.Count).Select(i =>
        {
            var ids = Tokens(script(dialogue, request.Seed.Derive(i).Value));
            var stopped = ids.Length <= request.MaxTokens;
            ids = stopped ? ids : ids[..request.MaxTokens];
            return new SampledTokens(ids, [.. Enumerable.Repeat(LogProb, ids.Length)], stopped);
        })]);
    }

    /// <summary>A well-formed reply has the tokens that a demonstration of it has; anything else is encoded as it stands.</summary>
    private ImmutableArray<int> Tokens(string reply) => format.Parse(reply) is { FormatError: null } parsed
        ? format.Reply(new Message.Assistant(parsed.Text, parsed.Calls))
        : format.Tokenizer.Encode(reply).Add(format.StopTokens[0]);

    public Task<ForwardBackwardResult> ForwardBackwardAsync(TrainingBatch batch, LossOptions loss, CancellationToken cancel)
    {
        lock (Batches)
            Batches.Add((batch, loss));
        return ForwardAsync(batch, loss, cancel);
    }

    public Task<ForwardBackwardResult> ForwardAsync(TrainingBatch batch, LossOptions loss, CancellationToken cancel) => Task.FromResult(
        new ForwardBackwardResult(
            1,
            [.. batch.Sequences.Select(s => s.Mask.Select(m => m == 0 ? 0 : LogProb + TrainerOffset).ToImmutableArray())],
            ImmutableSortedDictionary<string, double>.Empty));

    public Task<OptimStepResult> OptimStepAsync(AdamOptions adam, CancellationToken cancel)
    {
        Steps.Add(adam);
        Weights = (Weights * 6364136223846793005UL) + (ulong)Batches.Sum(b => b.Batch.Sequences.Sum(s => s.Tokens.Sum(t => (long)t)));
        return Task.FromResult(new OptimStepResult(1));
    }

    public async Task SaveAsync(string folder, bool withOptimizer, CancellationToken cancel)
    {
        Directory.CreateDirectory(folder);
        await File.WriteAllTextAsync(Path.Combine(folder, "weights.txt"), $"{Weights}", cancel);
    }

    public async Task LoadAsync(string folder, bool withOptimizer, CancellationToken cancel) =>
        Weights = ulong.Parse(await File.ReadAllTextAsync(Path.Combine(folder, "weights.txt"), cancel), null);
}
