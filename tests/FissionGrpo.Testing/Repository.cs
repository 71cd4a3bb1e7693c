namespace FissionGrpo.Testing;

/// <summary>Files of the repository that tests look at where they lie: run files, plans, documents.</summary>
public static class Repository
{
    private static readonly string Root = Find();

    /// <summary>The path of a file or folder of the repository.</summary>
    public static string Path(string relative) => System.IO.Path.Combine(Root, relative);

    private static string Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(System.IO.Path.Combine(folder.FullName, "FissionGrpo.slnx")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new DirectoryNotFoundException($"{AppContext.BaseDirectory} is not inside the repository.");
    }
}
