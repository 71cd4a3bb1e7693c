using FissionGrpo.Numerics.Machine;

namespace FissionGrpo.Numerics.Tests.Machine;

public sealed unsafe class ReadAheadTests
{
    private const int Line = ReadAhead.LineBytes;

    [Fact]
    public void Lines_AreHandedOutOnceInTheOrderOfTheBlocks()
    {
        var ahead = new ReadAhead();

        ahead.Set([10_000, 50_000], 8, 4 * Line);

        Assert.Equal([10_008, 10_008 + (3 * Line), 50_008 + (2 * Line), 0], new[] { 3, 3, 3, 3 }.Select(lines => (nint)ahead.Take(lines)));
    }

    [Fact]
    public void WhatWasNamedBefore_IsForgotten()
    {
        var ahead = new ReadAhead();
        ahead.Set([10_000, 50_000, 90_000], 0, 2 * Line);
        ahead.Take(1);

        ahead.Set([70_000], 0, 2 * Line);

        Assert.Equal([70_000, 70_000 + Line, 0], new[] { 1, 1, 1 }.Select(lines => (nint)ahead.Take(lines)));
    }

    [Fact]
    public void NothingNamed_OrCleared_GivesNothing()
    {
        var ahead = new ReadAhead();
        Assert.True(ahead.Take(1) is null);
        ahead.Set([10_000], 0, Line);

        ahead.Clear();

        Assert.True(ahead.Take(1) is null);
    }
}
