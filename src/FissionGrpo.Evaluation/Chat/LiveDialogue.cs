using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using FissionGrpo.Episodes;
using FissionGrpo.Model.Policy;
using FissionGrpo.Seeds;
using FissionGrpo.Text.Dialogues;

namespace FissionGrpo.Evaluation.Chat;

/// <summary>
/// A dialogue between a person and a policy, with a world behind it that executes the calls. The tokens only ever grow, as in training. Not
/// safe for several threads.
/// </summary>
public sealed class LiveDialogue
{
    private readonly DialogueFormat _format;
    private readonly ISampler _policy;
    private readonly IEnvironment _world;
    private readonly SamplingOptions _sampling;
    private readonly int _maxReplyTokens;
    private readonly int _maxSteps;
    private readonly int _maxTokens;
    private readonly Seed _seed;
    private readonly string? _systemPrompt;
    private readonly List<int> _tokens = [];
    private int _replies;

    /// <summary>Begins.</summary>
    /// <param name="format">How dialogues become tokens.</param>
    /// <param name="policy">Who replies.</param>
    /// <param name="systemPrompt">Instructions, or null.</param>
    /// <param name="world">Executes the calls; it belongs to the dialogue from now on.</param>
    /// <param name="sampling">The distribution that replies are drawn from.</param>
    /// <param name="maxReplyTokens">The most tokens of one reply.</param>
    /// <param name="maxSteps">Replies that make calls before the turn is ended.</param>
    /// <param name="seed">Where the draws come from.</param>
    /// <param name="maxTokens">The longest dialogue that the model takes; replies become shorter towards its end.</param>
    public LiveDialogue(
        DialogueFormat format, ISampler policy, string? systemPrompt, IEnvironment world, SamplingOptions sampling, int maxReplyTokens, int maxSteps, Seed seed,
        int maxTokens = int.MaxValue)
    {
        (_format, _policy, _world, _sampling, _maxReplyTokens, _maxSteps, _seed, _maxTokens) = (format, policy, world, sampling, maxReplyTokens, maxSteps, seed, maxTokens);
        _systemPrompt = systemPrompt;
    }

    /// <summary>Says something and yields what the policy does: its calls with their results, then what it says.</summary>
    /// <exception cref="UserErrorException">The dialogue has become longer than the model takes.</exception>
    public async IAsyncEnumerable<Step> SayAsync(string text, [EnumeratorCancellation] CancellationToken cancel)
    {
        _tokens.AddRange(_tokens.Count == 0 ? _format.Open(_systemPrompt, _world.Tools, text) : _format.User(text));
        for (var step = 0; step < _maxSteps; step++)
        {
            var played = await ReplyAsync(cancel);
            yield return played;
            if (played.Calls.IsEmpty)
                yield break;
        }
    }

    private async Task<Step> ReplyAsync(CancellationToken cancel)
    {
        _tokens.AddRange(_format.OpenAssistant());
        var start = _tokens.Count;
        var room = Math.Min(_maxReplyTokens, _maxTokens - start);
        if (room <= 0)
            throw new UserErrorException($"The dialogue has {start} tokens, and the model takes no more than {_maxTokens} (max_position_embeddings). Begin a new one.");
        var request = new SampleRequest([.. _tokens], 1, room, _format.StopTokens, _sampling, _seed.Derive("reply", _replies++));
        var sampled = (await _policy.SampleAsync(request, cancel))[0];
        _tokens.AddRange(sampled.Tokens);
        var end = _tokens.Count;
        _tokens.AddRange(_format.CloseAssistant(sampled.Tokens.AsSpan()));
        var reply = _format.Parse(sampled.Tokens.AsSpan());
        var error = reply.FormatError ?? (sampled.Stopped ? null : $"The reply was cut off after {sampled.Tokens.Length} tokens.");
        ImmutableArray<ExecutedCall> calls = error is null ? [.. reply.Calls.Select(c => new ExecutedCall(c, _world.Execute(c)))] : [];
        if (!calls.IsEmpty)
            _tokens.AddRange(_format.ToolResults([.. calls.Select(c => new Message.Tool(c.Call.Name, c.Result.Text))]));
        return new Step(0, start, end, error is null && calls.IsEmpty ? reply.Text : _format.TextOf(sampled.Tokens.AsSpan()), error, calls);
    }
}
