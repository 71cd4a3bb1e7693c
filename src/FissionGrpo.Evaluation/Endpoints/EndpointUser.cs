using System.Collections.Immutable;
using FissionGrpo.Episodes;
using FissionGrpo.Evaluation.Chat;
using FissionGrpo.Seeds;

namespace FissionGrpo.Evaluation.Endpoints;

/// <summary>
/// A user played by a language model behind an endpoint, as TAU-bench's official users are: it reads its instructions, hears what the agent
/// says, and speaks (or uses its own tools). From its side of the dialogue the agent is the user.
/// </summary>
public sealed class EndpointUser : IUserSimulator
{
    private readonly EndpointPolicy _endpoint;
    private readonly UserBrief _brief;
    private readonly Seed _seed;
    private ImmutableList<Message> _dialogue;

    /// <summary>Begins a user of one episode.</summary>
    /// <param name="endpoint">Who plays it; shared by all users.</param>
    /// <param name="brief">What the user has to know.</param>
    /// <param name="seed">Where its draws come from.</param>
    public EndpointUser(EndpointPolicy endpoint, UserBrief brief, Seed seed)
        : this(endpoint, brief, seed, [new Message.System(brief.SystemPrompt)])
    {
    }

    private EndpointUser(EndpointPolicy endpoint, UserBrief brief, Seed seed, ImmutableList<Message> dialogue) =>
        (_endpoint, _brief, _seed, _dialogue) = (endpoint, brief, seed, dialogue);

    /// <inheritdoc/>
    public string Name => _endpoint.Name;

    /// <inheritdoc/>
    public async ValueTask<Message.Assistant> ReplyAsync(ImmutableArray<Message> news, CancellationToken cancel)
    {
        _dialogue = _dialogue.AddRange(news);
        try
        {
            var reply = await _endpoint.CompleteAsync([.. _dialogue], _brief.Tools, _seed.Derive(_brief.TaskId).Derive("reply", _dialogue.Count), cancel);
            _dialogue = _dialogue.Add(reply.Message);
            return reply.Message;
        }
        catch (ChatFailureException failure)
        {
            throw new ChatFailureException("user simulator", failure.Message, failure);
        }
    }

    /// <inheritdoc/>
    public IUserSimulator Fork() => new EndpointUser(_endpoint, _brief, _seed, _dialogue);
}
