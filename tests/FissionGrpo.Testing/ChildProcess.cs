using System.Diagnostics;
using System.Reflection;
using Xunit;

namespace FissionGrpo.Testing;

/// <summary>Runs a test project again in a process that lacks an instruction set, so that the narrower kernels are tested on a machine that has the wide ones.</summary>
public static class ChildProcess
{
    private const string Inside = "FISSION_TESTS_CHILD";

    /// <summary>In such a process what was said of it; null elsewhere.</summary>
    public static string? Purpose => Environment.GetEnvironmentVariable(Inside);

    /// <summary>Fails with the process's output unless all tests pass in it.</summary>
    /// <param name="variable">Of the runtime's, set to 0: <c>DOTNET_EnableAVX512</c>.</param>
    /// <param name="purpose">What <see cref="Purpose"/> is there.</param>
    /// <param name="tests">The test project.</param>
    public static async Task RunTests(string variable, string purpose, Assembly tests)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!, ["vstest", tests.Location])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment[variable] = "0";
        start.Environment[Inside] = purpose;
        using var child = Process.Start(start)!;
        var error = child.StandardError.ReadToEndAsync();

        var output = await child.StandardOutput.ReadToEndAsync();
        await child.WaitForExitAsync();

        Assert.True(child.ExitCode == 0, $"{variable}=0:\n{output}\n{await error}");
    }
}
