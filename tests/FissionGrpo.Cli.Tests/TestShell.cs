using FissionGrpo.Cli.Shells;

namespace FissionGrpo.Cli;

/// <summary>A shell without a terminal whose outputs are texts.</summary>
internal sealed class TestShell : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("fission-cli-");
    private readonly StringWriter _out = new();
    private readonly StringWriter _error = new();
    private readonly Dictionary<string, string> _variables;

    public TestShell() => _variables = new(StringComparer.Ordinal) { ["FISSION_DATA"] = PathOf("data") };

    public string Out => _out.ToString();

    public string Error => _error.ToString();

    public Dictionary<string, string> Variables => _variables;

    public string In { get; init; } = "";

    public Shell Shell => new(
        _out, Shell.ConsoleOn(_out, isRedirected: true), Shell.ConsoleOn(_error, isRedirected: true), false, new StringReader(In), true, TimeProvider.System, _variables);

    public string PathOf(string name) => Path.Combine(_folder.FullName, name);

    public Task<int> RunAsync(params string[] args) => FissionCommand.RunAsync(args, Shell, default);

    public void Dispose()
    {
        _out.Dispose();
        _error.Dispose();
        _folder.Delete(recursive: true);
    }
}
