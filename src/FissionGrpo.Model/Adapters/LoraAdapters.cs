using System.Collections.Immutable;
using FissionGrpo.Model.Weights;
using FissionGrpo.Numerics.Linear;
using FissionGrpo.Numerics.Machine;
using FissionGrpo.Seeds;

namespace FissionGrpo.Model.Adapters;

/// <summary>The adapter of one projection.</summary>
/// <param name="Layer">Its block.</param>
/// <param name="Matrix">The fused matrix that it is part of.</param>
/// <param name="FirstOutput">Where its outputs begin in that matrix.</param>
/// <param name="Outputs">N.</param>
/// <param name="Inputs">K.</param>
/// <param name="Weight">Its weight, in the model's arena.</param>
/// <param name="Down">A, <c>[r, K]</c>, in the adapters' arena.</param>
/// <param name="Up">B, <c>[N, r]</c>, in the adapters' arena.</param>
internal sealed record LoraModule(int Layer, BlockMatrix Matrix, int FirstOutput, int Outputs, int Inputs, long Weight, long Down, long Up);

/// <summary>
/// All adapters of a model. The model's arena holds the merged weights, so forward, backward and decoding are those of full training and a
/// draw costs nothing extra; the weights without adapters are kept aside, and every step merges anew from them, so nothing drifts.
/// </summary>
internal sealed unsafe class LoraAdapters : IDisposable
{
    private readonly ModelWeights _weights;
    private readonly TensorArena _arena;
    private readonly float*[] _bases;

    public LoraAdapters(ModelWeights weights, LoraOptions options)
    {
        if (options.Problem() is { } problem)
            throw new ArgumentException(problem, nameof(options));
        _weights = weights;
        Options = options;
        (Modules, var parameters, var count) = LayOut(weights, options);
        _arena = new TensorArena(count + Modules.Sum(m => ((long)m.Outputs * m.Inputs) + 16));
        Parameters = new ParameterSet(parameters, _arena.TakeZeroed(count), count);
        _bases = new float*[Modules.Length];
        for (var i = 0; i < Modules.Length; i++)
        {
            var size = (long)Modules[i].Outputs * Modules[i].Inputs;
            _bases[i] = _arena.TakePointer(size);
            Copy(weights.At(Modules[i].Weight), _bases[i], size);
        }
        Initialise();
    }

    public LoraOptions Options { get; }

    public ImmutableArray<LoraModule> Modules { get; }

    /// <summary>All A and B under their PEFT names.</summary>
    public ParameterSet Parameters { get; }

    public float* At(long offset) => Parameters.Values + offset;

    /// <summary>Writes W + (α/r)·B·A into the model.</summary>
    public void Merge(ThreadTeam team)
    {
        var rank = Options.Rank;
        using var room = new TensorArena(Modules.Max(m => (long)m.Outputs * rank));
        for (var i = 0; i < Modules.Length; i++)
        {
            var m = Modules[i];
            room.Reset();
            var scaled = room.TakePointer((long)m.Outputs * rank);
            for (var j = 0L; j < (long)m.Outputs * rank; j++)
                scaled[j] = At(m.Up)[j] * Options.Scale;
            var weight = _weights.At(m.Weight);
            Copy(_bases[i], weight, (long)m.Outputs * m.Inputs);
            Gemm.Multiply(team, scaled, rank, At(m.Down), m.Inputs, weight, m.Inputs, m.Outputs, rank, m.Inputs, accumulate: true);
        }
    }

    public void Dispose() => _arena.Dispose();

    /// <summary>As PEFT does: A uniform in ±1/√K (Kaiming with a = √5), B zero.</summary>
    private void Initialise()
    {
        foreach (var parameter in Parameters.Parameters.Where(p => p.Name.Contains(".lora_A.", StringComparison.Ordinal)))
        {
            var rng = new SampleRng(new Seed(Options.Seed).Derive(parameter.Name));
            var bound = 1 / Math.Sqrt(parameter.Shape[1]);
            for (var i = 0L; i < parameter.Count; i++)
                Parameters.Values[parameter.Offset + i] = (float)(((2 * rng.NextDouble()) - 1) * bound);
        }
    }

    private static (ImmutableArray<LoraModule> Modules, ImmutableArray<Parameter> Parameters, long Count) LayOut(ModelWeights weights, LoraOptions options)
    {
        var modules = ImmutableArray.CreateBuilder<LoraModule>();
        var parameters = ImmutableArray.CreateBuilder<Parameter>();
        var count = 0L;
        var targets = options.TargetsOrAll;
        for (var layer = 0; layer < weights.Configuration.Layers; layer++)
        {
            foreach (var (name, matrix, first, outputs, inputs, offset) in Projections(weights, layer))
            {
                if (!targets.Contains(name[(name.LastIndexOf('.') + 1)..]))
                    continue;
                var down = Add($"{name}.lora_A.weight", options.Rank, inputs);
                var up = Add($"{name}.lora_B.weight", outputs, options.Rank);
                modules.Add(new LoraModule(layer, matrix, first, outputs, inputs, offset, down, up));
            }
        }
        return (modules.ToImmutable(), parameters.ToImmutable(), count);

        long Add(string name, long rows, long columns)
        {
            var offset = count;
            parameters.Add(new Parameter($"base_model.model.{name}", [rows, columns], offset, rows * columns));
            count += rows * columns;
            return offset;
        }
    }

    private static IEnumerable<(string Name, BlockMatrix Matrix, int First, int Outputs, int Inputs, long Offset)> Projections(ModelWeights weights, int layer)
    {
        var (c, block) = (weights.Configuration, weights.Layout.Blocks[layer]);
        var (q, kv, f) = (c.QueryChannels, c.KeyValueChannels, c.FeedForwardChannels);
        var attention = $"model.layers.{layer}.self_attn.";
        var feedForward = $"model.layers.{layer}.mlp.";
        yield return ($"{attention}q_proj", BlockMatrix.Qkv, 0, q, c.Channels, block.Qkv);
        yield return ($"{attention}k_proj", BlockMatrix.Qkv, q, kv, c.Channels, block.Qkv + ((long)q * c.Channels));
        yield return ($"{attention}v_proj", BlockMatrix.Qkv, q + kv, kv, c.Channels, block.Qkv + ((long)(q + kv) * c.Channels));
        yield return ($"{attention}o_proj", BlockMatrix.Output, 0, c.Channels, q, block.Output);
        yield return ($"{feedForward}gate_proj", BlockMatrix.GateUp, 0, f, c.Channels, block.GateUp);
        yield return ($"{feedForward}up_proj", BlockMatrix.GateUp, f, f, c.Channels, block.GateUp + ((long)f * c.Channels));
        yield return ($"{feedForward}down_proj", BlockMatrix.Down, 0, c.Channels, f, block.Down);
    }

    private static void Copy(float* from, float* to, long count) =>
        System.Runtime.InteropServices.NativeMemory.Copy(from, to, (nuint)count * sizeof(float));
}
