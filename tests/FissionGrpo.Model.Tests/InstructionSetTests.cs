using System.Runtime.Intrinsics.X86;
using FissionGrpo.Testing;

namespace FissionGrpo.Model.Tests;

/// <summary>Runs this test project again without AVX-512: what goes on beside the products is planned otherwise there.</summary>
public sealed class InstructionSetTests
{
    [SkippableFact]
    public async Task WithoutAvx512_AllTestsPass()
    {
        Skip.If(ChildProcess.Purpose is not null, "this is the process without AVX-512");
        Skip.IfNot(Avx512F.IsSupported, "the machine has none anyway");

        await ChildProcess.RunTests("DOTNET_EnableAVX512", "AVX2", typeof(InstructionSetTests).Assembly);
    }
}
