using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using FissionGrpo.Model.Checkpoints;

namespace FissionGrpo.Model.Configuration;

/// <summary>
/// Reads and writes <c>config.json</c>. Both spellings are read: transformers 4 (<c>rope_theta</c>, <c>rope_scaling</c>, <c>torch_dtype</c>)
/// and transformers 5 (<c>rope_parameters</c>, <c>dtype</c>). A setting that would change the arithmetic and is not supported is an error, never ignored.
/// </summary>
public static class ConfigurationFile
{
    /// <summary>The file's name inside a checkpoint folder.</summary>
    public const string FileName = "config.json";

    private const long MostBytes = 16 << 20;

    /// <summary>Reads the configuration of a checkpoint.</summary>
    /// <param name="path">The file, or the folder that holds it.</param>
    /// <exception cref="CheckpointException">It is missing, malformed, or describes a model that the engine does not compute.</exception>
    public static ModelConfiguration Read(string path)
    {
        if (Directory.Exists(path))
            path = Path.Combine(path, FileName);
        return Parse(path, CheckpointFiles.ReadAll(path, MostBytes));
    }

    /// <summary>As <see cref="Read"/>, from bytes.</summary>
    /// <param name="path">Where they came from, for messages.</param>
    internal static ModelConfiguration Parse(string path, ReadOnlyMemory<byte> bytes)
    {
        try
        {
            using var document = JsonDocument.Parse(bytes, new JsonDocumentOptions { MaxDepth = 32 });
            return new Reader(path, document.RootElement).Read();
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException) // the latter: a text that is no Unicode
        {
            throw CheckpointException.NotJson(path, e);
        }
    }

    /// <summary>The text of a <c>config.json</c> that other tools read: the spelling of transformers 4, which version 5 reads too.</summary>
    /// <param name="configuration">The model.</param>
    /// <param name="dtype">The number format of its weights file, in PyTorch's words.</param>
    public static byte[] Write(ModelConfiguration configuration, string dtype = "float32")
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
            Write(json, configuration, dtype);
        stream.WriteByte((byte)'\n');
        return stream.ToArray();
    }

    private static void Write(Utf8JsonWriter json, ModelConfiguration c, string dtype)
    {
        json.WriteStartObject();
        json.WriteStartArray("architectures");
        json.WriteStringValue($"{c.Family}ForCausalLM");
        json.WriteEndArray();
        if (c.Family != ModelFamily.Qwen2)
            json.WriteBoolean("attention_bias", c.QkvBias);
        json.WriteNumber("attention_dropout", 0.0);
        if (c.BeginToken is { } begin)
            json.WriteNumber("bos_token_id", begin);
        ImmutableArray<int> ends = c.EndTokens.IsDefault ? [] : c.EndTokens;
        if (ends.Length == 1)
            json.WriteNumber("eos_token_id", ends[0]);
        else if (ends.Length > 1)
        {
            json.WriteStartArray("eos_token_id");
            foreach (var token in ends)
                json.WriteNumberValue(token);
            json.WriteEndArray();
        }
        json.WriteNumber("head_dim", c.HeadSize);
        json.WriteString("hidden_act", "silu");
        json.WriteNumber("hidden_size", c.Channels);
        WriteDouble(json, "initializer_range", c.InitializerRange);
        json.WriteNumber("intermediate_size", c.FeedForwardChannels);
        json.WriteNumber("max_position_embeddings", c.MaxPositions);
        if (c.Family == ModelFamily.Llama)
            json.WriteBoolean("mlp_bias", c.FeedForwardBias);
        json.WriteString("model_type", c.Family switch { ModelFamily.Qwen3 => "qwen3", ModelFamily.Qwen2 => "qwen2", _ => "llama" });
        json.WriteNumber("num_attention_heads", c.Heads);
        json.WriteNumber("num_hidden_layers", c.Layers);
        json.WriteNumber("num_key_value_heads", c.KeyValueHeads);
        WriteDouble(json, "rms_norm_eps", c.NormEpsilon);
        switch (c.Rope.Scaling)
        {
            case null:
                json.WriteNull("rope_scaling");
                break;
            case RopeScaling.Linear linear:
                json.WriteStartObject("rope_scaling");
                json.WriteString("rope_type", "linear");
                json.WriteNumber("factor", linear.Factor);
                json.WriteEndObject();
                break;
            case RopeScaling.Llama3 llama:
                json.WriteStartObject("rope_scaling");
                json.WriteString("rope_type", "llama3");
                json.WriteNumber("factor", llama.Factor);
                json.WriteNumber("low_freq_factor", llama.LowFrequencyFactor);
                json.WriteNumber("high_freq_factor", llama.HighFrequencyFactor);
                json.WriteNumber("original_max_position_embeddings", llama.OriginalPositions);
                json.WriteEndObject();
                break;
        }
        json.WriteNumber("rope_theta", c.Rope.Theta);
        if (c.Family != ModelFamily.Llama)
        {
            json.WriteNull("sliding_window");
            json.WriteBoolean("use_sliding_window", false);
        }
        json.WriteBoolean("tie_word_embeddings", c.TiedEmbeddings);
        json.WriteString("torch_dtype", dtype);
        json.WriteBoolean("use_cache", true);
        json.WriteNumber("vocab_size", c.VocabularySize);
        json.WriteEndObject();
    }

    /// <summary>Spells 1e-6f as 1e-06 is meant, not as the double 9.999999974752427e-07.</summary>
    private static void WriteDouble(Utf8JsonWriter json, string name, float value) =>
        json.WriteNumber(name, double.Parse(value.ToString("R", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture));

    private sealed class Reader(string path, JsonElement root)
    {
        public ModelConfiguration Read()
        {
            if (root.ValueKind != JsonValueKind.Object)
                throw Fail($"is a JSON {root.ValueKind}, expected an object");
            var family = Text(root, "model_type") switch
            {
                "qwen3" => ModelFamily.Qwen3,
                "qwen2" => ModelFamily.Qwen2,
                "llama" or "mistral" => ModelFamily.Llama, // Mistral without its sliding window computes as Llama does, and is saved as one
                null => throw Fail("has no model_type; expected qwen3, qwen2, llama or mistral"),
                var other => throw Unsupported($"model_type is \"{other}\"; the engine computes qwen3, qwen2, llama and mistral"),
            };
            RejectWhatChangesTheArithmetic();
            var heads = Int("num_attention_heads");
            var channels = Int("hidden_size");
            var attentionBias = Flag("attention_bias", false);
            var configuration = new ModelConfiguration(
                family,
                VocabularySize: Int("vocab_size"),
                Channels: channels,
                Layers: Int("num_hidden_layers"),
                Heads: heads,
                KeyValueHeads: OptionalInt("num_key_value_heads") ?? heads,
                HeadSize: OptionalInt("head_dim") ?? DefaultHeadSize(family, channels, heads),
                FeedForwardChannels: Int("intermediate_size"),
                MaxPositions: OptionalInt("max_position_embeddings") ?? 2048,
                NormEpsilon: (float)(OptionalNumber(root, "rms_norm_eps") ?? 1e-6),
                Rope: ReadRope(),
                TiedEmbeddings: Flag("tie_word_embeddings", false),
                QkvBias: family == ModelFamily.Qwen2 || attentionBias,
                OutputBias: family != ModelFamily.Qwen2 && attentionBias,
                FeedForwardBias: family == ModelFamily.Llama && Flag("mlp_bias", false),
                InitializerRange: (float)(OptionalNumber(root, "initializer_range") ?? 0.02),
                BeginToken: OptionalInt("bos_token_id"),
                EndTokens: Ids("eos_token_id"));
            return configuration.Problem() is { } problem ? throw Fail(problem) : configuration;
        }

        /// <summary>Transformers: Qwen3's own default is 128; the others divide the channels by the heads.</summary>
        private int DefaultHeadSize(ModelFamily family, int channels, int heads)
        {
            if (family == ModelFamily.Qwen3)
                return 128;
            if (heads < 1 || channels % heads != 0)
                throw Fail($"has no head_dim, and hidden_size {channels} is not a multiple of num_attention_heads {heads}");
            return channels / heads;
        }

        private void RejectWhatChangesTheArithmetic()
        {
            if (Text(root, "hidden_act") is { } activation && activation is not ("silu" or "swish"))
                throw Unsupported($"hidden_act is \"{activation}\"; the engine computes silu");
            if (Flag("use_sliding_window", false))
                throw Unsupported("use_sliding_window is true; the engine attends to the whole context, with which this model was not trained");
            if (Text(root, "model_type") is "mistral" && OptionalInt("sliding_window") is { } window && window < (OptionalInt("max_position_embeddings") ?? int.MaxValue))
                throw Unsupported($"sliding_window is {window}; the engine attends to the whole context, with which this model was not trained", "model whose sliding_window is null, such as Mistral-Nemo");
            if (root.TryGetProperty("quantization_config", out var quantization) && quantization.ValueKind != JsonValueKind.Null)
                throw Unsupported("has a quantization_config; the engine reads F32, BF16 and F16 weights", "copy of the model that is not quantised");
            if (root.TryGetProperty("layer_types", out var types) && types.ValueKind == JsonValueKind.Array)
            {
                foreach (var type in types.EnumerateArray())
                {
                    if (type.ValueKind != JsonValueKind.String || !type.ValueEquals("full_attention"))
                        throw Unsupported($"layer_types holds {type.GetRawText()}; the engine computes full_attention");
                }
            }
        }

        private RopeOptions ReadRope()
        {
            var theta = OptionalNumber(root, "rope_theta");
            var parameters = Section("rope_parameters") ?? Section("rope_scaling");
            if (parameters is not { } section)
                return new RopeOptions(theta ?? 10_000);
            theta = OptionalNumber(section, "rope_theta") ?? theta ?? 10_000;
            if (OptionalNumber(section, "partial_rotary_factor") is { } part && part != 1)
                throw Unsupported($"partial_rotary_factor is {part}; the engine rotates whole heads");
            var type = Text(section, "rope_type") ?? Text(section, "type") ?? "default";
            return type switch
            {
                "default" => new RopeOptions(theta.Value),
                "linear" => new RopeOptions(theta.Value, new RopeScaling.Linear(Positive(section, "factor"))),
                "llama3" => new RopeOptions(theta.Value, new RopeScaling.Llama3(
                    Positive(section, "factor"), Positive(section, "low_freq_factor"), Positive(section, "high_freq_factor"),
                    (int)Math.Min(Positive(section, "original_max_position_embeddings"), 1 << 28))),
                _ => throw Unsupported($"rope_type is \"{type}\"; the engine computes default, linear and llama3"),
            };
        }

        private double Positive(JsonElement section, string name) =>
            OptionalNumber(section, name) is { } value && value > 0 ? value : throw Fail($"rope scaling needs a positive {name}");

        private JsonElement? Section(string name)
        {
            if (!root.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null)
                return null;
            return value.ValueKind == JsonValueKind.Object ? value : throw Fail($"{name} is {value.ValueKind}, expected an object");
        }

        private int Int(string name) => OptionalInt(name) ?? throw Fail($"has no {name}, expected a whole number of that name");

        private int? OptionalInt(string name)
        {
            if (!root.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null)
                return null;
            return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number)
                ? number : throw Fail($"{name} is {Shorten(value)}, expected a whole number up to {int.MaxValue}");
        }

        private double? OptionalNumber(JsonElement section, string name)
        {
            if (!section.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null)
                return null;
            return value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && double.IsFinite(number)
                ? number : throw Fail($"{name} is {Shorten(value)}, expected a number");
        }

        private string? Text(JsonElement section, string name)
        {
            if (!section.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null)
                return null;
            return value.ValueKind == JsonValueKind.String ? value.GetString() : throw Fail($"{name} is {Shorten(value)}, expected a text");
        }

        private bool Flag(string name, bool otherwise)
        {
            if (!root.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null)
                return otherwise;
            return value.ValueKind switch
            {
                JsonValueKind.True => true,
                JsonValueKind.False => false,
                _ => throw Fail($"{name} is {Shorten(value)}, expected true or false"),
            };
        }

        private ImmutableArray<int> Ids(string name)
        {
            if (!root.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null)
                return [];
            if (value.ValueKind != JsonValueKind.Array)
                return [Int(name)];
            var ids = ImmutableArray.CreateBuilder<int>();
            foreach (var item in value.EnumerateArray())
                ids.Add(item.ValueKind == JsonValueKind.Number && item.TryGetInt32(out var id) ? id : throw Fail($"{name} holds {Shorten(item)}, expected token ids"));
            return ids.ToImmutable();
        }

        private static string Shorten(JsonElement value)
        {
            var text = value.GetRawText();
            return text.Length <= 80 ? text : $"{text.AsSpan(0, 80)}…";
        }

        /// <summary>What no config.json of a model looks like: fetched or edited wrongly.</summary>
        private CheckpointException Fail(string finding) => CheckpointException.Damaged(path, null, finding, remedy: "Mend it, or fetch or copy the file again.");

        /// <summary>A sound model, and not one of ours.</summary>
        private CheckpointException Unsupported(string finding, string model = "dense Qwen3, Qwen2.5 or Llama 3 model as it was published") => new(path, null, $"{finding}. Take a {model}.");
    }
}
