using System.Runtime.InteropServices;

namespace FissionGrpo.Benchmarks.Kernels;

/// <summary>oneDNN as a baseline, when the machine has it (Debian: <c>libdnnl2</c>; or its path in <c>FISSION_ONEDNN</c>), on one thread. It is never needed.</summary>
internal static unsafe class OneDnn
{
    private static readonly delegate* unmanaged<byte, byte, long, long, long, float, float*, long, float*, long, float, float*, long, int> Sgemm;

    static OneDnn()
    {
        Name = "oneDNN: not installed, left out";
        string[] places = [Environment.GetEnvironmentVariable("FISSION_ONEDNN") ?? "", "libdnnl.so.3", "libdnnl.so.2", "libdnnl.so", "dnnl.dll"];
        foreach (var place in places)
        {
            if (place.Length == 0 || !NativeLibrary.TryLoad(place, out var library) || !NativeLibrary.TryGetExport(library, "dnnl_sgemm", out var address))
                continue;
            // It takes its threads from OpenMP: the runtime that it brought along is asked for one.
            if (!NativeLibrary.TryLoad("libgomp.so.1", out var openMp) || !NativeLibrary.TryGetExport(openMp, "omp_set_num_threads", out var threads))
                continue;
            ((delegate* unmanaged<int, void>)threads)(1);
            Sgemm = (delegate* unmanaged<byte, byte, long, long, long, float, float*, long, float*, long, float, float*, long, int>)address;
            Name = "oneDNN";
            if (NativeLibrary.TryGetExport(library, "dnnl_version", out var version))
            {
                var numbers = ((delegate* unmanaged<int*>)version)();
                Name += $" {numbers[0]}.{numbers[1]}.{numbers[2]}";
            }
            break;
        }
    }

    public static bool IsPresent => Sgemm is not null;

    public static string Name { get; }

    /// <summary>y[m, n] = x[m, k] · wᵀ.</summary>
    public static void Forward(float* x, float* w, float* y, int m, int n, int k) => Sgemm((byte)'N', (byte)'T', m, n, k, 1, x, k, w, k, 0, y, n);

    /// <summary>dx[m, k] = dy[m, n] · w.</summary>
    public static void InputGradient(float* dy, float* w, float* dx, int m, int n, int k) => Sgemm((byte)'N', (byte)'N', m, k, n, 1, dy, n, w, k, 0, dx, k);

    /// <summary>dw[n, k] += dyᵀ · x.</summary>
    public static void WeightGradient(float* dy, float* x, float* dw, int m, int n, int k) => Sgemm((byte)'T', (byte)'N', n, k, m, 1, dy, n, x, k, 1, dw, k);
}
