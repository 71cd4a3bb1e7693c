using System.Globalization;
using FissionGrpo.Model.Optimizer;
using FissionGrpo.Model.Weights;

namespace FissionGrpo.Model.Checkpoints;

/// <summary>
/// AdamW's moments and step number in a safetensors file of their own, so that a resumed run takes the same steps bit for bit. Opening checks
/// everything, so that reading cannot fail half way.
/// </summary>
internal sealed class OptimizerFile : IDisposable
{
    public const string FileName = "optimizer.safetensors";
    private const string StepTensor = "step";
    private readonly SafetensorsFile _file;
    private readonly int _step;

    private OptimizerFile(SafetensorsFile file, int step)
    {
        _file = file;
        _step = step;
    }

    public static unsafe void Write(string folder, OptimizerState state)
    {
        // A float holds 24 bits of a whole number, so two of them hold any step.
        var step = stackalloc float[] { state.Step >> 12, state.Step & 0xFFF };
        var tensors = new List<TensorToWrite> { new(StepTensor, [2], step, 2) };
        if (state.FirstMoment is not null)
        {
            foreach (var p in state.Trained.Parameters)
                tensors.Add(new(First(p), p.Shape, state.FirstMoment + p.Offset, p.Count));
            foreach (var p in state.Trained.Parameters)
                tensors.Add(new(Second(p), p.Shape, state.SecondMoment + p.Offset, p.Count));
        }
        SafetensorsWriter.Write(Path.Combine(folder, FileName), tensors);
    }

    /// <summary>Opens the state in a checkpoint folder and checks that it belongs to these parameters.</summary>
    /// <exception cref="CheckpointException">It is missing, malformed, of other parameters, or holds NaN or infinity.</exception>
    public static OptimizerFile Open(string folder, ParameterSet trained)
    {
        var file = SafetensorsFile.Open(Path.Combine(CheckpointFiles.Standing(folder), FileName));
        try
        {
            var step = ReadStep(file);
            foreach (var p in step == 0 ? [] : trained.Parameters)
            {
                foreach (var name in new[] { First(p), Second(p) })
                {
                    file.CheckHolds(p, name);
                    file.CheckFinite(name);
                }
            }
            return new OptimizerFile(file, step);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Replaces the state by what the file holds.</summary>
    public unsafe void ReadInto(OptimizerState state)
    {
        state.Forget();
        state.Step = _step;
        if (_step == 0)
            return;
        state.EnsureMoments();
        foreach (var p in state.Trained.Parameters)
        {
            _file.ReadParameter(p, state.FirstMoment, First(p));
            _file.ReadParameter(p, state.SecondMoment, Second(p));
        }
    }

    public void Dispose() => _file.Dispose();

    private static string First(Parameter parameter) => $"exp_avg.{parameter.Name}";

    private static string Second(Parameter parameter) => $"exp_avg_sq.{parameter.Name}";

    private static int ReadStep(SafetensorsFile file)
    {
        var entry = file.Entry(StepTensor);
        if (entry.Type != TensorType.F32 || entry.Count != 2)
            throw new CheckpointException(file.Path, StepTensor, $"is {entry.Type} {entry.ShapeText}, expected F32 [2]");
        var parts = file.ReadFloats(StepTensor);
        if (!(parts[0] >= 0 && parts[0] < 1 << 19 && parts[1] >= 0 && parts[1] < 1 << 12 && float.IsInteger(parts[0]) && float.IsInteger(parts[1])))
            throw new CheckpointException(file.Path, StepTensor, $"holds {parts[0]} and {parts[1].ToString(CultureInfo.InvariantCulture)}, which is no step number");
        return ((int)parts[0] << 12) | (int)parts[1];
    }
}
