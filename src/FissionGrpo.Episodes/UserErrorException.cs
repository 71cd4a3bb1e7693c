namespace FissionGrpo.Episodes;

/// <summary>
/// The user's input is at fault (run file, path, checkpoint, data). A person reads the message, without a stack trace, so it names the
/// place, what was found, what was expected and what to try:
/// <c>runs/tiny.json: grpo.group_size is 1, expected 2 to 256. A group needs siblings to compare with; try 8.</c>
/// </summary>
public sealed class UserErrorException : Exception
{
    /// <summary>A message for a person.</summary>
    public UserErrorException(string message)
        : base(message)
    {
    }

    /// <summary>A message for a person, with the cause for the log.</summary>
    public UserErrorException(string message, Exception cause)
        : base(message, cause)
    {
    }
}
