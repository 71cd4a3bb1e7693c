using System.Globalization;
using FissionGrpo.Model.Optimizer;
using FissionGrpo.Model.Weights;

namespace FissionGrpo.Model.Checkpoints;

/// <summary>AdamW's moments and step number in a safetensors file of their own, so that a resumed run takes the same steps bit for bit.</summary>
internal static class OptimizerFile
{
    public const string FileName = "optimizer.safetensors";
    private const string StepTensor = "step";

    public static unsafe void Write(string folder, ModelWeights weights, OptimizerState state)
    {
        // The step is a count below 2^24 for centuries to come, so a float holds it exactly; two of them hold any int.
        var step = stackalloc float[] { state.Step >> 12, state.Step & 0xFFF };
        var tensors = new List<TensorToWrite> { new(StepTensor, [2], step, 2) };
        if (state.FirstMoment is not null)
        {
            foreach (var p in weights.Layout.Parameters)
                tensors.Add(new($"exp_avg.{p.Name}", p.Shape, state.FirstMoment + p.Offset, p.Count));
            foreach (var p in weights.Layout.Parameters)
                tensors.Add(new($"exp_avg_sq.{p.Name}", p.Shape, state.SecondMoment + p.Offset, p.Count));
        }
        SafetensorsWriter.Write(Path.Combine(folder, FileName), tensors);
    }

    public static unsafe void Read(string folder, ModelWeights weights, OptimizerState state)
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
        state.EnsureMoments();
        foreach (var p in weights.Layout.Parameters)
        {
            Read(file, $"exp_avg.{p.Name}", p, state.FirstMoment);
            Read(file, $"exp_avg_sq.{p.Name}", p, state.SecondMoment);
        }
    }

    private static unsafe void Read(SafetensorsFile file, string name, Parameter parameter, float* target)
    {
        const int chunk = 1 << 24;
        var entry = file.Entry(name);
        if (entry.Type != TensorType.F32 || !entry.Shape.AsSpan().SequenceEqual(parameter.Shape.AsSpan()))
            throw new CheckpointException(file.Path, name, $"is {entry.Type} {entry.ShapeText}, expected F32 [{string.Join(", ", parameter.Shape)}]");
        for (var done = 0L; done < parameter.Count; done += chunk)
            file.ReadFloats(entry, done, new Span<float>(target + parameter.Offset + done, (int)Math.Min(chunk, parameter.Count - done)));
        if (!ModelWeights.AllFinite(target + parameter.Offset, parameter.Count))
            throw new CheckpointException(file.Path, name, "holds NaN or infinity");
    }
}
