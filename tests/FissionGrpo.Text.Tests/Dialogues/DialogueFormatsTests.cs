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
        Assert.IsType<QwenDialogueFormat>(DialogueFormats.Of(Learn(null, "<|im_start|>", "<|im_end|>", "<think>")));
        Assert.IsType<QwenDialogueFormat>(DialogueFormats.Of(Learn(Lines, "<|im_start|>", "<|im_end|>", "<think>")));
        // The same marks in another order, as Phi-4-reasoning has them.
        Assert.IsType<TemplateDialogueFormat>(DialogueFormats.Of(Learn(Plain, "<|im_start|>", "<|im_end|>", "<think>")));
        Assert.IsType<TemplateDialogueFormat>(DialogueFormats.Of(Learn(Plain, "<|im_start|>", "<|im_end|>")));
        Assert.Contains("no chat template", Assert.Throws<UserErrorException>(() => DialogueFormats.Of(Learn(null, "<s>"))).Message, StringComparison.Ordinal);
    }

    /// <summary>Without its configuration Qwen2.5's tokenizer looks much like Qwen3's. Which words its model knows cannot be guessed, and the file that is wanting is named.</summary>
    [Fact]
    public void ChatMarksWithoutATemplate_AreNotTakenForQwen3()
    {
        var read = Tokenizer.Read(Learn(null, "<|im_start|>", "<|im_end|>").TokenizerJson, place: "models/qwen/tokenizer.json");

        var error = Assert.Throws<UserErrorException>(() => DialogueFormats.Of(read));

        Assert.StartsWith("models/qwen/tokenizer.json: The tokenizer has no chat template", error.Message, StringComparison.Ordinal);
    }

    private static Tokenizer Learn(string? template, params string[] marks) => BpeTrainer.Learn(
        ["a b"], new BpeTrainerOptions(400, @"\w+|\W", [.. marks.Select(m => new NewToken(m, true))], new TokenizerSettings(ChatTemplate: template)));
}
