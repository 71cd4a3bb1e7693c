using FissionGrpo.Episodes;
using FissionGrpo.Text.Dialogues;
using FissionGrpo.Text.Tokenization;

namespace FissionGrpo.Text.Tests.Dialogues;

public class DialogueFormatsTests
{
    private const string Plain = "{% for m in messages %}{{ '<|im_start|>' + m.role + m.content + '<|im_end|>' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant' }}{% endif %}";

    private const string Lines = "{% for m in messages %}{{ '<|im_start|>' + m.role + '\n' + m.content + '<|im_end|>\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n<think>\n' }}{% endif %}";

    [Fact]
    public void EveryTokenizer_GetsTheFormatOfItsFamily()
    {
        Assert.IsType<CompactDialogueFormat>(DialogueFormats.Of(CompactDialogueFormat.LearnTokenizer(["a b"], 400)));
        Assert.IsType<QwenDialogueFormat>(DialogueFormats.Of(Learn(Lines, "<|im_start|>", "<|im_end|>", "<think>")));
        // The same marks in another order, as Phi-4-reasoning has them.
        Assert.IsType<TemplateDialogueFormat>(DialogueFormats.Of(Learn(Plain, "<|im_start|>", "<|im_end|>", "<think>")));
        Assert.IsType<TemplateDialogueFormat>(DialogueFormats.Of(Learn(Plain, "<|im_start|>", "<|im_end|>")));
        // Qwen3's template over a tokenizer that spells <think> in several tokens; without reasoning it is Qwen2.5's way.
        Assert.IsType<QwenDialogueFormat>(DialogueFormats.Of(Learn(Lines + "{# </think> #}", "<|im_start|>", "<|im_end|>")));
        Assert.IsType<TemplateDialogueFormat>(DialogueFormats.Of(Learn(Lines, "<|im_start|>", "<|im_end|>")));
        Assert.Contains("no chat template", Assert.Throws<UserErrorException>(() => DialogueFormats.Of(Learn(null, "<s>"))).Message, StringComparison.Ordinal);
    }

    /// <summary>A tokenizer without its configuration: which words its model knows cannot be guessed, not from Qwen3's marks either, and what is wanting is named.</summary>
    [Theory]
    [InlineData("<|im_start|>", "<|im_end|>")]
    [InlineData("<|im_start|>", "<|im_end|>", "<think>")]
    public void ChatMarksWithoutATemplate_AreNotTakenForQwen(params string[] marks)
    {
        var read = Tokenizer.Read(Learn(null, marks).TokenizerJson, place: "models/qwen/tokenizer.json");

        var error = Assert.Throws<UserErrorException>(() => DialogueFormats.Of(read));

        Assert.StartsWith("models/qwen/tokenizer.json: The tokenizer has no chat template", error.Message, StringComparison.Ordinal);
        Assert.Contains("Fetch the tokenizer_config.json or chat_template.jinja", error.Message, StringComparison.Ordinal);
    }

    /// <summary>The file that the template stands in is named, and what to do.</summary>
    [Fact]
    public void TemplateThatCannotBeUsed_IsNamedByItsFile()
    {
        var folder = Directory.CreateTempSubdirectory("fission-template-");
        try
        {
            Learn("{% for m in messages %}", "<|im_start|>", "<|im_end|>", "<think>").Save(folder.FullName);

            var within = Assert.Throws<UserErrorException>(() => DialogueFormats.Of(Tokenizer.Load(folder.FullName))).Message;
            File.WriteAllText(Path.Combine(folder.FullName, "chat_template.jinja"), "{{ messages");
            var beside = Assert.Throws<UserErrorException>(() => DialogueFormats.Of(Tokenizer.Load(folder.FullName))).Message;

            Assert.StartsWith(Path.Combine(folder.FullName, "tokenizer_config.json: The model's chat template cannot be used"), within, StringComparison.Ordinal);
            Assert.StartsWith(Path.Combine(folder.FullName, "chat_template.jinja: The model's chat template cannot be used"), beside, StringComparison.Ordinal);
            Assert.Contains("Fetch the file again", beside, StringComparison.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static Tokenizer Learn(string? template, params string[] marks) => BpeTrainer.Learn(
        ["a b"], new BpeTrainerOptions(400, @"\w+|\W", [.. marks.Select(m => new NewToken(m, true))], new TokenizerSettings(ChatTemplate: template)));
}
