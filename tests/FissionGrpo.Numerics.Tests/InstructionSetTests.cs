using System.Runtime.Intrinsics.X86;
using FissionGrpo.Numerics.Linear;
using FissionGrpo.Testing;

namespace FissionGrpo.Numerics.Tests;

/// <summary>Runs this test project again without the instruction sets that the wider kernels use.</summary>
public sealed class InstructionSetTests
{
    [SkippableTheory]
    [InlineData("DOTNET_EnableAVX512", "Avx2")]
    [InlineData("DOTNET_EnableAVX2", "Portable")]
    [InlineData("DOTNET_EnableHWIntrinsic", "Portable")]
    public async Task WithoutAnInstructionSet_AllTestsPass(string variable, string expectedPath)
    {
        Skip.If(ChildProcess.Purpose is not null, "this is the process with the instruction set turned off");
        Skip.IfNot(Avx2.IsSupported, "the machine runs the portable path anyway");

        await ChildProcess.RunTests(variable, expectedPath, typeof(InstructionSetTests).Assembly);
    }

    /// <summary>Every process runs the widest path that it is allowed: the children above what they are started to test, their parent what the machine has.</summary>
    [Fact]
    public void Process_RunsThePathThatItIsMeantToTest()
    {
        var widest = Avx512F.IsSupported ? "Avx512" : Avx2.IsSupported ? "Avx2" : "Portable";

        Assert.Equal(ChildProcess.Purpose ?? widest, Tiles.Path.ToString());
    }
}
