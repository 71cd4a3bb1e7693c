using System.Collections.Immutable;

namespace FissionGrpo.Model.Weights;

/// <summary>Parameters that are trained together: their names and places, and the flat memory that holds them. Borrowed from its owner.</summary>
internal sealed unsafe class ParameterSet(ImmutableArray<Parameter> parameters, float* values, long count)
{
    /// <summary>Nothing to train.</summary>
    public static ParameterSet None { get; } = new([], null, 0);

    public ImmutableArray<Parameter> Parameters { get; } = parameters;

    public float* Values { get; } = values;

    /// <summary>Values in all parameters.</summary>
    public long Count { get; } = count;

    /// <summary>The first parameter of which <paramref name="values"/>, laid out like these, hold a NaN or an infinity; null when all are finite.</summary>
    public Parameter? FirstNonFinite(float* values)
    {
        foreach (var parameter in Parameters)
        {
            if (!ModelWeights.AllFinite(values + parameter.Offset, parameter.Count))
                return parameter;
        }
        return null;
    }
}
