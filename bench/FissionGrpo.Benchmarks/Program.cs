using BenchmarkDotNet.Running;

// Run one benchmark: dotnet run -c Release --project bench/FissionGrpo.Benchmarks -- --filter '*Gemm*'
// End-to-end timings: -- engine small 2 [train] [contended] [groups] [decode] [single] [prefill]
// Kernels against the machine's peak and other libraries: -- kernels [peak] [gemm] [decode] [attention] [rows] [accuracy]
if (args is ["kernels", .. var kernels])
    return FissionGrpo.Benchmarks.Kernels.KernelTimings.Run(kernels);
if (args is ["engine", .. var rest])
    return await FissionGrpo.Benchmarks.EngineTimings.Run(rest);
// The competitor that `engine` starts for a while: holds a core.
if (args is ["spin"])
{
    for (var started = System.Diagnostics.Stopwatch.GetTimestamp(); System.Diagnostics.Stopwatch.GetElapsedTime(started) < TimeSpan.FromMinutes(5);)
        Thread.SpinWait(1000);
    return 0;
}
// A million damaged checkpoints: -- fuzz
if (args is ["fuzz", .. var inputs])
    return FissionGrpo.Benchmarks.CheckpointFuzz.Run(inputs);
// BFCL executor and checker against the Python original, fork and memory: -- bfcl DATA
if (args is ["bfcl", var data])
    return FissionGrpo.Benchmarks.BfclSpeed.Run(data);
// TAU and TAU2 against the Python originals, fork and memory: -- tau TAU_DATA TAU2_DATA
if (args is ["tau", var tau, var tau2])
    return FissionGrpo.Benchmarks.TauSpeed.Run(tau, tau2);
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
return 0;
