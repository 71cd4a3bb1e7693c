using System.Collections.Immutable;
using FissionGrpo.Episodes;

namespace FissionGrpo.Rollouts;

/// <summary>A demonstration as messages: what a tokenizer is learned from, before there are tokens.</summary>
public static class DemonstrationDialogue
{
    /// <summary>Plays the demonstration and writes down what was said.</summary>
    public static async Task<(ImmutableArray<Message> Messages, ImmutableArray<ToolSpec> Tools)> OfAsync(Demonstration demonstration, CancellationToken cancel)
    {
        var environment = demonstration.Task.Start();
        var messages = ImmutableArray.CreateBuilder<Message>();
        if (demonstration.Task.SystemPrompt is { } prompt)
            messages.Add(new Message.System(prompt));
        ImmutableArray<ToolSpec>? tools = null;
        var closing = "";
        foreach (var turn in demonstration.Turns)
        {
            if (await environment.NextUserTurnAsync(closing, cancel) is not UserTurn.Says says)
                break;
            tools ??= environment.Tools;
            messages.Add(new Message.User(says.Text));
            foreach (var reply in turn)
            {
                messages.Add(new Message.Assistant(reply.Text, reply.Calls));
                var diagnostic = reply.Diagnostic;
                if (!reply.Calls.IsEmpty)
                    environment.BeginReply(reply.Text, reply.Calls.Length);
                foreach (var call in reply.Calls)
                {
                    var result = environment.Execute(call);
                    messages.Add(new Message.Tool(call.Name, result is ToolResult.Failed ? diagnostic ?? result.Text : result.Text));
                    if (result is ToolResult.Failed)
                        diagnostic = null;
                }
                closing = reply.Text;
            }
        }
        return (messages.ToImmutable(), tools ?? []);
    }
}
