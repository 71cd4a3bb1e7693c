using System.Collections.Immutable;
using FissionGrpo.Environments.Tau.Users;
using FissionGrpo.Environments.Tau2.Tasks;
using FissionGrpo.Episodes;

namespace FissionGrpo.Environments.Tau2.Users;

/// <summary>What the scripted user of a task says and does.</summary>
/// <param name="Talk">The reason for the call in sentences, and answers to questions.</param>
/// <param name="Tools">The user's own tools that the ground truth uses, each with the call that it makes.</param>
/// <param name="ToolNames">All of the user's tools.</param>
internal sealed record Tau2Script(UserScript Talk, ImmutableArray<ToolCall> Tools, ImmutableArray<string> ToolNames)
{
    public static Tau2Script Of(Tau2Task task)
    {
        var parts = task.Scenario.Parts.ToDictionary(part => part.Title, part => part.Text, StringComparer.Ordinal);
        var reason = parts.GetValueOrDefault("Reason for call") ?? parts.GetValueOrDefault("") ?? "";
        var facts = ImmutableArray.CreateBuilder<UserFact>();
        if (parts.TryGetValue("Known info", out var known))
            facts.Add(new UserFact(
                [" name ", " zip ", " email ", " user id ", " phone number ", " identity ", " verify ", " authenticate ", " account ", " order id ", " reservation ", " number ", " information ", " where ", " details "],
                UserScript.ToFirstPerson(known)));
        var agentCalls = task.Gold.Where(action => action.Side is Tau2Side.Agent).Select(action => action.Call).ToImmutableArray();
        UserScript.AddFacts(facts, agentCalls);
        return new Tau2Script(
            new UserScript(UserScript.SentencesOf(reason), facts.ToImmutable()),
            [.. task.Gold.Where(action => action.Side is Tau2Side.User).Select(action => action.Call)],
            [.. task.Domain.UserTools.Select(tool => tool.Name)]);
    }
}

/// <summary>
/// A user without a model, with a phone where the domain has one: does what the agent names (a tool of the phone, by its name or its words),
/// tells what the phone shows, and otherwise talks as TAU-bench's scripted user does. Deterministic and bounded.
/// </summary>
internal sealed class Tau2ScriptedUser(Tau2Script script) : IUserSimulator
{
    private ScriptedUser _talk = new(script.Talk, Tau2Environment.Stop);

    /// <inheritdoc/>
    public string Name => "scripted";

    /// <inheritdoc/>
    public ValueTask<Message.Assistant> ReplyAsync(ImmutableArray<Message> news, CancellationToken cancel)
    {
        if (news is [.., Message.Tool])
            return ValueTask.FromResult(new Message.Assistant(string.Join('\n', news.OfType<Message.Tool>().Select(result => result.Text)), []));
        var heard = news is [.., Message.User user] ? user.Text : "";
        if (heard.Contains("transfer", StringComparison.OrdinalIgnoreCase) && heard.Contains("human", StringComparison.OrdinalIgnoreCase))
            return ValueTask.FromResult(new Message.Assistant(Tau2Environment.Transfer, []));
        return ValueTask.FromResult(Action(heard) is { } call && _talk.HasPatience()
            ? new Message.Assistant("", [call])
            : new Message.Assistant(_talk.Reply(heard), []));
    }

    /// <inheritdoc/>
    public IUserSimulator Fork() => new Tau2ScriptedUser(script) { _talk = (ScriptedUser)_talk.Fork() };

    /// <summary>The tool that the agent's words name, with the arguments of the ground truth where it takes any.</summary>
    private ToolCall? Action(string heard)
    {
        var words = UserScript.Normalize(heard.Replace('_', ' ').Replace('-', ' '));
        foreach (var name in script.ToolNames.OrderByDescending(name => name.Length))
        {
            if (!words.Contains($" {name.Replace('_', ' ')} ", StringComparison.Ordinal))
                continue;
            var calls = script.Tools.Where(call => call.Name == name).ToList();
            return calls.Find(call => call.Arguments.All(IsNamed)) ?? calls.FirstOrDefault() ?? new ToolCall(name, []);
        }
        return null;

        // The same tool may have to be used twice, on two things: then the agent's words say on which.
        bool IsNamed(ToolArgument argument) =>
            words.Contains(UserScript.Normalize(JsonText.Compact(argument.Value).Replace('_', ' ').Replace('-', ' ')), StringComparison.Ordinal);
    }
}
