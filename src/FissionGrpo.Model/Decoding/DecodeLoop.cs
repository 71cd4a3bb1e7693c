using System.Runtime.InteropServices;
using FissionGrpo.Model.Forward;
using FissionGrpo.Model.Policy;
using FissionGrpo.Numerics.Attention;

namespace FissionGrpo.Model.Decoding;

/// <summary>
/// Continuous batching: every step computes one token of each sample in flight and a chunk of the prefixes that wait. It owns the key/value
/// cache; one caller at a time. A row's arithmetic does not depend on the other rows, so a request's result depends on nothing but the request and the weights.
/// </summary>
internal sealed class DecodeLoop : IDisposable
{
    private const int MostSamples = 256;
    private const int PrefillRows = 512;
    private const int MostOpenPrefixes = 32;

    private readonly TransformerEngine _engine;
    private readonly DecodeForward _forward;
    private readonly PagePool _pool;
    private readonly PrefixCache _cache;
    private readonly long _mostPages;
    private readonly Queue<DecodeRequest> _waiting = new();
    private readonly List<DecodeRequest> _open = [];
    private readonly List<DecodeSample> _samples = [];
    private readonly List<DecodeRequest> _finishedPrefixes = [];
    private readonly Stack<float[]> _logitRows = new();

    public DecodeLoop(TransformerEngine engine, long cacheBytes)
    {
        _engine = engine;
        _pool = new PagePool(engine.Weights.Configuration);
        _mostPages = Math.Max(16, cacheBytes / (_pool.PageFloats * sizeof(float)));
        _cache = new PrefixCache(_pool, _mostPages);
        _forward = new DecodeForward(engine, _pool.Layout);
    }

    /// <summary>Whether nothing is in flight.</summary>
    public bool Idle => _waiting.Count == 0 && _open.Count == 0 && _samples.Count == 0;

    /// <summary>Tokens computed since the start, prefixes included: what the prefix cache saves does not count.</summary>
    public long TokensComputed { get; private set; }

    /// <summary>Steps so far in which every thread took a share of the samples.</summary>
    internal long StepsInShares => _forward.PassesInShares;

    public void Add(DecodeRequest request) => _waiting.Enqueue(request);

    /// <summary>Forgets cached keys and values, because the weights have changed.</summary>
    public void WeightsChanged() => _cache.Clear();

    /// <summary>One step. A failure of the arithmetic fails the requests in flight and leaves the loop fit for new ones.</summary>
    public void Step()
    {
        try
        {
            DropCancelled();
            Start();
            Compute();
            Draw();
        }
        catch (Exception failure)
        {
            FailAll(failure);
        }
    }

    public void FailAll(Exception failure)
    {
        foreach (var sample in _samples)
        {
            sample.Request.Fail(failure);
            sample.Dispose();
        }
        foreach (var request in _open.Concat(_waiting))
        {
            request.Fail(failure);
            request.Dispose();
        }
        _samples.Clear();
        _open.Clear();
        _waiting.Clear();
    }

    public void Dispose()
    {
        FailAll(new ObjectDisposedException(nameof(TransformerPolicy)));
        _forward.Dispose();
        _pool.Dispose();
    }

    private void DropCancelled()
    {
        for (var i = _samples.Count - 1; i >= 0; i--)
        {
            if (!_samples[i].Request.Cancelled && !_samples[i].Request.Done)
                continue;
            _samples[i].Request.Cancel();
            _samples[i].Dispose();
            _samples.RemoveAt(i);
        }
        for (var i = _open.Count - 1; i >= 0; i--)
        {
            if (!_open[i].Cancelled && !_open[i].Done)
                continue;
            _open[i].Cancel();
            _open[i].Dispose();
            _open.RemoveAt(i);
        }
    }

    /// <summary>Starts samples whose prefix is computed, and opens the next requests while there is room for their pages.</summary>
    private void Start()
    {
        for (var i = 0; i < _open.Count; i++)
        {
            var request = _open[i];
            while (request.Logits is not null && request.Started < request.Request.Count && HasRoom(request.Request.MaxTokens))
                _samples.Add(new DecodeSample(request, request.Started++));
            if (request.Started < request.Request.Count)
                continue;
            // Every sample holds the prefix's pages itself as soon as it has its first token, which is drawn in this very step.
            if (request.Logits is not null && AllDrawn(request))
            {
                _logitRows.Push(request.Logits);
                request.Dispose();
                _open.RemoveAt(i--);
            }
        }
        while (_waiting.Count > 0 && (Idleness || HasRoom(_waiting.Peek().Request.Prefix.Length + _waiting.Peek().Request.MaxTokens)) && OpenPrefixes < MostOpenPrefixes)
        {
            var request = _waiting.Dequeue();
            if (request.Cancelled)
                request.Cancel();
            else
                _open.Add(request);
        }
    }

    private bool Idleness => _open.Count == 0 && _samples.Count == 0;

    private int OpenPrefixes
    {
        get
        {
            var count = 0;
            foreach (var request in _open)
                count += request.Logits is null ? 1 : 0;
            return count;
        }
    }

    /// <summary>Whether every started sample of the request has its first token.</summary>
    private bool AllDrawn(DecodeRequest request)
    {
        foreach (var sample in _samples)
        {
            if (sample.Request == request && sample.Sequence is null)
                return false;
        }
        return true;
    }

    /// <summary>Room for one more sample, counting the most pages that those in flight may come to need; the first sample always has room.</summary>
    private bool HasRoom(int tokens)
    {
        if (_samples.Count == 0)
            return true;
        if (_samples.Count >= MostSamples)
            return false;
        var needed = (long)PagesFor(tokens) + 1;
        foreach (var sample in _samples)
            needed += PagesFor(sample.Request.Request.MaxTokens) + 1;
        foreach (var request in _open)
            needed += PagesFor(request.Request.Prefix.Length);
        return needed <= _mostPages;
    }

    private static int PagesFor(int tokens) => (tokens + KeyValuePage.Positions - 1) / KeyValuePage.Positions;

    /// <summary>Runs the model over the next token of every sample and a chunk of the open prefixes, and notes the prefixes that are complete now.</summary>
    private void Compute()
    {
        _finishedPrefixes.Clear();
        _forward.Begin();
        foreach (var sample in _samples)
        {
            if (sample.Sequence is { } sequence)
                _forward.Add(sequence, 1, wantLogits: true);
        }
        var room = PrefillRows;
        foreach (var request in _open)
        {
            if (request.Logits is not null || room == 0)
                continue;
            if (request.Prefix is null && IsBeingComputed(request))
                continue;
            request.Prefix ??= DecodeSequence.Begin(_cache, _pool, request.Request.Prefix.AsSpan());
            var rows = Math.Min(room, request.Prefix.Count - request.Prefix.Cached);
            var complete = request.Prefix.Cached + rows == request.Prefix.Count;
            _forward.Add(request.Prefix, rows, complete);
            if (complete)
                _finishedPrefixes.Add(request);
            room -= rows;
        }
        TokensComputed += _forward.Rows;
        _forward.Run();
    }

    /// <summary>Whether another request is just now computing pages that this one needs too; waiting a step for them is cheaper than computing them twice.</summary>
    private bool IsBeingComputed(DecodeRequest request)
    {
        var tokens = request.Request.Prefix.AsSpan();
        var cached = -1;
        foreach (var other in _open)
        {
            if (other.Prefix is null || other.Logits is not null)
                continue;
            var shared = tokens[..^1].CommonPrefixLength(other.Request.Prefix.AsSpan()) / KeyValuePage.Positions;
            if (shared == 0)
                continue;
            if (cached < 0)
                cached = _cache.Match(tokens[..^1]).Pages.Count;
            if (shared > cached)
                return true;
        }
        return false;
    }

    /// <summary>Draws the next token of every sample, and ends those that are done.</summary>
    private unsafe void Draw()
    {
        var vocabulary = _engine.Weights.Configuration.VocabularySize;
        var decoding = 0;
        foreach (var sample in _samples)
            decoding += sample.Sequence is null ? 0 : 1;
        for (var i = 0; i < _finishedPrefixes.Count; i++)
        {
            if (!_logitRows.TryPop(out var row))
                row = new float[vocabulary];
            new ReadOnlySpan<float>(_forward.Logits(decoding + i), vocabulary).CopyTo(row);
            _finishedPrefixes[i].Logits = row;
        }

        _forward.Draw(_samples);
        var kept = 0;
        for (var i = 0; i < _samples.Count; i++)
        {
            var sample = _samples[i];
            var (token, logProb) = _forward.Drawn(i);
            if (token < 0)
            {
                sample.Request.Fail(new NonFiniteException("logits", "are NaN or infinite: there is nothing to sample from. Look at the weights, or at the last training steps."));
                sample.Dispose();
                continue;
            }
            sample.Add(token, logProb);
            if (sample.Ended)
            {
                sample.Finish();
                sample.Dispose();
                continue;
            }
            sample.Sequence ??= sample.Request.Prefix!.Fork(sample.Request.Request.MaxTokens);
            sample.Sequence.Append(token);
            _samples[kept++] = sample;
        }
        CollectionsMarshal.SetCount(_samples, kept);
    }
}
