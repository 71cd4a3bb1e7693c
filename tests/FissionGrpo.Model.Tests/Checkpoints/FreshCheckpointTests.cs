using FissionGrpo.Model.Adapters;
using FissionGrpo.Model.Checkpoints;
using FissionGrpo.Model.Configuration;
using FissionGrpo.Model.Policy;
using FissionGrpo.Numerics.Rows;
using FissionGrpo.Seeds;

namespace FissionGrpo.Model.Tests.Checkpoints;

/// <summary>Random weights on disk, and how memory is shared out.</summary>
public sealed class FreshCheckpointTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("fission-fresh-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(true, 2)]
    [InlineData(false, 4)]
    public void Written_IsReadBack(bool bfloat16, int bytes)
    {
        var shape = ModelConfiguration.Qwen3(64, 16, 2, 2, 1, 8, 32, 128);

        var parameters = FreshCheckpoint.Write(_folder, shape, new Seed(3), bfloat16);

        using var policy = TransformerPolicy.Load(_folder);
        Assert.Equal(shape.ParameterCount, parameters);
        Assert.Equal(bfloat16, TransformerPolicy.IsBFloat16(_folder));
        Assert.InRange(new FileInfo(Path.Combine(_folder, "model.safetensors")).Length, parameters * bytes, (parameters * bytes) + 8192);
        Assert.Contains(bfloat16 ? "bfloat16" : "float32", File.ReadAllText(Path.Combine(_folder, "config.json")), StringComparison.Ordinal);
    }

    /// <summary>Every value is the nearest bfloat16 of the one in single precision.</summary>
    [Fact]
    public async Task BFloat16_IsTheSameModelRounded()
    {
        var shape = ModelConfiguration.Qwen3(64, 16, 1, 2, 1, 8, 32, 128);
        FreshCheckpoint.Write(Path.Combine(_folder, "half"), shape, new Seed(3), bfloat16: true);
        FreshCheckpoint.Write(Path.Combine(_folder, "full"), shape, new Seed(3), bfloat16: false);

        using var half = TransformerPolicy.Load(Path.Combine(_folder, "half"));
        await half.SaveAsync(Path.Combine(_folder, "widened"), withOptimizer: false, default);
        var widened = Floats("widened");
        var exact = Floats("full");
        Assert.Equal(exact.Length, widened.Length);
        for (var i = 0; i < exact.Length; i++)
            Assert.Equal(FloatFormats.BFloat16ToSingle(FloatFormats.SingleToBFloat16(exact[i])), widened[i]);
    }

    private float[] Floats(string folder)
    {
        var bytes = File.ReadAllBytes(Path.Combine(_folder, folder, "model.safetensors"));
        return System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(bytes.AsSpan(8 + BitConverter.ToInt32(bytes))).ToArray();
    }

    [Fact]
    public void EveryKnownShape_CanExist() => Assert.All(KnownShapes.All, shape => Assert.Null(shape.Value.Problem()));

    [Theory]
    [InlineData("qwen3-0.6b", 0.59, 0.60)]
    [InlineData("qwen3-8b", 8.1, 8.3)]
    [InlineData("qwen2.5-0.5b", 0.49, 0.50)]
    [InlineData("llama-3.2-1b", 1.23, 1.24)]
    [InlineData("smollm2-135m", 0.134, 0.135)]
    public void KnownShapes_HaveTheParametersOfTheirNames(string name, double least, double most) =>
        Assert.InRange(KnownShapes.All[name].ParameterCount / 1e9, least, most);

    [Fact]
    public void Memory_IsSharedOutByWhatIsThere()
    {
        var model = KnownShapes.All["qwen3-0.6b"];
        var needed = TrainingMemory.Needed(model, null);

        Assert.Null(TrainingMemory.Fit(new EngineOptions(), model, needed));
        Assert.Equal(4L << 30, TrainingMemory.Fit(new EngineOptions(), model, needed + (8L << 30))!.ActivationBytes);
        Assert.Equal(1L << 30, TrainingMemory.Fit(new EngineOptions(), model, needed + (3L << 29))!.ActivationBytes);
        Assert.Equal(256L << 20, TrainingMemory.Fit(new EngineOptions(), model, needed + (300L << 20))!.ActivationBytes);
        Assert.True(TrainingMemory.Needed(model, new LoraOptions()) < needed);
        Assert.InRange(TrainingMemory.Available(), 1L << 20, 1L << 46);
    }
}
