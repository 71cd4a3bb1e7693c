using System.Globalization;
using FissionGrpo.Model.Optimizer;

namespace FissionGrpo.Model.Checkpoints;

/// <summary>AdamW's moments and step number in a safetensors file of their own, so that a resumed run takes the same steps bit for bit.</summary>
internal static class OptimizerFile
{
    public const string FileName = "optimizer.safetensors";
    private const string StepTensor = "step";

    public static unsafe void Write(string folder, OptimizerState state)
    {
        // The step is a count below 2^24 for centuries to come, so a float holds it exactly; two of them hold any int.
        var step = stackalloc float[] { state.Step >> 12, state.Step & 0xFFF };
        var tensors = new List<TensorToWrite> { new(StepTensor, [2], step, 2) };
        if (state.FirstMoment is not null)
        {
            foreach (var p in state.Trained.Parameters)
                tensors.Add(new($"exp_avg.{p.Name}", p.Shape, state.FirstMoment + p.Offset, p.Count));
            foreach (var p in state.Trained.Parameters)
                tensors.Add(new($"exp_avg_sq.{p.Name}", p.Shape, state.SecondMoment + p.Offset, p.Count));
        }
        SafetensorsWriter.Write(Path.Combine(folder, FileName), tensors);
    }

    public static unsafe void Read(string folder, OptimizerState state)
    {
        using var file = SafetensorsFile.Open(Path.Combine(folder, FileName));
        var entry = file.Entry(StepTensor);
        if (entry.Type != TensorType.F32 || entry.Count != 2)
            throw new CheckpointException(file.Path, StepTensor, $"is {entry.Type} {entry.ShapeText}, expected F32 [2]");
        var step = file.ReadFloats(StepTensor);
        if (!(step[0] >= 0 && step[0] < 1 << 19 && step[1] >= 0 && step[1] < 1 << 12))
            throw new CheckpointException(file.Path, StepTensor, $"holds {step[0]} and {step[1].ToString(CultureInfo.InvariantCulture)}, which is no step number");
        state.Forget();
        state.Step = ((int)step[0] << 12) | (int)step[1];
        if (state.Step == 0)
            return;
        foreach (var p in state.Trained.Parameters)
        {
            file.CheckHolds(p, $"exp_avg.{p.Name}");
            file.CheckHolds(p, $"exp_avg_sq.{p.Name}");
        }
        state.EnsureMoments();
        foreach (var p in state.Trained.Parameters)
        {
            file.ReadParameter(p, state.FirstMoment, $"exp_avg.{p.Name}");
            file.ReadParameter(p, state.SecondMoment, $"exp_avg_sq.{p.Name}");
        }
    }
}
