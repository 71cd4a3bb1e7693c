using System.Runtime.InteropServices;
using FissionGrpo.Seeds;

namespace FissionGrpo.Numerics.Tests;

/// <summary>Buffers between two pages that nobody may touch: whoever reads or writes a float before the first or behind the last ends the process. Linux only.</summary>
internal sealed unsafe partial class FencedNumbers(long seed) : IDisposable
{
    private const int ReadAndWrite = 3;
    private const int PrivateAnonymous = 0x22;

    private readonly List<(nint Start, nuint Bytes)> _regions = [];
    private SampleRng _rng = new(new Seed(0).Derive("fenced").Derive((int)seed));

    public int Next(int start, int exclusiveEnd) => _rng.Next(start, exclusiveEnd);

    /// <summary>Normal numbers; <paramref name="atEnd"/> says whether the last float lies at the fence, or else the first.</summary>
    public float* Normal(long count, bool atEnd)
    {
        var page = (nuint)Environment.SystemPageSize;
        var inner = (((nuint)count * sizeof(float)) + page - 1) / page * page;
        var region = Map(0, inner + (2 * page), 0, PrivateAnonymous, -1, 0);
        Assert.NotEqual(-1, region);
        _regions.Add((region, inner + (2 * page)));
        var start = region + (nint)page;
        Assert.Equal(0, Protect(start, inner, ReadAndWrite));
        var result = (float*)(atEnd ? start + (nint)inner - ((nint)count * sizeof(float)) : start);
        for (long i = 0; i < count; i++)
            result[i] = (float)_rng.NextNormal();
        return result;
    }

    public void Dispose()
    {
        foreach (var (start, bytes) in _regions)
            _ = Unmap(start, bytes);
    }

    [LibraryImport("libc", EntryPoint = "mmap")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint Map(nint address, nuint bytes, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "mprotect")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Protect(nint address, nuint bytes, int protection);

    [LibraryImport("libc", EntryPoint = "munmap")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Unmap(nint address, nuint bytes);
}
