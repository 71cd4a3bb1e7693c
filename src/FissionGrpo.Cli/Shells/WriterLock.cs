using FissionGrpo.Episodes;

namespace FissionGrpo.Cli.Shells;

/// <summary>
/// Held while a command writes into its output, so that a second process does not write there too. A file beside what is written, locked by the system: it is gone with the
/// process, however that ends. Where the file system knows no locks there is none.
/// </summary>
internal static class WriterLock
{
    private const string Suffix = ".lock";

    /// <summary>Of a folder, which is made where it is not there.</summary>
    /// <exception cref="UserErrorException">Another process writes there.</exception>
    public static IDisposable OfFolder(string folder)
    {
        Directory.CreateDirectory(folder);
        return Take(Path.Combine(folder, Suffix), folder);
    }

    /// <summary>Of a file.</summary>
    /// <inheritdoc cref="OfFolder"/>
    public static IDisposable OfFile(string file)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
        return Take(file + Suffix, file);
    }

    private static FileStream Take(string path, string what)
    {
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        catch (IOException exception) when (exception.GetType() == typeof(IOException) && File.Exists(path))
        {
            throw new UserErrorException($"{what}: another fission process is writing there. Wait until it has ended, or give another --output.", exception);
        }
    }
}
