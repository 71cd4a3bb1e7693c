namespace FissionGrpo.Testing;

/// <summary>The fixtures under <c>tests/golden</c>.</summary>
public static class GoldenFiles
{
    /// <summary>The path of a fixture.</summary>
    public static string Path(string relative)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(System.IO.Path.Combine(folder.FullName, "FissionGrpo.slnx")))
                return System.IO.Path.Combine(folder.FullName, "tests", "golden", relative);
        throw new InvalidOperationException("the tests run outside of the checkout");
    }
}
