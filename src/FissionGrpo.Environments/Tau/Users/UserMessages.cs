namespace FissionGrpo.Environments.Tau.Users;

/// <summary>What both benchmarks do with a user's messages.</summary>
internal static class UserMessages
{
    /// <summary>What the agent says before the user has said anything.</summary>
    public const string Greeting = "Hi! How can I help you today?";

    /// <summary>A user who talks more than this has lost the thread; what follows is not heard.</summary>
    private const int Longest = 16_384;

    /// <summary>The part of a message that is heard.</summary>
    public static string Heard(string text) => text.Length > Longest ? text[..Longest] : text;
}
