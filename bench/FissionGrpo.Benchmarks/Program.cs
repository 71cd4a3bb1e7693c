using BenchmarkDotNet.Running;

// Run one benchmark: dotnet run -c Release --project bench/FissionGrpo.Benchmarks -- --filter '*Gemm*'
// End-to-end timings: -- engine small 2
// Kernels against the machine's peak and other libraries: -- kernels [peak] [gemm] [decode] [attention] [rows]
if (args is ["kernels", .. var kernels])
    return FissionGrpo.Benchmarks.Kernels.KernelTimings.Run(kernels);
if (args is ["engine", .. var rest])
    return await FissionGrpo.Benchmarks.EngineTimings.Run(rest);
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
return 0;
