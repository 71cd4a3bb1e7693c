using FissionGrpo.Model.Configuration;
using FissionGrpo.Model.Weights;

namespace FissionGrpo.Model.Checkpoints;

/// <summary>Writes a model in Hugging Face layout: <c>config.json</c> and <c>model.safetensors</c> in single precision, or rounded to bfloat16.</summary>
internal static class WeightsFile
{
    public static void Write(string folder, ModelWeights weights, TensorType type = TensorType.F32)
    {
        File.WriteAllBytes(Path.Combine(folder, ConfigurationFile.FileName), ConfigurationFile.Write(weights.Configuration, type is TensorType.BF16 ? "bfloat16" : "float32"));
        SafetensorsWriter.Write(Path.Combine(folder, CheckpointFolder.SingleFile), weights.Set, type);
    }
}
