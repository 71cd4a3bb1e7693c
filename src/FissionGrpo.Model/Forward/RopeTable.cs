using FissionGrpo.Model.Configuration;
using FissionGrpo.Numerics.Machine;

namespace FissionGrpo.Model.Forward;

/// <summary>Cosines and sines of the rotation by position, grown when a longer sequence comes. Frequencies and angles are rounded to single precision like the reference's.</summary>
internal sealed unsafe class RopeTable(ModelConfiguration configuration) : IDisposable
{
    private readonly float[] _frequencies = Frequencies(configuration);
    private TensorArena? _arena;
    private int _positions;

    /// <summary>Shape <c>[positions, D / 2]</c>.</summary>
    public float* Cos { get; private set; }

    /// <summary>Shape <c>[positions, D / 2]</c>.</summary>
    public float* Sin { get; private set; }

    /// <summary>Makes the tables at least this long. Earlier pointers die when it grows.</summary>
    public void Reach(int positions)
    {
        if (positions <= _positions)
            return;
        positions = Math.Max(positions, Math.Min(configuration.MaxPositions, Math.Max(256, 2 * _positions)));
        var half = _frequencies.Length;
        _arena?.Dispose();
        _arena = new TensorArena(2L * ((positions * (long)half) + 16));
        Cos = _arena.TakePointer((long)positions * half);
        Sin = _arena.TakePointer((long)positions * half);
        for (var position = 0; position < positions; position++)
        {
            for (var i = 0; i < half; i++)
            {
                var angle = position * _frequencies[i];
                Cos[((long)position * half) + i] = (float)Math.Cos(angle);
                Sin[((long)position * half) + i] = (float)Math.Sin(angle);
            }
        }
        _positions = positions;
    }

    public void Dispose() => _arena?.Dispose();

    internal static float[] Frequencies(ModelConfiguration configuration)
    {
        var frequencies = new float[configuration.HeadSize / 2];
        for (var i = 0; i < frequencies.Length; i++)
        {
            var exponent = (float)(2 * i) / configuration.HeadSize;
            var plain = 1f / (float)Math.Pow(configuration.Rope.Theta, exponent);
            frequencies[i] = configuration.Rope.Scaling switch
            {
                RopeScaling.Linear linear => (float)(plain / linear.Factor),
                RopeScaling.Llama3 llama => Stretch(plain, llama),
                _ => plain,
            };
        }
        return frequencies;
    }

    private static float Stretch(float frequency, RopeScaling.Llama3 scaling)
    {
        var wavelength = 2 * Math.PI / frequency;
        if (wavelength < scaling.OriginalPositions / scaling.HighFrequencyFactor)
            return frequency;
        if (wavelength > scaling.OriginalPositions / scaling.LowFrequencyFactor)
            return (float)(frequency / scaling.Factor);
        var smooth = ((scaling.OriginalPositions / wavelength) - scaling.LowFrequencyFactor) / (scaling.HighFrequencyFactor - scaling.LowFrequencyFactor);
        return (float)(((1 - smooth) * frequency / scaling.Factor) + (smooth * frequency));
    }
}
