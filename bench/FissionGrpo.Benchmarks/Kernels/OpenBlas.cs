using System.Runtime.InteropServices;

namespace FissionGrpo.Benchmarks.Kernels;

/// <summary>
/// OpenBLAS as a baseline, when the machine has it (Debian: <c>libopenblas0-pthread</c>; or its path in <c>FISSION_OPENBLAS</c>). It is never needed.
/// An OpenBLAS that is older than the processor may choose kernels that are too narrow: <c>OPENBLAS_CORETYPE</c> chooses others.
/// </summary>
internal static unsafe class OpenBlas
{
    private const int RowMajor = 101;
    private const int Plain = 111;
    private const int Transposed = 112;

    private static readonly delegate* unmanaged<int, int, int, int, int, int, float, float*, int, float*, int, float, float*, int, void> Sgemm;

    static OpenBlas()
    {
        Name = "OpenBLAS: not installed, left out";
        string[] places = [Environment.GetEnvironmentVariable("FISSION_OPENBLAS") ?? "", "libopenblas.so.0", "libopenblas.so", "libopenblas.dylib", "libopenblas.dll"];
        foreach (var place in places)
        {
            if (place.Length == 0 || !NativeLibrary.TryLoad(place, out var library) || !NativeLibrary.TryGetExport(library, "cblas_sgemm", out var address))
                continue;
            Sgemm = (delegate* unmanaged<int, int, int, int, int, int, float, float*, int, float*, int, float, float*, int, void>)address;
            if (NativeLibrary.TryGetExport(library, "openblas_set_num_threads", out var threads))
                ((delegate* unmanaged<int, void>)threads)(1);
            Name = "OpenBLAS";
            if (NativeLibrary.TryGetExport(library, "openblas_get_config", out var config))
                Name = Marshal.PtrToStringUTF8(((delegate* unmanaged<nint>)config)())!.Trim();
            if (NativeLibrary.TryGetExport(library, "openblas_get_corename", out var core))
                Name += " with kernels " + Marshal.PtrToStringUTF8(((delegate* unmanaged<nint>)core)());
            break;
        }
    }

    public static bool IsPresent => Sgemm is not null;

    public static string Name { get; }

    /// <summary>y[m, n] = x[m, k] · wᵀ.</summary>
    public static void Forward(float* x, float* w, float* y, int m, int n, int k) => Sgemm(RowMajor, Plain, Transposed, m, n, k, 1, x, k, w, k, 0, y, n);

    /// <summary>dx[m, k] = dy[m, n] · w.</summary>
    public static void InputGradient(float* dy, float* w, float* dx, int m, int n, int k) => Sgemm(RowMajor, Plain, Plain, m, k, n, 1, dy, n, w, k, 0, dx, k);

    /// <summary>dw[n, k] += dyᵀ · x.</summary>
    public static void WeightGradient(float* dy, float* x, float* dw, int m, int n, int k) => Sgemm(RowMajor, Transposed, Plain, n, k, m, 1, dy, n, x, k, 1, dw, k);
}
