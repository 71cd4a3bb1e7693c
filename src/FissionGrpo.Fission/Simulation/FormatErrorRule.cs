namespace FissionGrpo.Fission;

/// <summary>The fixed message for replies that cannot be read: there is no call that anybody could diagnose.</summary>
internal static class FormatErrorRule
{
    public static string Message(string formatError) => $"Error: the reply could not be read. {formatError}";
}
