namespace FissionGrpo.Model.Checkpoints;

/// <summary>Reading and writing whole files, with the errors of the file system turned into the checkpoint's own.</summary>
internal static class CheckpointFiles
{
    /// <summary>The bytes of a small file.</summary>
    /// <exception cref="CheckpointException">It is missing, unreadable, or longer than <paramref name="mostBytes"/>.</exception>
    public static byte[] ReadAll(string path, long mostBytes)
    {
        try
        {
            var length = new FileInfo(path).Length;
            return length <= mostBytes
                ? File.ReadAllBytes(path)
                : throw new CheckpointException(path, null, $"is {length} bytes long, expected at most {mostBytes}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CheckpointException(path, null, e is FileNotFoundException or DirectoryNotFoundException ? "there is no such file, and a checkpoint needs it. Fetch or copy the folder again, or give another." : e.Message, e);
        }
    }

    /// <summary>What stands in the place of a file whose download did not bring it, with the remedy; null where it is something else.</summary>
    public static string? StandIn(string path)
    {
        Span<byte> start = stackalloc byte[32];
        try
        {
            using var file = File.OpenRead(path);
            start = start[..file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
        return start.StartsWith("version https://git-lfs"u8) ? "is Git LFS's pointer to the file, not the file. Fetch it: `git lfs pull` in its folder."
            : start.TrimStart(" \r\n"u8).StartsWith("<"u8) && !start.Contains((byte)0) ? // a header's length may begin with the same byte, and has zeros behind it
              "is a web page, not the file: its address does not exist or wants a login. Fetch it from where the model is published."
            : null;
    }

    /// <summary>Fills a new folder beside the target and then swaps it in, so that a reader sees the old folder or the new one and never a half.</summary>
    public static void ReplaceFolder(string folder, Action<string> write)
    {
        folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        var fresh = $"{folder}.writing";
        var old = $"{folder}.replaced";
        DeleteIfThere(fresh);
        if (Directory.Exists(old))
        {
            // A kill between the two renames below left only the old folder: bring it back before it is replaced again.
            if (Directory.Exists(folder))
                Directory.Delete(old, recursive: true);
            else
                Directory.Move(old, folder);
        }
        Directory.CreateDirectory(fresh);
        try
        {
            write(fresh);
        }
        catch
        {
            DeleteIfThere(fresh);
            throw;
        }
        // What others keep in the folder (tokenizer files) stays there.
        if (Directory.Exists(folder))
        {
            foreach (var file in Directory.EnumerateFiles(folder))
            {
                var kept = Path.Combine(fresh, Path.GetFileName(file));
                if (!IsOurs(file) && !File.Exists(kept))
                    File.Copy(file, kept);
            }
            Directory.Move(folder, old);
        }
        Directory.Move(fresh, folder);
        DeleteIfThere(old);
    }

    /// <summary>The folder to read: when a kill fell between the renames of <see cref="ReplaceFolder"/>, the old one that still stands beside it.</summary>
    public static string Standing(string folder)
    {
        var trimmed = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        return !Directory.Exists(trimmed) && Directory.Exists($"{trimmed}.replaced") ? $"{trimmed}.replaced" : folder;
    }

    private static bool IsOurs(string file) =>
        Path.GetFileName(file) is var name
        && (name is Configuration.ConfigurationFile.FileName or Adapters.AdapterFolder.ConfigurationName || name.EndsWith(".safetensors", StringComparison.Ordinal)
            || name.EndsWith(".safetensors.index.json", StringComparison.Ordinal));

    private static void DeleteIfThere(string folder)
    {
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
    }
}
