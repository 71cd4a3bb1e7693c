using System.Diagnostics;
using System.Runtime.Intrinsics.X86;
using FissionGrpo.Numerics.Linear;

namespace FissionGrpo.Numerics.Tests;

/// <summary>Runs this test project again in processes that lack instruction sets, so that the narrower kernels are tested on a machine that has the wide ones.</summary>
public sealed class InstructionSetTests
{
    private const string InsideChild = "FISSION_NUMERICS_CHILD";

    [SkippableTheory]
    [InlineData("DOTNET_EnableAVX512", "Avx2")]
    [InlineData("DOTNET_EnableAVX2", "Portable")]
    [InlineData("DOTNET_EnableHWIntrinsic", "Portable")]
    public async Task WithoutAnInstructionSet_AllTestsPass(string variable, string expectedPath)
    {
        Skip.If(Environment.GetEnvironmentVariable(InsideChild) is not null, "this is the process with the instruction set turned off");
        Skip.IfNot(Avx2.IsSupported, "the machine runs the portable path anyway");
        var start = new ProcessStartInfo(Environment.ProcessPath!, ["vstest", typeof(InstructionSetTests).Assembly.Location])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment[variable] = "0";
        start.Environment[InsideChild] = expectedPath;
        using var child = Process.Start(start)!;
        var error = child.StandardError.ReadToEndAsync();

        var output = await child.StandardOutput.ReadToEndAsync();
        await child.WaitForExitAsync();

        Assert.True(child.ExitCode == 0, $"{variable}=0:\n{output}\n{await error}");
    }

    /// <summary>Every process runs the widest path that it is allowed: the children above what they are started to test, their parent what the machine has.</summary>
    [Fact]
    public void Process_RunsThePathThatItIsMeantToTest()
    {
        var widest = Avx512F.IsSupported ? "Avx512" : Avx2.IsSupported ? "Avx2" : "Portable";

        Assert.Equal(Environment.GetEnvironmentVariable(InsideChild) ?? widest, Tiles.Path.ToString());
    }
}
