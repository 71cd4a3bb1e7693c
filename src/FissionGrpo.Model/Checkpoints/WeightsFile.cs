using FissionGrpo.Model.Configuration;
using FissionGrpo.Model.Weights;

namespace FissionGrpo.Model.Checkpoints;

/// <summary>Writes a model in Hugging Face layout: <c>config.json</c> and <c>model.safetensors</c> in single precision.</summary>
internal static class WeightsFile
{
    public static void Write(string folder, ModelWeights weights)
    {
        File.WriteAllBytes(Path.Combine(folder, ConfigurationFile.FileName), ConfigurationFile.Write(weights.Configuration));
        SafetensorsWriter.Write(Path.Combine(folder, CheckpointFolder.SingleFile), weights.Set);
    }
}
