namespace FissionGrpo.Cli.Shells;

/// <summary>Commands that are printed to be copied.</summary>
internal static class CommandLine
{
    /// <summary>A path as one word of a command: in quotes where a shell would take it apart.</summary>
    public static string Word(string path)
    {
        if (path.Length > 0 && path.All(IsPlain))
            return path;
        return OperatingSystem.IsWindows() ? $"\"{path}\"" : $"'{path.Replace("'", "'\\''", StringComparison.Ordinal)}'";
    }

    private static bool IsPlain(char c) => char.IsLetterOrDigit(c) || c is '/' or '.' or '-' or '_' or ':' or '=' or '+' or ',' or '@' or '%' || (c == '\\' && OperatingSystem.IsWindows());
}
