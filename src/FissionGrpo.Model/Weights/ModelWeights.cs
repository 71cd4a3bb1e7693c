using FissionGrpo.Model.Checkpoints;
using FissionGrpo.Model.Configuration;
using FissionGrpo.Numerics.Linear;
using FissionGrpo.Numerics.Machine;
using FissionGrpo.Numerics.Rows;
using FissionGrpo.Seeds;

namespace FissionGrpo.Model.Weights;

/// <summary>
/// The parameters of a model. Trained ones lie in one flat arena in the order of <see cref="ParameterLayout"/>. Frozen ones stay in the mapped checkpoint
/// (bfloat16, or whatever it holds) and only gains and biases are widened; such a model samples and scores but cannot be trained.
/// </summary>
internal sealed unsafe class ModelWeights : IDisposable
{
    private readonly TensorArena _arena;
    private readonly CheckpointFolder? _frozen;
    private readonly Dictionary<long, Parameter> _parameterAt = [];
    private readonly Dictionary<long, nint> _vectors = [];
    private readonly ParameterSet? _set;

    /// <summary>Room for parameters that can be trained.</summary>
    public ModelWeights(ModelConfiguration configuration)
        : this(configuration, ParameterLayout.Of(configuration))
    {
        _arena = new TensorArena(Layout.Count);
        _set = new ParameterSet(Layout.Parameters, _arena.TakePointer(Layout.Count), Layout.Count);
    }

    private ModelWeights(ModelConfiguration configuration, CheckpointFolder frozen)
        : this(configuration, ParameterLayout.Of(configuration))
    {
        _frozen = frozen;
        _arena = new TensorArena();
        try
        {
            foreach (var parameter in Layout.Parameters)
                TakeFrozen(frozen.FileOf(parameter), parameter);
        }
        catch
        {
            _arena.Dispose();
            throw;
        }
    }

    private ModelWeights(ModelConfiguration configuration, ParameterLayout layout)
    {
        Configuration = configuration;
        Layout = layout;
        _arena = null!;
    }

    public ModelConfiguration Configuration { get; }

    public ParameterLayout Layout { get; }

    /// <summary>Whether the matrices stay in the checkpoint.</summary>
    public bool IsFrozen => _set is null;

    /// <summary>The parameters as one set.</summary>
    /// <exception cref="InvalidOperationException">They are frozen.</exception>
    public ParameterSet Set => _set ?? throw new InvalidOperationException("The weights are kept as bfloat16, to sample and score only. Load them in single precision to train or save.");

    /// <summary>The values, <see cref="ParameterLayout.Count"/> of them.</summary>
    public float* Values => Set.Values;

    /// <summary>Weights that stay in the checkpoint, which then belongs to them.</summary>
    public static ModelWeights Frozen(CheckpointFolder checkpoint) => new(checkpoint.Configuration, checkpoint);

    /// <summary>x[r] = embedding[tokens[r]].</summary>
    public void Embed(ThreadTeam team, int* tokens, int rows, float* x)
    {
        if (_set is not null)
        {
            Embedding.Gather(team, At(Layout.Embedding), tokens, rows, Configuration.Channels, x);
            return;
        }
        var (type, data) = _frozen!.Raw(_parameterAt[Layout.Embedding]);
        if (type == TensorType.BF16)
            Embedding.Gather(team, (ushort*)data, tokens, rows, Configuration.Channels, x);
        else
            Embedding.Gather(team, (float*)data, tokens, rows, Configuration.Channels, x);
    }

    /// <summary>Packs the matrix that begins at an offset, made of one parameter or of neighbours, for the forward direction.</summary>
    public void Pack(ThreadTeam team, long offset, PackedMatrix target)
    {
        if (_set is not null)
        {
            target.PackOutputsByInputs(team, At(offset), target.Inputs);
            return;
        }
        for (var output = 0; output < target.Outputs;)
        {
            var parameter = _parameterAt[offset + ((long)output * target.Inputs)];
            var (type, data) = _frozen!.Raw(parameter);
            var rows = (int)parameter.Shape[0];
            if (type == TensorType.BF16)
                target.PackOutputsByInputs(team, (ushort*)data, target.Inputs, output, rows);
            else
                target.PackOutputsByInputs(team, (float*)data, target.Inputs, output, rows);
            output += rows;
        }
    }

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
            Draw(values, parameter.Count, seed.Derive(parameter.Name), configuration.InitializerRange);
        }
        return weights;
    }

    /// <summary>Large tensors are drawn in chunks with a seed each, on all processors: a 0.6B model in seconds.</summary>
    private static void Draw(float* values, long count, Seed seed, float deviation)
    {
        const long chunk = 1 << 20;
        if (count <= 4 * chunk)
        {
            new DrawChunk(values, count, count, seed, deviation).Fill(0, seed);
            return;
        }
        using var team = new ThreadTeam(Environment.ProcessorCount);
        team.Run((int)((count + chunk - 1) / chunk), new DrawChunk(values, count, chunk, seed, deviation));
    }

    private readonly struct DrawChunk(float* values, long count, long chunk, Seed seed, float deviation) : IRowKernel
    {
        public void Invoke(int item) => Fill(item * chunk, seed.Derive(item));

        public void Fill(long start, Seed own)
        {
            var rng = new SampleRng(own);
            for (var i = start; i < Math.Min(count, start + chunk); i++)
                values[i] = (float)(rng.NextNormal() * deviation);
        }
    }

    /// <summary>Where a parameter begins; null for -1. Frozen weights have an address for gains and biases only.</summary>
    public float* At(long offset) => offset < 0 ? null : _set is not null ? _set.Values + offset : (float*)_vectors[offset];

    public void Dispose()
    {
        _arena.Dispose();
        _frozen?.Dispose();
    }

    private void TakeFrozen(SafetensorsFile file, Parameter parameter)
    {
        if (!parameter.IsOneDimensional)
        {
            _parameterAt.Add(parameter.Offset, parameter);
            file.CheckFrozen(parameter);
            return;
        }
        var values = _arena.TakePointer(parameter.Count);
        _vectors.Add(parameter.Offset, (nint)values);
        file.CheckFinite(parameter.Name);
        file.ReadParameter(parameter with { Offset = 0 }, values);
    }

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

    /// <summary>Whether every 16-bit float is finite: an exponent of ones means NaN or infinity.</summary>
    /// <param name="exponent">The exponent's bits in the format.</param>
    internal static bool AllFinite(ushort* values, long count, ushort exponent)
    {
        var mask = new System.Numerics.Vector<ushort>(exponent);
        var width = System.Numerics.Vector<ushort>.Count;
        var i = 0L;
        for (; i <= count - width; i += width)
        {
            if (System.Numerics.Vector.EqualsAny(System.Runtime.CompilerServices.Unsafe.ReadUnaligned<System.Numerics.Vector<ushort>>(values + i) & mask, mask))
                return false;
        }
        for (; i < count; i++)
        {
            if ((values[i] & exponent) == exponent)
                return false;
        }
        return true;
    }
}
