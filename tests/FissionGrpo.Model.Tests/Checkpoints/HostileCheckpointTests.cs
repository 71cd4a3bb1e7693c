using System.Buffers.Binary;
using System.Text;
using System.Text.RegularExpressions;
using FissionGrpo.Model.Checkpoints;
using FissionGrpo.Model.Configuration;
using FissionGrpo.Model.Policy;
using FissionGrpo.Seeds;

namespace FissionGrpo.Model.Tests.Checkpoints;

/// <summary>Checkpoints that are broken or lie: each gives an error that names file and tensor, no crash and no allocation that the file's size does not justify.</summary>
public sealed class HostileCheckpointTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("fission-hostile-").FullName;

    public HostileCheckpointTests()
    {
        using var policy = TinyModels.Policy();
        policy.SaveAsync(Good, withOptimizer: false, default).GetAwaiter().GetResult();
    }

    private string Good => Path.Combine(_folder, "good");

    private string Weights => Path.Combine(Good, "model.safetensors");

    private string Config => Path.Combine(Good, "config.json");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("""{"w":{"dtype":"F32","shape":[4],"data_offsets":[0,12]}}""", 12, "w", "needs 16 bytes")]
    [InlineData("""{"w":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}""", 12, "w", "truncated")]
    [InlineData("""{"w":{"dtype":"F32","shape":[4],"data_offsets":[16,0]}}""", 16, "w", "backwards")]
    [InlineData("""{"w":{"dtype":"F32","shape":[4],"data_offsets":[-4,12]}}""", 16, "w", "whole number")]
    [InlineData("""{"w":{"dtype":"F32","shape":[-4],"data_offsets":[0,16]}}""", 16, "w", "whole number")]
    [InlineData("""{"w":{"dtype":"F32","shape":[4],"data_offsets":[0,16]},"x":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}}""", 16, "x", "inside the tensor before")]
    [InlineData("""{"w":{"dtype":"F32","shape":[4],"data_offsets":[0,16]},"x":{"dtype":"F32","shape":[1],"data_offsets":[20,24]}}""", 24, "x", "belong to nothing")]
    [InlineData("""{"w":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}""", 20, null, "follow the last tensor")]
    [InlineData("""{"w":{"dtype":"F32","shape":[4],"data_offsets":[0,16]},"w":{"dtype":"F32","shape":[4],"data_offsets":[16,32]}}""", 32, "w", "named twice")]
    [InlineData("""{"w":{"dtype":"F31","shape":[4],"data_offsets":[0,16]}}""", 16, "w", "dtype")]
    [InlineData("""{"w":{"dtype":"F32","shape":[4294967296,4294967296,4294967296],"data_offsets":[0,16]}}""", 16, "w", "larger than any file")]
    [InlineData("""{"w":{"dtype":"F32","shape":[9223372036854775807,0],"data_offsets":[0,16]}}""", 16, "w", "larger than any file")]
    [InlineData("""{"w":{"dtype":"F32","shape":4,"data_offsets":[0,16]}}""", 16, "w", "not a list")]
    [InlineData("""{"w":{"dtype":"F32","shape":[4]}}""", 16, "w", "needs dtype")]
    [InlineData("""{"w":{"dtype":"F32","shape":[4],"data_offsets":[0,16],"extra":1}}""", 16, "w", "unknown header key")]
    [InlineData("""{"w":[]}""", 0, "w", "not an object")]
    [InlineData("""{"w":{"dtype":7,"shape":[4],"data_offsets":[0,16]}}""", 16, null, "JSON")]
    [InlineData("""{"w":""", 16, null, "JSON")]
    [InlineData("""[1,2]""", 0, null, "begin with")]
    [InlineData("", 0, null, "begin with")]
    public void LyingHeader_IsRefused(string header, int dataBytes, string? tensor, string finding)
    {
        var path = Path.Combine(_folder, "lying.safetensors");
        File.WriteAllBytes(path, FileOf(header, dataBytes));

        var refused = Assert.Throws<CheckpointException>(() => SafetensorsFile.Open(path).Dispose());

        Assert.Equal(path, refused.Path);
        Assert.Equal(tensor, refused.Tensor);
        Assert.Contains(finding, refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(long.MaxValue)]
    [InlineData(-1)]
    [InlineData(100_000_001)]
    [InlineData(1000)]
    public void HeaderLengthBeyondTheFile_IsRefused(long length)
    {
        var path = Path.Combine(_folder, "long.safetensors");
        var bytes = FileOf("{}", 0);
        BinaryPrimitives.WriteInt64LittleEndian(bytes, length);
        File.WriteAllBytes(path, bytes);

        Assert.Contains("header of", Assert.Throws<CheckpointException>(() => SafetensorsFile.Open(path).Dispose()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void DeepHeader_IsRefused()
    {
        var path = Path.Combine(_folder, "deep.safetensors");
        File.WriteAllBytes(path, FileOf($"{{\"__metadata__\":{new string('[', 100_000)}", 0));

        Assert.Throws<CheckpointException>(() => SafetensorsFile.Open(path).Dispose());
    }

    [Fact]
    public void ProperFile_ReadsBack()
    {
        var path = Path.Combine(_folder, "proper.safetensors");
        var data = new byte[] { 0, 0, 0x80, 0x3F, 0x80, 0x3F, 0, 0x3C };
        File.WriteAllBytes(path, [.. FileOf("""{"__metadata__":{"a":"b"},"e":{"dtype":"F32","shape":[1,0],"data_offsets":[4,4]},"h":{"dtype":"F16","shape":[],"data_offsets":[6,8]},"b":{"dtype":"BF16","shape":[1],"data_offsets":[4,6]},"f":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}    """, 0), .. data]);

        using var file = SafetensorsFile.Open(path);

        Assert.Equal([1f], file.ReadFloats("f"));
        Assert.Equal([1f], file.ReadFloats("b"));
        Assert.Equal([1f], file.ReadFloats("h"));
        Assert.Empty(file.ReadFloats("e"));
    }

    /// <summary>What a clone without Git LFS and a download without a login leave behind.</summary>
    [Theory]
    [InlineData("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 988097824\n", "git lfs pull")]
    [InlineData("\n<!doctype html><title>Sign in</title>", "is a web page")]
    public void FileThatWasNotFetched_IsRecognised(string text, string finding)
    {
        File.WriteAllText(Weights, text);
        AssertRefused(null, finding);
        File.WriteAllText(Config, text);
        AssertRefused(null, finding);
    }

    /// <summary>The length of a header may begin with the bytes that a web page begins with.</summary>
    [Fact]
    public void DamagedWeights_AreNotTakenForAWebPage()
    {
        var path = Path.Combine(_folder, "long-header.safetensors");
        var header = """{"w":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}""".PadRight(0x3C20);
        File.WriteAllBytes(path, FileOf(header, 12));

        Assert.Contains("truncated. Fetch or copy", Assert.Throws<CheckpointException>(() => SafetensorsFile.Open(path).Dispose()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void LiteralOverManyLines_MakesOneLineOfError()
    {
        File.WriteAllText(Config, "{\"use_cache\": fa1se,\n\"a\": 1\n}");

        var refused = Assert.Throws<CheckpointException>(() => TransformerPolicy.Load(Good).Dispose());

        Assert.DoesNotContain('\n', refused.Message);
        Assert.EndsWith("Fetch or copy the file again.", refused.Message, StringComparison.Ordinal);
    }

    /// <summary>Whoever reads a finding about the configuration also reads what to do.</summary>
    [Theory]
    [InlineData("\"hidden_act\": \"silu\"", "\"hidden_act\": \"gelu\"", "computes silu. Take a dense Qwen3")]
    [InlineData("\"vocab_size\": 67", "\"vocab_size\": \"many\"", "expected a whole number up to 2147483647. Mend it, or fetch or copy the file again.")]
    [InlineData("\"head_dim\": 10", "\"head_dim\": 9", "an even one. Mend it, or fetch or copy the file again.")]
    [InlineData("\"use_cache\": true", "\"quantization_config\": {}", "Take a copy of the model that is not quantised.")]
    public void FindingAboutTheConfiguration_HasARemedy(string from, string to, string finding)
    {
        File.WriteAllText(Config, File.ReadAllText(Config).Replace(from, to, StringComparison.Ordinal));

        AssertRefused(null, finding);
    }

    [Fact]
    public void NaNWeight_IsRefusedAndNamed()
    {
        using (var file = SafetensorsFile.Open(Weights))
        {
            var entry = file.Entry("model.layers.1.mlp.down_proj.weight");
            var bytes = File.ReadAllBytes(Weights);
            BitConverter.TryWriteBytes(bytes.AsSpan(8 + (int)BitConverter.ToInt64(bytes) + (int)entry.Start + 40), float.NaN);
            File.WriteAllBytes($"{Weights}.new", bytes);
        }
        File.Move($"{Weights}.new", Weights, overwrite: true);

        AssertRefused("model.layers.1.mlp.down_proj.weight", "NaN or infinity. Fetch or copy the file again.");
    }

    [Theory]
    [InlineData("\"hidden_size\": 24", "\"hidden_size\": 25", "model.embed_tokens.weight", "has shape")]
    [InlineData("\"num_hidden_layers\": 2", "\"num_hidden_layers\": 3", "model.layers.2.input_layernorm.weight", "is missing")]
    [InlineData("\"num_hidden_layers\": 2", "\"num_hidden_layers\": 1", "model.layers.1.input_layernorm.weight", "no parameter of the model")]
    [InlineData("\"num_hidden_layers\": 2", "\"num_hidden_layers\": 4000", null, "too few")]
    [InlineData("\"num_hidden_layers\": 2", "\"num_hidden_layers\": 2000000000", null, "num_hidden_layers")]
    [InlineData("\"vocab_size\": 67", "\"vocab_size\": 2147483647", null, "vocab_size")]
    [InlineData("\"vocab_size\": 67", "\"vocab_size\": 1e99", null, "whole number")]
    [InlineData("\"num_key_value_heads\": 2", "\"num_key_value_heads\": 3", null, "multiple")]
    [InlineData("\"num_key_value_heads\": 2", "\"num_key_value_heads\": 0", null, "num_key_value_heads")]
    [InlineData("\"head_dim\": 10", "\"head_dim\": 9", null, "even")]
    [InlineData("\"hidden_act\": \"silu\"", "\"hidden_act\": \"gelu\"", null, "gelu")]
    [InlineData("\"model_type\": \"qwen3\"", "\"model_type\": \"mamba\"", null, "mamba")]
    [InlineData("\"rope_scaling\": null", "\"rope_scaling\": {\"rope_type\": \"yarn\", \"factor\": 4}", null, "yarn")]
    [InlineData("\"tie_word_embeddings\": true", "\"tie_word_embeddings\": false", "lm_head.weight", "is missing")]
    [InlineData("\"tie_word_embeddings\": true", "\"tie_word_embeddings\": \"yes\"", null, "true or false")]
    [InlineData("\"use_sliding_window\": false", "\"use_sliding_window\": true", null, "use_sliding_window")]
    [InlineData("\"model_type\": \"qwen3\"", "\"model_type\": \"mixtral\"", null, "the engine computes qwen3, qwen2, llama and mistral")]
    [InlineData("\"vocab_size\": 67", "\"eos_token_id\": [2, 99999], \"vocab_size\": 67", null, "eos_token_id is 99999, expected 0 to 66")]
    [InlineData("{", "{{", null, "JSON")]
    [InlineData("\"hidden_act\": \"silu\"", "\"hidden_act\": \"\\ud800\"", null, "JSON")]
    public void ConfigurationThatDoesNotFitTheWeights_IsRefused(string from, string to, string? tensor, string finding)
    {
        var text = File.ReadAllText(Config);
        Assert.Contains(from, text, StringComparison.Ordinal);
        File.WriteAllText(Config, new Regex(Regex.Escape(from)).Replace(text, to, 1));

        AssertRefused(tensor, finding);
    }

    /// <summary>Mistral 7B v0.1: its layers look back only so far, which would be computed wrongly without a word.</summary>
    [Fact]
    public void SlidingWindowOfMistral_IsRefusedWithTheRemedy()
    {
        var text = File.ReadAllText(Config);
        File.WriteAllText(Config, Regex.Replace(text, "\"sliding_window\": null", "\"sliding_window\": 16").Replace("\"qwen3\"", "\"mistral\"", StringComparison.Ordinal));

        AssertRefused(null, "sliding_window is 16");
        AssertRefused(null, "Take a model whose sliding_window is null");
    }

    [Theory]
    [InlineData("""{"weight_map": {"model.norm.weight": "../../etc/passwd"}}""", "not a file name")]
    [InlineData("""{"weight_map": {"model.norm.weight": "gone.safetensors"}}""", "no such file")]
    [InlineData("""{"weight_map": {"nothing": "model.safetensors"}}""", "missing")]
    [InlineData("""{"weight_map": {"model.norm.weight": "model.safetensors"}}""", "not listed")]
    [InlineData("""{"weight_map": []}""", "weight_map")]
    [InlineData("""{"weight_map": {"model.norm.weight": 3}}""", "not mapped")]
    [InlineData("""{}""", "weight_map")]
    [InlineData("""[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]""", "JSON")]
    public void BrokenIndex_IsRefused(string index, string finding)
    {
        File.WriteAllText(Path.Combine(Good, "model.safetensors.index.json"), index);

        Assert.Contains(finding, Assert.Throws<CheckpointException>(() => TransformerPolicy.Load(Good).Dispose()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void MissingFiles_AreNamed()
    {
        File.Delete(Weights);
        Assert.Equal(Weights, Assert.Throws<CheckpointException>(() => TransformerPolicy.Load(Good).Dispose()).Path);
        File.Delete(Config);
        Assert.Equal(Config, Assert.Throws<CheckpointException>(() => TransformerPolicy.Load(Good).Dispose()).Path);
        Assert.Throws<CheckpointException>(() => TransformerPolicy.Load(Path.Combine(_folder, "nowhere")).Dispose());
    }

    [Fact]
    public void MutatedFiles_LoadOrAreRefused()
    {
        var weights = File.ReadAllBytes(Weights);
        var config = File.ReadAllBytes(Config);
        var rng = new SampleRng(new Seed(1));
        for (var round = 0; round < 500; round++)
        {
            var inConfig = rng.Chance(0.3);
            // Most of a weights file is weights; the header is where the lies are.
            var mutated = CheckpointMutations.Mutate(inConfig ? config : weights, inConfig ? config.Length : 2000, ref rng);
            File.WriteAllBytes(inConfig ? Config : Weights, mutated);
            try
            {
                using var folder = CheckpointFolder.Open(Good);
                using var read = new Model.Weights.ModelWeights(folder.Configuration);
                folder.ReadInto(read);
            }
            catch (CheckpointException)
            {
            }
            File.WriteAllBytes(inConfig ? Config : Weights, inConfig ? config : weights);
        }
    }

    private void AssertRefused(string? tensor, string finding)
    {
        var refused = Assert.Throws<CheckpointException>(() => TransformerPolicy.Load(Good).Dispose());

        Assert.Equal(tensor, refused.Tensor);
        Assert.Contains(finding, refused.Message, StringComparison.Ordinal);
        Assert.StartsWith(_folder, refused.Path, StringComparison.Ordinal);
    }

    private static byte[] FileOf(string header, int dataBytes)
    {
        var text = Encoding.UTF8.GetBytes(header);
        var bytes = new byte[8 + text.Length + dataBytes];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, text.Length);
        text.CopyTo(bytes, 8);
        return bytes;
    }
}
