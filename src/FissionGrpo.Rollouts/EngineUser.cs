using System.Collections.Immutable;
using FissionGrpo.Episodes;
using FissionGrpo.Model.Policy;
using FissionGrpo.Seeds;
using FissionGrpo.Text.Dialogues;

namespace FissionGrpo.Rollouts;

/// <summary>
/// A user played by a model in this process: it reads its instructions, hears what the agent says, and speaks or uses its own tools. Its tokens only
/// grow, and a fork remembers the same conversation. The same conversation and seed give the same words.
/// </summary>
public sealed class EngineUser : IUserSimulator
{
    /// <summary>How often a reply that nobody can read is drawn again.</summary>
    private const int Attempts = 3;

    private readonly EngineUserModel _model;
    private readonly UserBrief _brief;
    private readonly Seed _seed;
    private ImmutableArray<int> _tokens;

    /// <summary>Begins a user of one episode.</summary>
    /// <param name="model">Who plays it; shared by all users.</param>
    /// <param name="brief">What the user has to know.</param>
    /// <param name="seed">Where its draws come from.</param>
    public EngineUser(EngineUserModel model, UserBrief brief, Seed seed)
        : this(model, brief, seed.Derive(brief.TaskId), model.Format.Begin(brief.SystemPrompt, brief.Tools))
    {
    }

    private EngineUser(EngineUserModel model, UserBrief brief, Seed seed, ImmutableArray<int> tokens) =>
        (_model, _brief, _seed, _tokens) = (model, brief, seed, tokens);

    /// <inheritdoc/>
    public string Name => _model.Name;

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">The model does not say anything readable, or the conversation no longer fits.</exception>
    public async ValueTask<Message.Assistant> ReplyAsync(ImmutableArray<Message> news, CancellationToken cancel)
    {
        ImmutableArray<int> prefix = [.. _tokens, .. Heard(news), .. _model.Format.OpenAssistant()];
        if (prefix.Length + _model.MaxReplyTokens > _model.MaxTokens)
            throw new InvalidOperationException($"the user's side of the conversation has {prefix.Length} tokens and no room for {_model.MaxReplyTokens} more within {_model.MaxTokens}");
        var wrong = "";
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            var sampled = (await _model.Sampler.SampleAsync(
                new SampleRequest(prefix, 1, _model.MaxReplyTokens, _model.Format.StopTokens, _model.Sampling, _seed.Derive("reply", prefix.Length).Derive(attempt)), cancel).ConfigureAwait(false))[0];
            var reply = _model.Format.Parse(sampled.Tokens.AsSpan());

            // What was cut off is still said, unless it was a call.
            if (reply.FormatError is { } error || (reply.Text.Length == 0 && reply.Calls.IsEmpty))
            {
                wrong = reply.FormatError ?? "it is empty";
                continue;
            }
            _tokens = [.. prefix, .. sampled.Tokens, .. _model.Format.CloseAssistant(sampled.Tokens.AsSpan())];
            return new Message.Assistant(reply.Text, reply.Calls, reply.Reasoning);
        }
        throw new InvalidOperationException($"{Attempts} replies of the user cannot be read, the last because {wrong}");
    }

    /// <inheritdoc/>
    public IUserSimulator Fork() => new EngineUser(_model, _brief, _seed, _tokens);

    private IEnumerable<int> Heard(ImmutableArray<Message> news)
    {
        foreach (var said in news.OfType<Message.User>())
            foreach (var id in _model.Format.User(said.Text))
                yield return id;
        if (news.OfType<Message.Tool>().ToArray() is { Length: > 0 } results)
            foreach (var id in _model.Format.ToolResults(results))
                yield return id;
    }
}

/// <summary>A model in this process that plays users.</summary>
/// <param name="Name">How reports call it: the checkpoint's folder.</param>
/// <param name="Sampler">The model.</param>
/// <param name="Format">Its family's dialogue format.</param>
/// <param name="Sampling">The distribution to draw from; temperature 0 is greedy.</param>
/// <param name="MaxReplyTokens">The most tokens of one reply.</param>
/// <param name="MaxTokens">The most tokens of the user's side of a conversation.</param>
public sealed record EngineUserModel(string Name, ISampler Sampler, DialogueFormat Format, SamplingOptions Sampling, int MaxReplyTokens = 256, int MaxTokens = 32_768);
