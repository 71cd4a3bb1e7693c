using System.Text;
using FissionGrpo.Environments.Tau2.Tasks;
using FissionGrpo.Episodes;

namespace FissionGrpo.Environments.Tau2.Users;

/// <summary>What agent and user are told. The policy and the scenario are the benchmark's; the sentences around them are ours.</summary>
internal static class Tau2Prompts
{
    public static string Agent(Tau2Task task)
    {
        var ticket = task.IsSolo ? $"\n<ticket>\n{task.Ticket}\n</ticket>" : "";
        var manner = task.IsSolo
            ? "You solve the ticket below alone: you may use the support tools and the customer's own device tools. Make one or more tool calls per turn, and call `done` when the ticket is solved."
            : "In each turn you either write to the customer or call tools, never both.";
        var policy = task.ShowsPolicy ? $"\n<policy>\n{(task.IsSolo ? task.Domain.SoloPolicy : task.Domain.Policy)}\n</policy>" : "";
        return $"<instructions>\nYou are a customer-service agent and act by the policy{(task.ShowsPolicy ? " below" : "")}.\n{manner}\nTool calls must be valid JSON.\n</instructions>{policy}{ticket}";
    }

    public static UserBrief Brief(Tau2Task task)
    {
        var scenario = Describe(task.Scenario);
        var tools = task.Domain.UserTools.IsEmpty
            ? ""
            : "\n- You have a phone and tools to look at it and change it. Do with them what the agent asks for, one thing at a time, and report only what they show.";
        var system = $"""
            You play a customer who talks to a customer-service agent. Stay in this role.

            How to talk:
            - Write one short message at a time, as that customer would, and never speak for the agent.
            - Tell only what the present step needs; keep the rest until it is asked for.
            - What the scenario does not say, you do not know. If you are asked for it, say so.{tools}
            - When what you wanted has been settled, answer with {Tau2Environment.Stop}.
            - If the agent hands you over to a human, answer with {Tau2Environment.Transfer}.
            - If the scenario does not say enough to go on, answer with {Tau2Environment.OutOfScope}.

            <scenario>
            {scenario}
            </scenario>
            """;
        return new UserBrief(task.Id, system, scenario, task.Domain.UserTools);
    }

    private static string Describe(Tau2Scenario scenario)
    {
        var text = new StringBuilder();
        if (scenario.Persona is not null)
            text.Append("Persona:\n").Append(Indent(scenario.Persona)).Append('\n');
        text.Append("Instructions:\n");
        foreach (var (title, content) in scenario.Parts)
            text.Append(title.Length == 0 ? Indent(content) : $"\t{title}:\n{Indent(Indent(content))}").Append('\n');
        return text.ToString().TrimEnd('\n');
    }

    private static string Indent(string text) => string.Join('\n', text.Split('\n').Select(line => "\t" + line));
}
