using System.Diagnostics;

namespace FissionGrpo.EndToEnd;

/// <summary>The command as its users meet it: a process, with pipes instead of a terminal.</summary>
internal sealed class FissionProcess : IDisposable
{
    private readonly Process _process;
    private readonly Task<string> _out;
    private readonly List<string> _errorLines = [];
    private readonly Task _error;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, TaskCompletionSource> _awaited = new(StringComparer.Ordinal);

    private FissionProcess(Process process)
    {
        _process = process;
        _out = process.StandardOutput.ReadToEndAsync();
        _error = ReadErrorAsync();
    }

    public int Id => _process.Id;

    /// <summary>Starts <c>fission</c> in a folder. No warm start is taken from the cache of whoever runs the tests, and none is left there.</summary>
    public static FissionProcess Start(string folder, IEnumerable<string> args, IReadOnlyDictionary<string, string>? variables = null) =>
        Start(Path.Combine(AppContext.BaseDirectory, "fission.dll"), folder, args, variables);

    /// <summary>Runs another program of the repository to the end: one that this project references and that lies beside it.</summary>
    public static async Task<FissionResult> RunOtherAsync(string program, string folder, params string[] args)
    {
        var here = Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory);
        using var process = Start(Path.Combine(here, "..", "..", program, Path.GetFileName(here), $"{program}.dll"), folder, args, null);
        process._process.StandardInput.Close();
        return await process.EndAsync();
    }

    private static FissionProcess Start(string program, string folder, IEnumerable<string> args, IReadOnlyDictionary<string, string>? variables)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true,
        };
        start.ArgumentList.Add(program);
        foreach (var arg in args)
            start.ArgumentList.Add(arg);
        start.Environment["FISSION_WARM_START__CACHE_FOLDER"] = "\"\"";
        start.Environment["FISSION_WARM_START__STEPS"] = "30"; // what these tests look at does not depend on how much was learned, and there are many runs
        start.Environment["FISSION_DATA"] = Path.Combine(folder, "data");
        foreach (var (name, value) in variables ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        return new FissionProcess(Process.Start(start)!);
    }

    /// <summary>Runs to the end.</summary>
    public static async Task<FissionResult> RunAsync(string folder, IEnumerable<string> args, IReadOnlyDictionary<string, string>? variables = null, string input = "")
    {
        using var process = Start(folder, args, variables);
        await process._process.StandardInput.WriteAsync(input);
        process._process.StandardInput.Close();
        return await process.EndAsync();
    }

    /// <summary>Waits until a line on standard error begins with the text.</summary>
    public Task SeenAsync(string beginning)
    {
        lock (_gate)
        {
            if (_errorLines.Exists(line => line.StartsWith(beginning, StringComparison.Ordinal)))
                return Task.CompletedTask;
            return (_awaited[beginning] = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task.WaitAsync(TimeSpan.FromMinutes(3));
        }
    }

    /// <summary>kill -9.</summary>
    public void Kill() => _process.Kill();

    /// <summary>Waits for the end.</summary>
    public async Task<FissionResult> EndAsync()
    {
        await _process.WaitForExitAsync();
        await _error;
        return new FissionResult(_process.ExitCode, await _out, string.Join('\n', _errorLines));
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill();
        _process.Dispose();
    }

    private async Task ReadErrorAsync()
    {
        while (await _process.StandardError.ReadLineAsync() is { } line)
            lock (_gate)
            {
                _errorLines.Add(line);
                foreach (var (beginning, seen) in _awaited)
                    if (line.StartsWith(beginning, StringComparison.Ordinal))
                        seen.TrySetResult();
            }
        lock (_gate)
            foreach (var (beginning, seen) in _awaited)
                seen.TrySetException(new InvalidOperationException($"'{beginning}' was never seen: {string.Join('\n', _errorLines)}"));
    }
}

/// <summary>What a process left behind.</summary>
internal sealed record FissionResult(int Exit, string Out, string Error);
