using System.Formats.Tar;
using System.IO.Compression;
using System.Text.Json;
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

    /// <summary>The two have files of the same names.</summary>
    [SkippableTheory]
    [InlineData("tau2", "tau/data", "data add tau ")]
    [InlineData("tau", "tau2/data", "data add tau2 ")]
    public void AnotherBenchmark_IsRefusedByItsName(string name, string folder, string remedy)
    {
        var source = SharedMaterial.Path(folder);

        var error = Assert.Throws<UserErrorException>(() => new BenchmarkLibrary(Data).Add(name, source));

        Assert.Contains(remedy, error.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Data));
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

        var status = new BenchmarkLibrary(Data).Add("bfcl", Packed(source, name));

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

        Assert.Contains("git clone https://github.com/ShishirPatil/gorilla", error.Message, StringComparison.Ordinal);
        Assert.Contains("fission data add bfcl gorilla", error.Message, StringComparison.Ordinal);
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

    /// <summary>The authors keep TAU's tasks, tools and rules as Python; the command reads them there, from whatever the repository is packed in.</summary>
    [Theory]
    [InlineData("repository")]
    [InlineData("repository.zip")]
    [InlineData("repository.tar.gz")]
    public void Source_IsReadWhereTheAuthorsShipNoJson(string name)
    {
        var repository = Directory.CreateDirectory(Path.Combine(_folder.FullName, "repository"));
        var retail = "tau-bench/tau_bench/envs/retail/";
        Write(repository, retail + "rules.py", "# Rules\nrules = [\n    \"Be \"\n    'kind.',\n]\n");
        Write(repository, retail + "tasks_dev.py", "TASKS_DEV = [Task(annotator='0', user_id='u', instruction='i', actions=[Action(name='n', kwargs={})])]\n");
        Write(repository, retail + "tools/__init__.py", "from .look import Look\nALL_TOOLS = [Look]\n");
        Write(repository, retail + "tools/look.py", "class Look(Tool):\n    def get_info():\n        return {\"type\": \"function\"}\n");
        Write(repository, "tau-bench/tau_bench/envs/airline/rules.py", "rules = sorted([])\n");

        var status = new BenchmarkLibrary(Data).Add("tau", Packed(repository, name));

        Assert.Equal("[\n \"Be kind.\"\n]", File.ReadAllText(Path.Combine(status.Folder, "retail", "rules.json")));
        Assert.Equal("[\n {\n  \"type\": \"function\"\n }\n]", File.ReadAllText(Path.Combine(status.Folder, "retail", "tools.json")));
        Assert.Contains("\"task_index\": 0", File.ReadAllText(Path.Combine(status.Folder, "retail", "tasks_dev.json")), StringComparison.Ordinal);
        Assert.Contains("airline/rules.json could not be read from the official source: airline/rules.py, line 1: a function call", Assert.Single(status.Notes), StringComparison.Ordinal);
    }

    /// <summary>White space says nothing about constants that somebody wrote down as JSON.</summary>
    [SkippableFact]
    public void DumpedConstants_AreKnownInAnyLayout()
    {
        var source = Directory.CreateDirectory(Path.Combine(_folder.FullName, "dumped"));
        using (var prompts = JsonDocument.Parse(File.ReadAllText(Path.Combine(SharedMaterial.Path("bfcl/data"), "prompt_strings.json"))))
            Write(source, "prompt_strings.json", JsonSerializer.Serialize(prompts.RootElement));

        var status = new BenchmarkLibrary(Data).Add("bfcl", source.FullName);

        Assert.Equal("prompt_strings.json", Assert.Single(status.In(BenchmarkFileState.Official)).Path);
    }

    /// <summary>TAU2's tasks come from two releases under one name; their content tells which is which, in either order.</summary>
    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void OlderRelease_GivesItsTasksAndReplacesNothing(bool olderFirst)
    {
        var shared = Path.Combine(SharedMaterial.Path("tau2/data"), "retail");
        var older = Directory.CreateDirectory(Path.Combine(_folder.FullName, "older"));
        Write(older, "domains/retail/tasks.json", File.ReadAllText(Path.Combine(shared, "tasks_v0.2.0.json")) + "\n");
        Write(older, "domains/retail/policy.md", "An older policy.");
        var newer = Directory.CreateDirectory(Path.Combine(_folder.FullName, "newer"));
        Write(newer, "domains/retail/tasks.json", File.ReadAllText(Path.Combine(shared, "tasks.json")));
        Write(newer, "domains/retail/policy.md", File.ReadAllText(Path.Combine(shared, "policy.md")));
        var library = new BenchmarkLibrary(Data);

        library.Add("tau2", (olderFirst ? older : newer).FullName);
        var status = library.Add("tau2", (olderFirst ? newer : older).FullName);

        Assert.Equal(["retail/policy.md", "retail/tasks_v0.2.0.json", "retail/tasks.json"], status.In(BenchmarkFileState.Official).Select(f => f.Path));
        Assert.Empty(status.In(BenchmarkFileState.Different));
        Assert.Equal(olderFirst ? 0 : 1, status.Notes.Count(n => n.Contains("the checked one and is kept", StringComparison.Ordinal)));
    }

    [Fact]
    public void PointerOfLargeFileStorage_IsNotTakenForTheFile()
    {
        var source = Directory.CreateDirectory(Path.Combine(_folder.FullName, "pointers"));
        Write(source, "retail/users.json", "version https://git-lfs.github.com/spec/v1\noid sha256:0\n");

        var error = Assert.Throws<UserErrorException>(() => new BenchmarkLibrary(Data).Add("tau", source.FullName));

        Assert.Contains("retail/users.json is a pointer of git-lfs", error.Message, StringComparison.Ordinal);
        Assert.Contains("git lfs pull", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void FolderWithEndlesslyManyTools_IsRefused()
    {
        var source = Directory.CreateDirectory(Path.Combine(_folder.FullName, "many"));
        for (var i = 0; i < 300; i++)
            Write(source, $"retail/tools/t{i}.py", "x = 1");

        Assert.Contains("stands for more than 200 files", Assert.Throws<UserErrorException>(() => new BenchmarkLibrary(Data).Add("tau", source.FullName)).Message, StringComparison.Ordinal);
    }

    private string Packed(DirectoryInfo folder, string name)
    {
        var archive = Path.Combine(_folder.FullName, name);
        if (name.EndsWith(".zip", StringComparison.Ordinal))
        {
            ZipFile.CreateFromDirectory(folder.FullName, archive);
        }
        else if (name.EndsWith(".tar", StringComparison.Ordinal))
        {
            TarFile.CreateFromDirectory(folder.FullName, archive, includeBaseDirectory: false);
        }
        else if (name.EndsWith(".tar.gz", StringComparison.Ordinal))
        {
            using var file = File.Create(archive);
            using var gzip = new GZipStream(file, CompressionLevel.Fastest);
            TarFile.CreateFromDirectory(folder.FullName, gzip, includeBaseDirectory: false);
        }
        return archive;
    }

    private static void Write(DirectoryInfo root, string path, string text)
    {
        var file = Path.Combine(root.FullName, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
    }
}
