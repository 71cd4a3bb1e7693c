using FissionGrpo.Numerics.Machine;
using FissionGrpo.Numerics.Rows;

namespace FissionGrpo.Model.Forward;

/// <summary>A part of a pass in which rows need nothing but their own values: everything between two attentions.</summary>
internal interface IRowStage
{
    /// <summary>Does the rows from <paramref name="first"/> on.</summary>
    /// <param name="team">Who works.</param>
    /// <param name="buffer">Which of the <see cref="RowChunks.Buffers"/> this call may use.</param>
    void Run(ThreadTeam team, int buffer, int first, int rows);
}

/// <summary>
/// How the rows of a pass are cut. Many rows go chunk by chunk through a whole stage, each chunk on one thread: its values stay in that core's cache from
/// product to product, and threads wait for each other once per stage. Few rows go together, and the threads share out each product. The cut changes no bit.
/// </summary>
internal readonly struct RowChunks
{
    // Eight full tiles of rows; less when the threads would lack work. Multiples of the rows of a gain's partial sum.
    private const int MostRows = 3 * RmsNorm.RowsPerPartialSum;
    private const int FewestRows = 2 * RmsNorm.RowsPerPartialSum;
    private const int ChunksPerThread = 8;

    private readonly ThreadTeam _team;
    private readonly int _rows;

    /// <param name="rows">Rows of the pass.</param>
    /// <param name="packed">Whether the weights are packed; else each product packs them on the way, which must serve many rows.</param>
    public RowChunks(ThreadTeam team, int rows, bool packed)
    {
        (_team, _rows) = (team, rows);
        var length = Math.Clamp(rows / (team.Threads * ChunksPerThread), FewestRows, MostRows) / RmsNorm.RowsPerPartialSum * RmsNorm.RowsPerPartialSum;
        var worthwhile = packed && rows >= 4 * Math.Max(MostRows, team.Threads * FewestRows);
        (Length, Buffers) = worthwhile ? (length, team.Threads) : (rows, 1);
    }

    /// <summary>Rows of a chunk; the last may have fewer.</summary>
    public int Length { get; }

    /// <summary>Chunks that may be at work at a time.</summary>
    public int Buffers { get; }

    /// <summary>Runs a stage over all rows.</summary>
    public void Run<TStage>(TStage stage)
        where TStage : struct, IRowStage
    {
        if (Length == _rows)
            stage.Run(_team, 0, 0, _rows);
        else
            _team.RunTiles((_rows + Length - 1) / Length, new Items<TStage>(this, stage));
    }

    private readonly struct Items<TStage>(RowChunks chunks, TStage stage) : ITileKernel
        where TStage : struct, IRowStage
    {
        public void Invoke(int item, int worker)
        {
            var first = item * chunks.Length;
            stage.Run(chunks._team.Alone(worker), worker, first, Math.Min(chunks.Length, chunks._rows - first));
        }
    }
}
