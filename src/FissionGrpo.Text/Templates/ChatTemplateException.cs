namespace FissionGrpo.Text.Templates;

/// <summary>
/// A chat template cannot be read or rendered: a mistake in it, something that is not supported, a limit, or its own
/// <c>raise_exception</c>. The message names the line.
/// </summary>
public sealed class ChatTemplateException : Exception
{
    /// <param name="message">What is wrong.</param>
    /// <param name="line">Line of the template, from 1.</param>
    internal ChatTemplateException(string message, int line)
        : base($"chat template, line {line}: {message}")
    {
        Line = line;
    }

    /// <summary>Line of the template, from 1.</summary>
    public int Line { get; }
}
