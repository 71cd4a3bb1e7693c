using BenchmarkDotNet.Running;

// Run one benchmark: dotnet run -c Release --project bench/FissionGrpo.Benchmarks -- --filter '*Gemm*'
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
