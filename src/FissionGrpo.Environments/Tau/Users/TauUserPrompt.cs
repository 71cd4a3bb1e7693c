using FissionGrpo.Environments.Tau.Tasks;
using FissionGrpo.Episodes;

namespace FissionGrpo.Environments.Tau.Users;

/// <summary>What a language model is told that plays the user. The rules are those of the benchmark in our words.</summary>
internal static class TauUserPrompt
{
    public static UserBrief Brief(TauTask task) => new(task.Id, System(task.Instruction), task.Instruction, []);

    private static string System(string instruction) => $"""
        You play a customer who talks to a customer-service agent. Stay in this role.

        Instruction: {instruction}

        How to talk:
        - Write one short message at a time, as that customer would, and never speak for the agent.
        - Tell only what the present step needs; keep the rest until it is asked for.
        - What the instruction does not say, you do not know. If you are asked for it, say that you do not remember it or do not have it.
        - Put the instruction into your own words, in keeping with the personality it describes.
        - When what you wanted has been settled, answer with {TauEnvironment.Stop} alone on a message, which ends the conversation.
        """;
}
