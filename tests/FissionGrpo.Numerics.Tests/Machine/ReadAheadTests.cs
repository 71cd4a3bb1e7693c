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
    public void Stretches_AreHandedOutOneAfterTheOtherInPiecesOf4KiB()
    {
        var ahead = new ReadAhead();

        ahead.Add((float*)100_000, 1025);
        ahead.Add((float*)500_000, 10);

        Assert.Equal([100_000, 104_096, 500_000, 0], new[] { 64, 64, 64, 64 }.Select(lines => (nint)ahead.Take(lines)));
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

    [Fact]
    public void LinesOfABlock_EndWithIt()
    {
        var ahead = new ReadAhead();
        ahead.Set([10_000, 50_000], 0, 4 * Line);

        var taken = Enumerable.Range(0, 4).Select(_ => ((nint)ahead.TakeOfBlock(3, out var lines), lines)).ToArray();

        Assert.Equal([(10_000, 3), (10_000 + (3 * Line), 1), (50_000, 3), (50_000 + (3 * Line), 1)], taken);
        Assert.True(ahead.TakeOfBlock(3, out _) is null);
    }

    [Fact]
    public void Work_HearsOfWholeBlocksAndIsNotCalledFromItself()
    {
        var ahead = new ReadAhead();
        var work = new Listener(ahead);
        ahead.Set([10_000, 50_000], 0, 4 * Line, work);

        for (var i = 0; i < 4; i++)
        {
            ahead.LetWorkAdvance();
            ahead.TakeOfBlock(3, out _);
        }
        ahead.LetWorkAdvance();
        ahead.Clear();
        ahead.LetWorkAdvance();

        Assert.Equal([0, 0, 1, 1, 2], work.Heard);
    }

    private sealed class Listener(ReadAhead ahead) : ISideWork
    {
        public List<int> Heard { get; } = [];

        public void Advance(int fetched)
        {
            Heard.Add(fetched);
            ahead.LetWorkAdvance();
        }
    }
}
