using FissionGrpo.Model.Configuration;
using FissionGrpo.Numerics.Attention;
using FissionGrpo.Numerics.Machine;

namespace FissionGrpo.Model.Decoding;

/// <summary>Memory for keys and values: a page holds <see cref="KeyValuePage.Positions"/> positions of all layers, one layer's block after the other.</summary>
internal sealed unsafe class PagePool : IDisposable
{
    private const int PagesPerSlab = 32;
    private readonly TensorArena _arena = new();
    private readonly Stack<nint> _free = new();

    public PagePool(ModelConfiguration c)
    {
        Layout = new KeyValuePage(c.KeyValueHeads, c.HeadSize);
        PageFloats = (long)Layout.Floats * c.Layers;
    }

    /// <summary>One layer's part of a page.</summary>
    public KeyValuePage Layout { get; }

    /// <summary>Floats of a page.</summary>
    public long PageFloats { get; }

    /// <summary>Pages handed out.</summary>
    public int InUse { get; private set; }

    public nint Take()
    {
        if (_free.Count == 0)
        {
            var slab = _arena.TakePointer(PageFloats * PagesPerSlab);
            // Not cleared: a slot that nobody has written yet gives scores that are masked, and its values are not read.
            for (var i = PagesPerSlab - 1; i >= 0; i--)
                _free.Push((nint)(slab + (i * PageFloats)));
        }
        InUse++;
        return _free.Pop();
    }

    public void Give(nint page)
    {
        InUse--;
        _free.Push(page);
    }

    public void Copy(nint from, nint to) =>
        System.Runtime.InteropServices.NativeMemory.Copy((void*)from, (void*)to, (nuint)(PageFloats * sizeof(float)));

    public void Dispose() => _arena.Dispose();
}
