using System.Collections.Immutable;
using FissionGrpo.Episodes;
using FissionGrpo.Model.Policy;

namespace FissionGrpo.Rollouts;

/// <summary>The tokens of an episode as it grows. It is only ever appended to: what was sampled is never tokenised again.</summary>
internal sealed class TokenBuffer
{
    private readonly ImmutableArray<int>.Builder _ids;
    private readonly ImmutableArray<TokenOrigin>.Builder _origins;
    private readonly ImmutableArray<float>.Builder _logProbs;

    public TokenBuffer() : this(new TokenSequence([], [], []))
    {
    }

    public TokenBuffer(TokenSequence tokens)
    {
        _ids = tokens.Ids.ToBuilder();
        _origins = tokens.Origins.ToBuilder();
        _logProbs = tokens.LogProbs.ToBuilder();
    }

    public int Count => _ids.Count;

    /// <summary>Tokens that others wrote.</summary>
    public void Append(TokenSequence tokens)
    {
        _ids.AddRange(tokens.Ids);
        _origins.AddRange(tokens.Origins);
        _logProbs.AddRange(tokens.LogProbs);
    }

    /// <summary>Tokens of one origin other than the policy.</summary>
    public void Append(ImmutableArray<int> ids, TokenOrigin origin)
    {
        foreach (var id in ids)
        {
            _ids.Add(id);
            _origins.Add(origin);
            _logProbs.Add(0);
        }
    }

    /// <summary>Tokens that the policy sampled.</summary>
    public void AppendSampled(SampledTokens sampled)
    {
        _ids.AddRange(sampled.Tokens);
        _logProbs.AddRange(sampled.LogProbs);
        foreach (var _ in sampled.Tokens)
            _origins.Add(TokenOrigin.Policy);
    }

    public ImmutableArray<int> Ids => _ids.ToImmutable();

    public TokenSequence ToSequence() => new(_ids.ToImmutable(), _origins.ToImmutable(), _logProbs.ToImmutable());
}
