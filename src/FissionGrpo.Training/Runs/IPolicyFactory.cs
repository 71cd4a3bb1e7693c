using System.Collections.Immutable;
using FissionGrpo.Model.Adapters;
using FissionGrpo.Model.Policy;
using FissionGrpo.Seeds;

namespace FissionGrpo.Training;

/// <summary>Where policies come from: the in-process engine, or a client of a training service. Policies that are <see cref="IDisposable"/> are disposed by who asked for them.</summary>
public interface IPolicyFactory
{
    /// <summary>A model of this shape with fresh weights.</summary>
    /// <param name="shape">Layers and sizes.</param>
    /// <param name="vocabulary">Tokens of its tokenizer.</param>
    /// <param name="endTokens">Tokens that end a reply.</param>
    /// <param name="maxPositions">The longest sequence.</param>
    /// <param name="seed">Where the weights are drawn from.</param>
    IPolicy Create(PolicyOptions shape, int vocabulary, ImmutableArray<int> endTokens, int maxPositions, Seed seed);

    /// <summary>The model of a folder in Hugging Face layout.</summary>
    /// <param name="folder">Its folder.</param>
    /// <param name="adapters">Fresh adapters to train instead of its weights; null trains the weights.</param>
    IPolicy Open(string folder, LoraOptions? adapters = null);
}
