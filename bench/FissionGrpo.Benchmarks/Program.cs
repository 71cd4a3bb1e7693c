using BenchmarkDotNet.Running;

// Run one benchmark: dotnet run -c Release --project bench/FissionGrpo.Benchmarks -- --filter '*Gemm*'
// End-to-end timings: -- engine small 2
if (args is ["engine", .. var rest])
    return await FissionGrpo.Benchmarks.EngineTimings.Run(rest);
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
return 0;
