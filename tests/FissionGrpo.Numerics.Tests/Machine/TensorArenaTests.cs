using FissionGrpo.Numerics.Machine;

namespace FissionGrpo.Numerics.Tests.Machine;

public sealed unsafe class TensorArenaTests
{
    [Fact]
    public void Slices_AreAlignedAndDoNotOverlapWhileTheArenaGrows()
    {
        using var arena = new TensorArena(100);
        var starts = new List<(nint Start, int Count)>();
        for (var i = 1; i < 200; i++)
        {
            var slice = arena.Take(i * 37);
            slice.Fill(i);
            fixed (float* start = slice)
                starts.Add(((nint)start, slice.Length));
        }

        foreach (var ((start, count), i) in starts.Select((s, i) => (s, i + 1)))
        {
            Assert.Equal(0, start % 64);
            Assert.All(new Span<float>((float*)start, count).ToArray(), value => Assert.Equal(i, value));
        }
    }

    [Fact]
    public void LoopThatRepeatsItsSizes_ReservesNothingFromTheSecondRoundOn()
    {
        using var arena = new TensorArena();
        var capacities = new List<long>();
        for (var round = 0; round < 4; round++)
        {
            arena.Reset();
            for (var i = 0; i < 50; i++)
                arena.TakePointer(10_000);
            capacities.Add(arena.Capacity);
        }

        Assert.All(capacities, capacity => Assert.Equal(capacities[0], capacity));
    }

    [Fact]
    public void WhatIsExpected_IsReservedOnceAndInOnePiece()
    {
        using var arena = new TensorArena();
        arena.Reset(expected: 50_000);
        var reserved = arena.Capacity;
        var first = (nint)arena.TakePointer(20_000);

        Assert.Equal(first + (20_000 * sizeof(float)), (nint)arena.TakePointer(30_000));
        arena.Reset(expected: 40_000);
        Assert.Equal(first, (nint)arena.TakePointer(40_000));
        Assert.Equal(reserved, arena.Capacity);
    }

    [Fact]
    public void ExpectationsThatGrow_LeaveRoomForMore()
    {
        using var arena = new TensorArena(100_000, limit: 200_000);

        arena.Reset(expected: 100_500);
        Assert.InRange(arena.Capacity, 140_000, 200_000);

        arena.Reset(expected: 199_000);
        Assert.InRange(arena.Capacity, 199_000, 200_100);
    }

    [Fact]
    public void Release_GivesBackWhatWasTakenSinceTheMark()
    {
        using var arena = new TensorArena(1000);
        arena.TakePointer(10);
        var mark = arena.Mark();
        var first = (nint)arena.TakePointer(500);

        arena.Release(mark);

        Assert.Equal(first, (nint)arena.TakePointer(500));
    }

    [Fact]
    public void BadSizes_AreRefused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new TensorArena(-1));
        using var arena = new TensorArena(100, limit: 1000);
        Assert.Throws<ArgumentOutOfRangeException>(() => { arena.TakePointer(-1); });
        Assert.Throws<ArgumentOutOfRangeException>(() => { arena.TakePointer(1001); });
        arena.TakePointer(100);
        arena.TakePointer(800);
        Assert.Throws<InsufficientMemoryException>(() => { arena.TakePointer(800); });
        Assert.Throws<ArgumentException>(() => arena.Release(new(7, 0)));
    }

    [Fact]
    public void DisposedArena_RefusesAndCountsNoMore()
    {
        var arena = new TensorArena(10);
        arena.Dispose();
        arena.Dispose();

        Assert.Throws<ObjectDisposedException>(() => { arena.TakePointer(1); });
    }
}
