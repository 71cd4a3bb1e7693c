using System.Formats.Tar;
using System.IO.Compression;
using FissionGrpo.Episodes;
using FissionGrpo.Testing;

namespace FissionGrpo.Evaluation.Data;

public sealed class BenchmarkLibraryTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("fission-data-");

    private string Data => Path.Combine(_folder.FullName, "data");

    public void Dispose() => _folder.Delete(recursive: true);

    [SkippableFact]
    public void OfficialFolder_IsCompleteAndOfficial()
    {
        var status = new BenchmarkLibrary(Data).Add("bfcl", SharedMaterial.Path("bfcl/data"));

        Assert.True(status.IsComplete);
        Assert.All(status.Files, f => Assert.Equal(BenchmarkFileState.Official, f.State));
        Assert.Equal(status.Folder, new BenchmarkLibrary(Data).RequireFolder("bfcl"));
    }

    [Theory]
    [InlineData("official.zip")]
    [InlineData("official.tar.gz")]
    [InlineData("official.tar")]
    public void Archive_IsReadByTheEndsOfItsPaths(string name)
    {
        var source = Directory.CreateDirectory(Path.Combine(_folder.FullName, "source"));
        Write(source, "deep/bfcl_eval/data/BFCL_v4_multi_turn_base.json", "tasks");
        Write(source, "deep/bfcl_eval/data/possible_answer/BFCL_v4_multi_turn_base.json", "answers");
        var archive = Path.Combine(_folder.FullName, name);
        if (name.EndsWith(".zip", StringComparison.Ordinal))
            ZipFile.CreateFromDirectory(source.FullName, archive);
        else if (name.EndsWith(".tar", StringComparison.Ordinal))
            TarFile.CreateFromDirectory(source.FullName, archive, includeBaseDirectory: false);
        else
        {
            using var file = File.Create(archive);
            using var gzip = new GZipStream(file, CompressionLevel.Fastest);
            TarFile.CreateFromDirectory(source.FullName, gzip, includeBaseDirectory: false);
        }

        var status = new BenchmarkLibrary(Data).Add("bfcl", archive);

        Assert.False(status.IsComplete);
        Assert.Equal("tasks", File.ReadAllText(Path.Combine(status.Folder, "BFCL_v4_multi_turn_base.json")));
        Assert.Equal("answers", File.ReadAllText(Path.Combine(status.Folder, "possible_answer", "BFCL_v4_multi_turn_base.json")));
        Assert.Equal(2, status.In(BenchmarkFileState.Different).Count());
    }

    /// <summary>An entry called ../../x must not leave the data folder: nothing is ever written under a name from the archive.</summary>
    [Fact]
    public void ArchiveThatClimbs_WritesOnlyWhereItMay()
    {
        var archive = Path.Combine(_folder.FullName, "climb.zip");
        using (var zip = ZipFile.Open(archive, ZipArchiveMode.Create))
        using (var writer = new StreamWriter(zip.CreateEntry("../../multi_turn_func_doc/math_api.json").Open()))
            writer.Write("x");

        new BenchmarkLibrary(Data).Add("bfcl", archive);

        Assert.Equal(
            [Path.Combine(Data, "bfcl", "multi_turn_func_doc", "math_api.json")],
            Directory.GetFiles(Data, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public void NothingAdded_SaysHowToAdd()
    {
        var error = Assert.Throws<UserErrorException>(() => new BenchmarkLibrary(Data).RequireFolder("bfcl"));

        Assert.Contains("fission data add bfcl PATH", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void HalfAdded_NamesWhatIsMissing()
    {
        Write(Directory.CreateDirectory(Path.Combine(Data, "bfcl")), "BFCL_v4_multi_turn_base.json", "x");

        var error = Assert.Throws<UserErrorException>(() => new BenchmarkLibrary(Data).RequireFolder("bfcl"));

        Assert.Contains("possible_answer/BFCL_v4_multi_turn_base.json", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("prompt_strings.json,", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("missing", "no such file")]
    [InlineData("empty", "nothing of BFCL")]
    [InlineData("damaged", "damaged")]
    public void UselessSource_IsExplained(string kind, string expected)
    {
        var source = Path.Combine(_folder.FullName, kind);
        if (kind == "empty")
            Directory.CreateDirectory(source);
        if (kind == "damaged")
            File.WriteAllBytes(source, [0x1F, 0x8B, 1, 2, 3, 4, 5, 6, 7]);

        var error = Assert.Throws<UserErrorException>(() => new BenchmarkLibrary(Data).Add("bfcl", source));

        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    private static void Write(DirectoryInfo root, string path, string text)
    {
        var file = Path.Combine(root.FullName, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
    }
}
