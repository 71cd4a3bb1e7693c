using System.Collections.Immutable;
using FissionGrpo.Episodes;
using FissionGrpo.Text.Dialogues;
using FissionGrpo.Text.Tokenization;

namespace FissionGrpo.Text.Tests;

/// <summary>Tokenizers learned from a few dialogues, made once.</summary>
internal static class TinyTokenizers
{
    private static readonly Lazy<Tokenizer> LazyCompact = new(() => CompactDialogueFormat.LearnTokenizer(Corpus(), 800));
    private static readonly Lazy<Tokenizer> LazyQwen = new(() => BpeTrainer.Learn(Corpus(), new BpeTrainerOptions(
        700,
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
        [
            new("<|endoftext|>", true), new("<|im_start|>", true), new("<|im_end|>", true), new("<tool_call>", false), new("</tool_call>", false),
            new("<think>", false), new("</think>", false),
        ],
        new TokenizerSettings(EndOfText: "<|im_end|>"))));

    public static Tokenizer Compact => LazyCompact.Value;

    public static Tokenizer QwenLike => LazyQwen.Value;

    public static ImmutableArray<Message> Dialogue(int seed)
    {
        var amount = 10 + (seed * 7 % 90);
        return
        [
            new Message.User($"Please fill the tank with {amount} gallons, then lock the doors."),
            new Message.Assistant("", [ToolCall.Of("fillFuelTank", ("fuelAmount", amount))]),
            new Message.Tool("fillFuelTank", $"{{\"fuelLevel\": {amount}.0}}"),
            new Message.Assistant("", [ToolCall.Of("lockDoors", ("unlock", false), ("door", "driver"))]),
            new Message.Tool("lockDoors", "{\"error\": \"the doors are open\"}"),
            new Message.Assistant("Done.", []),
            new Message.User("Thanks!"),
            new Message.Assistant("Welcome.", []),
        ];
    }

    public static ImmutableArray<ToolSpec> Tools { get; } =
        [.. new[] { "fillFuelTank", "lockDoors", "post_tweet" }.Select(name => new ToolSpec(name, System.Text.Json.JsonSerializer.SerializeToElement(
            new Dictionary<string, object> { ["name"] = name, ["description"] = "Does <it>: \"ä\"", ["parameters"] = new Dictionary<string, object> { ["type"] = "dict" } })))];

    public static IEnumerable<string> Corpus() => Enumerable.Range(0, 40).Select(i => CompactDialogueFormat.Text(Dialogue(i), Tools));
}
