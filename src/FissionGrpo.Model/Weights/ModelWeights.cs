using FissionGrpo.Model.Configuration;
using FissionGrpo.Numerics.Machine;
using FissionGrpo.Seeds;

namespace FissionGrpo.Model.Weights;

/// <summary>All parameters of a model in one flat arena, in the order of <see cref="ParameterLayout"/>.</summary>
internal sealed unsafe class ModelWeights : IDisposable
{
    private readonly TensorArena _arena;

    public ModelWeights(ModelConfiguration configuration)
    {
        Configuration = configuration;
        Layout = ParameterLayout.Of(configuration);
        _arena = new TensorArena(Layout.Count);
        Values = _arena.TakePointer(Layout.Count);
        Set = new ParameterSet(Layout.Parameters, Values, Layout.Count);
    }

    public ModelConfiguration Configuration { get; }

    public ParameterLayout Layout { get; }

    /// <summary>The values, <see cref="ParameterLayout.Count"/> of them.</summary>
    public float* Values { get; }

    /// <summary>The parameters as one set.</summary>
    public ParameterSet Set { get; }

    /// <summary>Fresh weights as transformers draws them: gains 1, biases 0, everything else normal with the configured deviation. Each tensor has a seed of its own name.</summary>
    public static ModelWeights Initialise(ModelConfiguration configuration, Seed seed)
    {
        var weights = new ModelWeights(configuration);
        foreach (var parameter in weights.Layout.Parameters)
        {
            var values = weights.Values + parameter.Offset;
            if (parameter.IsOneDimensional)
            {
                var value = parameter.Name.EndsWith(".bias", StringComparison.Ordinal) ? 0f : 1f;
                for (var i = 0L; i < parameter.Count; i++)
                    values[i] = value;
                continue;
            }
            var rng = new SampleRng(seed.Derive(parameter.Name));
            for (var i = 0L; i < parameter.Count; i++)
                values[i] = (float)(rng.NextNormal() * configuration.InitializerRange);
        }
        return weights;
    }

    public float* At(long offset) => offset < 0 ? null : Values + offset;

    public void Dispose() => _arena.Dispose();

    /// <summary>Whether every value is finite: x·0 is 0 for finite x and NaN otherwise, so the sum says it all, in one pass without branches.</summary>
    internal static bool AllFinite(float* values, long count)
    {
        var sum = System.Numerics.Vector<float>.Zero;
        var i = 0L;
        var width = System.Numerics.Vector<float>.Count;
        for (; i <= count - width; i += width)
            sum += System.Runtime.CompilerServices.Unsafe.ReadUnaligned<System.Numerics.Vector<float>>(values + i) * 0f;
        var total = System.Numerics.Vector.Sum(sum);
        for (; i < count; i++)
            total += values[i] * 0f;
        return total == 0;
    }
}
