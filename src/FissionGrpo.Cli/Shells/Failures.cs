using FissionGrpo.Episodes;
using FissionGrpo.Model;
using FissionGrpo.Model.Checkpoints;

namespace FissionGrpo.Cli.Shells;

/// <summary>The one place where an exception becomes an exit code and a line for a person; the codes are those of the README.</summary>
internal static class Failures
{
    public const int Done = 0;
    public const int Failed = 1;
    public const int NotUnderstood = 2;
    public const int Cancelled = 130;

    private const int DiskFullUnix = 28;
    private const int DiskFullWindows = unchecked((int)0x80070070);

    /// <summary>Tells what happened and returns the exit code.</summary>
    public static int Explain(Exception exception, Shell shell, CancellationToken cancel)
    {
        switch (exception)
        {
            case AggregateException { InnerExceptions: [var only] }:
                return Explain(only, shell, cancel);
            case OperationCanceledException when cancel.IsCancellationRequested:
                return Cancelled;
            case UserErrorException:
                shell.Tell($"fission: {exception.Message}");
                return NotUnderstood;
            case CheckpointException:
                shell.Tell($"fission: {exception.Message}");
                return NotUnderstood;
            case NonFiniteException:
                shell.Tell($"fission: {exception.Message} While a model trains, try a smaller optimizer.learning_rate; its last checkpoint is whole. A checkpoint that was only read has weights that cannot be used.");
                return Failed;
            case IOException full when IsDiskFull(full):
                shell.Tell($"fission: the disk is full: {full.Message} What was written before is whole; free some space and run it again.");
                return Failed;
            case UnauthorizedAccessException or DirectoryNotFoundException or FileNotFoundException:
                shell.Tell($"fission: {exception.Message} Check the path and its permissions.");
                return NotUnderstood;
            case IOException:
                shell.Tell($"fission: reading or writing failed: {exception.Message} What was written before is whole.");
                return Failed;
            case OutOfMemoryException:
                shell.Tell("fission: out of memory. Try a smaller model, fewer trajectories in a group, or shorter episodes.");
                return Failed;
            default:
                shell.Tell($"fission: this is a bug of ours. {exception.GetType().Name}: {exception.Message}");
                shell.Tell(exception.StackTrace ?? "(no stack trace)");
                return Failed;
        }
    }

    private static bool IsDiskFull(IOException exception) => exception.HResult is DiskFullUnix or DiskFullWindows;
}
