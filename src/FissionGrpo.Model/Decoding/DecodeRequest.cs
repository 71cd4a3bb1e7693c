using System.Collections.Immutable;
using FissionGrpo.Model.Policy;
using FissionGrpo.Seeds;

namespace FissionGrpo.Model.Decoding;

/// <summary>A request for continuations on its way through the decode loop: its prefix is computed once, then its samples are started as there is room.</summary>
internal sealed class DecodeRequest(SampleRequest request, CancellationToken cancel) : IDisposable
{
    private readonly TaskCompletionSource<ImmutableArray<SampledTokens>> _result = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SampledTokens?[] _samples = new SampledTokens?[request.Count];
    private int _finished;

    public SampleRequest Request { get; } = request;

    public Task<ImmutableArray<SampledTokens>> Result => _result.Task;

    /// <summary>The prefix in the cache; null before its computation begins and after the last sample has started.</summary>
    public DecodeSequence? Prefix { get; set; }

    /// <summary>The logits after the prefix; null before they are known.</summary>
    public float[]? Logits { get; set; }

    /// <summary>Samples started.</summary>
    public int Started { get; set; }

    public bool Cancelled => cancel.IsCancellationRequested;

    public bool Done => _result.Task.IsCompleted;

    public void Finish(int index, SampledTokens sample)
    {
        _samples[index] = sample;
        if (++_finished == _samples.Length)
            _result.TrySetResult([.. _samples!]);
    }

    public void FinishEmpty() => _result.TrySetResult([.. Enumerable.Repeat(new SampledTokens([], [], false), _samples.Length)]);

    public void Fail(Exception failure) => _result.TrySetException(failure);

    public void Cancel() => _result.TrySetCanceled(cancel);

    public void Dispose()
    {
        Prefix?.Dispose();
        Prefix = null;
    }
}

/// <summary>One continuation being sampled.</summary>
internal sealed class DecodeSample(DecodeRequest request, int index) : IDisposable
{
    private readonly int[] _tokens = new int[request.Request.MaxTokens];
    private readonly float[] _logProbs = new float[request.Request.MaxTokens];
    private SampleRng _rng = new(request.Request.Seed.Derive(index));
    private int _count;
    private bool _stopped;

    public DecodeRequest Request { get; } = request;

    /// <summary>Its tokens in the cache; null before the first is drawn.</summary>
    public DecodeSequence? Sequence { get; set; }

    /// <summary>The generator, advanced by every draw.</summary>
    public ref SampleRng Rng => ref _rng;

    public bool Ended => _stopped || _count == _tokens.Length;

    /// <summary>Adds a drawn token.</summary>
    public void Add(int token, float logProb)
    {
        _tokens[_count] = token;
        _logProbs[_count++] = logProb;
        _stopped = Request.Request.StopTokens is { IsDefault: false } stops && stops.Contains(token);
    }

    /// <summary>Hands the continuation to its request.</summary>
    public void Finish() =>
        Request.Finish(index, new SampledTokens([.. _tokens.AsSpan(0, _count)], [.. _logProbs.AsSpan(0, _count)], _stopped));

    public void Dispose()
    {
        Sequence?.Dispose();
        Sequence = null;
    }
}
