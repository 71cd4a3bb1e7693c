using System.Text.Encodings.Web;
using System.Text.Json;

namespace FissionGrpo.Text.Tokenization;

/// <summary>Writes a tokenizer in the layout of Hugging Face: a file that was read is written as it was, a learned one is spelled out.</summary>
internal static class TokenizerWriter
{
    private static readonly JsonWriterOptions Indented = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void Write(Tokenizer tokenizer, string folder)
    {
        Directory.CreateDirectory(folder);
        Replace(Path.Combine(folder, TokenizerReader.TokenizerFile), tokenizer.TokenizerJson);
        var config = tokenizer.ConfigJson.IsEmpty ? Config(tokenizer.Settings, tokenizer.AddedTokens) : tokenizer.ConfigJson;
        Replace(Path.Combine(folder, TokenizerReader.ConfigFile), config);
        if (tokenizer.TemplateFile is { } template)
            Replace(Path.Combine(folder, TokenizerReader.TemplateFile), System.Text.Encoding.UTF8.GetBytes(template));
    }

    /// <summary>The tokenizer.json of a learned model.</summary>
    public static byte[] Model(TokenizerModel model)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, Indented))
        {
            json.WriteStartObject();
            json.WriteString("version", "1.0");
            json.WriteNull("truncation");
            json.WriteNull("padding");
            json.WriteStartArray("added_tokens");
            foreach (var token in model.AddedTokens)
            {
                json.WriteStartObject();
                json.WriteNumber("id", token.Id);
                WriteAddedToken(json, token);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            if (model.NormalizesToNfc)
            {
                json.WriteStartObject("normalizer");
                json.WriteString("type", "NFC");
                json.WriteEndObject();
            }
            else
            {
                json.WriteNull("normalizer");
            }
            json.WriteStartObject("pre_tokenizer");
            json.WriteString("type", "Sequence");
            json.WriteStartArray("pretokenizers");
            foreach (var step in model.PreTokenizer.Steps)
            {
                json.WriteStartObject();
                json.WriteString("type", "Split");
                json.WriteStartObject("pattern");
                json.WriteString("Regex", step.Pattern);
                json.WriteEndObject();
                json.WriteString("behavior", step.Behavior.ToString());
                json.WriteBoolean("invert", step.Invert);
                json.WriteEndObject();
            }
            json.WriteStartObject();
            WriteByteLevel(json, model.PreTokenizer.AddPrefixSpace);
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteNull("post_processor");
            json.WriteStartObject("decoder");
            WriteByteLevel(json, addPrefixSpace: false);
            json.WriteEndObject();
            json.WriteStartObject("model");
            json.WriteString("type", "BPE");
            json.WriteNull("dropout");
            json.WriteNull("unk_token");
            json.WriteNull("continuing_subword_prefix");
            json.WriteNull("end_of_word_suffix");
            json.WriteBoolean("fuse_unk", false);
            json.WriteBoolean("byte_fallback", false);
            json.WriteBoolean("ignore_merges", model.IgnoresMerges);
            json.WriteStartObject("vocab");
            foreach (var (token, id) in model.Vocabulary.OrderBy(v => v.Value))
                json.WriteNumber(token, id);
            json.WriteEndObject();
            json.WriteStartArray("merges");
            foreach (var (left, right) in model.Merges)
            {
                json.WriteStartArray();
                json.WriteStringValue(left);
                json.WriteStringValue(right);
                json.WriteEndArray();
            }
            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteEndObject();
        }
        return stream.ToArray();
    }

    private static byte[] Config(TokenizerSettings settings, IEnumerable<AddedToken> addedTokens)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, Indented))
        {
            json.WriteStartObject();
            json.WriteBoolean("add_prefix_space", false);
            json.WriteStartObject("added_tokens_decoder");
            foreach (var token in addedTokens)
            {
                json.WriteStartObject(token.Id.ToString(System.Globalization.CultureInfo.InvariantCulture));
                WriteAddedToken(json, token);
                json.WriteEndObject();
            }
            json.WriteEndObject();
            Text("bos_token", settings.BeginOfText);
            Text("eos_token", settings.EndOfText);
            Text("pad_token", settings.Padding);
            if (settings.ChatTemplate is not null)
                json.WriteString("chat_template", settings.ChatTemplate);
            json.WriteBoolean("clean_up_tokenization_spaces", false);
            if (settings.MaxTokens is { } most)
                json.WriteNumber("model_max_length", most);
            json.WriteString("tokenizer_class", "PreTrainedTokenizerFast");
            json.WriteEndObject();

            void Text(string name, string? value)
            {
                if (value is null)
                    json.WriteNull(name);
                else
                    json.WriteString(name, value);
            }
        }
        return stream.ToArray();
    }

    private static void WriteAddedToken(Utf8JsonWriter json, AddedToken token)
    {
        json.WriteString("content", token.Content);
        json.WriteBoolean("single_word", token.SingleWord);
        json.WriteBoolean("lstrip", token.LeftStrip);
        json.WriteBoolean("rstrip", token.RightStrip);
        json.WriteBoolean("normalized", token.Normalized);
        json.WriteBoolean("special", token.Special);
    }

    private static void WriteByteLevel(Utf8JsonWriter json, bool addPrefixSpace)
    {
        json.WriteString("type", "ByteLevel");
        json.WriteBoolean("add_prefix_space", addPrefixSpace);
        json.WriteBoolean("trim_offsets", false);
        json.WriteBoolean("use_regex", false);
    }

    /// <summary>A reader sees the old file or the new one, never half of one.</summary>
    private static void Replace(string path, ReadOnlyMemory<byte> content)
    {
        var temporary = path + ".tmp";
        using (var stream = File.Create(temporary))
            stream.Write(content.Span);
        File.Move(temporary, path, overwrite: true);
    }
}
