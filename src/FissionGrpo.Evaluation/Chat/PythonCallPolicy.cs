using System.Collections.Immutable;
using FissionGrpo.Environments.Bfcl;
using FissionGrpo.Episodes;

namespace FissionGrpo.Evaluation.Chat;

/// <summary>
/// A policy that is asked in BFCL's prompting mode: the functions stand in the system prompt, it answers with a list of Python calls, and the results come
/// back in a user message. It is never shown tools of the API.
/// </summary>
/// <param name="inner">Who answers.</param>
/// <param name="prompting">The prompts.</param>
public sealed class PythonCallPolicy(IChatPolicy inner, BfclPrompting prompting) : IChatPolicy
{
    /// <inheritdoc/>
    public async Task<ChatReply> ReplyAsync(ChatRequest request, CancellationToken cancel)
    {
        var reply = await inner.ReplyAsync(request with { Messages = Spoken(request), Tools = [] }, cancel);
        return reply with { Message = reply.Message with { Calls = BfclPrompting.Calls(reply.Message.Text) }, FormatError = null };
    }

    private ImmutableArray<Message> Spoken(ChatRequest request)
    {
        var spoken = ImmutableArray.CreateBuilder<Message>();
        var given = request.Messages.FirstOrDefault() as Message.System;
        spoken.Add(new Message.System(prompting.SystemPrompt(request.Tools) + (given is null ? "" : "\n\n" + given.Text)));
        var calls = ImmutableArray<ToolCall>.Empty;
        var results = new List<(ToolCall, string)>();
        foreach (var message in request.Messages.Skip(given is null ? 0 : 1))
        {
            if (message is Message.Tool tool)
            {
                results.Add((results.Count < calls.Length ? calls[results.Count] : new ToolCall(tool.Name, []), tool.Text));
                continue;
            }
            Bring();
            calls = message is Message.Assistant assistant ? assistant.Calls : [];
            spoken.Add(message is Message.Assistant said ? said with { Calls = [] } : message);
        }
        Bring();
        return spoken.ToImmutable();

        void Bring()
        {
            if (results.Count > 0)
                spoken.Add(new Message.User(BfclPrompting.Results(results)));
            results.Clear();
        }
    }
}
