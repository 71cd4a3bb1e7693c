using System.Runtime.InteropServices;
using FissionGrpo.Model.Forward;
using FissionGrpo.Model.Policy;
using FissionGrpo.Numerics.Attention;
using FissionGrpo.Numerics.Machine;
using FissionGrpo.Numerics.Rows;

namespace FissionGrpo.Model.Decoding;

/// <summary>One forward pass over new tokens of several sequences against their cached pages, and the draws from its logits.</summary>
internal sealed unsafe class DecodeForward(TransformerEngine engine, KeyValuePage layout) : IDisposable
{
    // Halves of fewer rows than two full tiles read the weights too often: measured, 32 rows were 3 % slower in halves, 48 were 13 % faster.
    private const int FewestRowsInShare = 48;

    private readonly TransformerEngine _engine = engine;
    private readonly KeyValuePage _layout = layout;
    private readonly TensorArena _arena = new();
    private readonly List<(DecodeSequence Sequence, int Rows)> _work = [];
    private readonly List<PagedQuery> _queries = [];
    private readonly List<int> _logitRows = [];
    private readonly List<DecodeShare> _shares = [];
    private nint[] _pages = [];
    private nint[] _layerPages = [];
    private nint[] _slots = [];
    private (int Token, float LogProb)[] _drawn = [];
    private int _pageCount;
    private float* _logits;
    private int* _positions;

    /// <summary>Rows collected.</summary>
    public int Rows { get; private set; }

    /// <summary>Passes so far in which every thread took a share of the rows.</summary>
    public long PassesInShares { get; private set; }

    public void Begin()
    {
        _work.Clear();
        _queries.Clear();
        _logitRows.Clear();
        Rows = 0;
        _pageCount = 0;
    }

    /// <summary>Takes the next tokens of a sequence into the pass.</summary>
    public void Add(DecodeSequence sequence, int rows, bool wantLogits)
    {
        sequence.Reserve(rows);
        _queries.Add(new PagedQuery(Rows, rows, sequence.Cached, _pageCount));
        _work.Add((sequence, rows));
        if (_pages.Length < _pageCount + sequence.Pages.Count)
            Array.Resize(ref _pages, 2 * (_pageCount + sequence.Pages.Count));
        sequence.Pages.CopyTo(_pages, _pageCount);
        _pageCount += sequence.Pages.Count;
        Rows += rows;
        if (wantLogits)
            _logitRows.Add(Rows - 1);
    }

    /// <summary>Computes the pass, writes keys and values into the pages, and leaves the logits of the rows that want them.</summary>
    public void Run()
    {
        if (Rows == 0)
            return;
        _engine.Packed.Ensure(_engine.Team);
        _arena.Reset();
        var (c, weights, team) = (_engine.Weights.Configuration, _engine.Weights, _engine.Team);
        var tokens = _arena.TakeInts(Rows);
        var positions = _positions = _arena.TakeInts(Rows);
        FillRows(tokens, positions);
        var x = _arena.TakePointer((long)Rows * c.Channels);
        weights.Embed(team, tokens, Rows, x);
        if (Shares() is var shares && shares > 0)
        {
            RunShares(shares, x);
            return;
        }
        var batch = new RowBatch(team, Rows, positions, _engine.Rope.Cos, _engine.Rope.Sin, new RowChunks(team, Rows, _engine.Packed.IsPacked));
        var activations = BlockActivations.ForInference(_arena, c, Rows);
        for (var layer = 0; layer < c.Layers; layer++)
            TransformerBlock.Forward(batch, weights, layer, _engine.Packed.Block(layer), new OverPages(this), activations, x);
        foreach (var (sequence, rows) in _work)
            sequence.Wrote(rows);
        ComputeLogits(x);
    }

    /// <summary>How many threads take a share of the rows, each from the embedding to the logits; 0 when the rows go together.</summary>
    private int Shares()
    {
        var (c, weights, threads) = (_engine.Weights.Configuration, _engine.Weights, _engine.Team.Threads);
        if (!PagedAttention.ReadsRowsByThemselves || _queries.Count != Rows || _logitRows.Count != Rows || Rows < (long)FewestRowsInShare * threads)
            return 0;
        // Halves read the weights once more: keys and values of few bytes are not worth it (measured: 1 % slower at a quarter of the weights, 2 % faster at half of them).
        var keysAndValues = (long)_pageCount * _layout.Bytes * c.Layers;
        return keysAndValues >= weights.Layout.Count * (weights.IsFrozen ? sizeof(ushort) : sizeof(float)) / 2 ? threads : 0;
    }

    private void RunShares(int shares, float* x)
    {
        PassesInShares++;
        var c = _engine.Weights.Configuration;
        while (_shares.Count < shares)
            _shares.Add(new DecodeShare(_engine, _layout));
        _logits = _arena.TakePointer((long)Rows * c.VocabularySize);
        _engine.Team.RunTiles(shares, new ShareRows(this, shares, BlockActivations.ForInference(_arena, c, Rows), x));
        foreach (var (sequence, rows) in _work)
            sequence.Wrote(rows);
    }

    private readonly struct ShareRows(DecodeForward pass, int shares, BlockActivations activations, float* x) : ITileKernel
    {
        public void Invoke(int item, int worker)
        {
            var first = (int)((long)pass.Rows * item / shares);
            var end = (int)((long)pass.Rows * (item + 1) / shares);
            pass._shares[item].Run(
                pass._engine.Team.Alone(worker), first, end - first, CollectionsMarshal.AsSpan(pass._queries), pass._pages.AsSpan(0, pass._pageCount),
                pass._positions, activations, x, pass._logits);
        }
    }

    /// <summary>The i-th row of logits, in the order in which the rows were added.</summary>
    public float* Logits(int index) => _logits + ((long)index * _engine.Weights.Configuration.VocabularySize);

    /// <summary>Draws a token for every sample: from this pass's logits, or, for its first token, from those after its prefix.</summary>
    public void Draw(List<DecodeSample> samples)
    {
        if (_drawn.Length < samples.Count)
            _drawn = new (int, float)[samples.Count];
        if (samples.Count > 0)
            _engine.Team.RunTiles(samples.Count, new DrawTokens(this, samples));
    }

    /// <summary>What was drawn for the i-th sample.</summary>
    public (int Token, float LogProb) Drawn(int index) => _drawn[index];

    public void Dispose()
    {
        foreach (var share in _shares)
            share.Dispose();
        _arena.Dispose();
    }

    private void FillRows(int* tokens, int* positions)
    {
        if (_slots.Length < Rows)
            _slots = new nint[2 * Rows];
        var row = 0;
        var last = 0;
        foreach (var (sequence, rows) in _work)
        {
            for (var i = 0; i < rows; i++, row++)
            {
                var position = sequence.Cached + i;
                tokens[row] = sequence[position];
                positions[row] = position;
                _slots[row] = sequence.Pages[position / KeyValuePage.Positions];
                last = Math.Max(last, position);
            }
        }
        _engine.Rope.Reach(last + 1);
    }

    private void ComputeLogits(float* x)
    {
        if (_logitRows.Count == 0)
            return;
        var (c, weights, team) = (_engine.Weights.Configuration, _engine.Weights, _engine.Team);
        var index = _arena.TakeInts(_logitRows.Count);
        _logitRows.CopyTo(new Span<int>(index, _logitRows.Count));
        var last = _arena.TakePointer((long)_logitRows.Count * c.Channels);
        RowCopies.Gather(team, x, index, _logitRows.Count, c.Channels, last);
        RmsNorm.Forward(team, last, c.Channels, weights.At(weights.Layout.FinalNorm), _logitRows.Count, 1, c.Channels, c.NormEpsilon, last, c.Channels);
        _logits = _arena.TakePointer((long)_logitRows.Count * c.VocabularySize);
        _engine.Packed.Head.Forward(team, last, _logits, c.VocabularySize, _logitRows.Count, accumulate: false);
    }

    private void Attend(int layer, float* q, float* k, float* v, long stride, float* output)
    {
        var c = _engine.Weights.Configuration;
        nint offset = (nint)((long)layer * _layout.Floats * sizeof(float));
        if (_layerPages.Length < _pageCount)
            _layerPages = new nint[_pages.Length];
        for (var i = 0; i < _pageCount; i++)
            _layerPages[i] = _pages[i] + offset;
        _engine.Team.Run(Rows, 16, new WriteKeys(this, k, v, stride, offset));
        PagedAttention.Forward(
            _engine.Team, q, stride, CollectionsMarshal.AsSpan(_queries), _layerPages.AsSpan(0, _pageCount),
            new AttentionShape(c.Heads, c.KeyValueHeads, c.HeadSize), output, c.QueryChannels);
        // The products until the next attention, that of the first layer in the next step after the last, leave the memory idle.
        var next = (layer + 1) % c.Layers;
        _engine.Team.ReadAhead.Set(_layerPages.AsSpan(0, _pageCount), (nint)((long)(next - layer) * _layout.Floats * sizeof(float)), _layout.Bytes);
    }

    private readonly struct OverPages(DecodeForward pass) : IRowAttention
    {
        public void Forward(int layer, float* q, float* k, float* v, long stride, float* output, float* logSumExp) =>
            pass.Attend(layer, q, k, v, stride, output);
    }

    private readonly struct WriteKeys(DecodeForward pass, float* k, float* v, long stride, nint offset) : IRowKernel
    {
        public void Invoke(int item)
        {
            var position = pass._positions[item];
            pass._layout.Write(k + (item * stride), v + (item * stride), position % KeyValuePage.Positions, (float*)(pass._slots[item] + offset));
        }
    }

    private readonly struct DrawTokens(DecodeForward pass, List<DecodeSample> samples) : ITileKernel
    {
        public void Invoke(int item, int worker)
        {
            var sample = samples[item];
            var vocabulary = pass._engine.Weights.Configuration.VocabularySize;
            var scratch = pass._engine.Team.Scratch(worker, TokenDraw.ScratchFloats(vocabulary));
            if (sample.Sequence is null)
            {
                fixed (float* logits = sample.Request.Logits)
                    pass._drawn[item] = TokenDraw.Draw(logits, vocabulary, sample.Request.Request.Sampling, scratch, ref sample.Rng);
                return;
            }
            pass._drawn[item] = TokenDraw.Draw(pass.Logits(item), vocabulary, sample.Request.Request.Sampling, scratch, ref sample.Rng);
        }
    }
}
