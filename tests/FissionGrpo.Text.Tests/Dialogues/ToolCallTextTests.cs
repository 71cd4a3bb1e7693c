using System.Collections.Immutable;
using System.Diagnostics;
using System.Text.Json;
using FissionGrpo.Episodes;
using FissionGrpo.Text.Dialogues;
using FsCheck;
using FsCheck.Fluent;

namespace FissionGrpo.Text.Tests.Dialogues;

public class ToolCallTextTests
{
    private const string Good = "<tool_call>\n{\"name\": \"f\", \"arguments\": {\"a\": 1.50}}\n</tool_call>";

    [Fact]
    public void RenderedCalls_ParseToThemselves() =>
        Prop.ForAll(Arbitrary.Calls, calls =>
        {
            var parsed = ToolCallText.Parse(string.Join('\n', calls.Select(ToolCallText.Write)));
            return parsed.FormatError is null && parsed.Calls.SequenceEqual(calls);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Call_IsWrittenAsTheTemplateWritesIt() =>
        Assert.Equal(
            "<tool_call>\n{\"name\": \"f\", \"arguments\": {\"a\": [1, 2.0, null], \"b\": {\"c\": \"ü\\n\"}}}\n</tool_call>",
            ToolCallText.Write(new ToolCall("f", [new("a", Json("[1,2.0,null]")), new("b", Json("{\"c\":\"\\u00fc\\n\"}"))])));

    [Fact]
    public void TextBeforeCalls_IsKept()
    {
        var parsed = ToolCallText.Parse($"I will.\n{Good}\n{Good}\n");

        Assert.Equal("I will.", parsed.Text);
        Assert.Equal(2, parsed.Calls.Length);
        Assert.Equal("1.50", parsed.Calls[0]["a"]!.Value.GetRawText());
    }

    [Theory]
    [InlineData("<tool_call>\n{\"name\": \"f\", \"arguments\": {}}", "not closed")]
    [InlineData("<tool_call>", "not closed")]
    [InlineData("<tool_call><tool_call>{\"name\": \"f\", \"arguments\": {}}</tool_call>", "not closed")]
    [InlineData("{\"name\": \"f\", \"arguments\": {}}</tool_call>", "without")]
    [InlineData("</tool_call><tool_call>{\"name\": \"f\", \"arguments\": {}}</tool_call>", "without")]
    [InlineData(Good + "\nDone.", "text after")]
    [InlineData(Good + "</tool_call>", "text after")]
    [InlineData("<tool_call>\nf(a=1)\n</tool_call>", "not valid JSON")]
    [InlineData("<tool_call></tool_call>", "not valid JSON")]
    [InlineData("<tool_call>{\"name\": \"f\", \"arguments\": {\"a\": NaN}}</tool_call>", "not valid JSON")]
    [InlineData("<tool_call>{\"name\": \"f\", \"arguments\": {\"a\": 1, \"a\": 2}}</tool_call>", "not valid JSON")]
    [InlineData("<tool_call>{\"name\": \"f\", \"name\": \"g\", \"arguments\": {}}</tool_call>", "not valid JSON")]
    [InlineData("<tool_call>{\"name\": \"f\", \"arguments\": {\"a\": \"\\ud800\"}}</tool_call>", "not valid JSON")]
    [InlineData("<tool_call>{\"name\": \"f\", \"arguments\": {}} x</tool_call>", "not valid JSON")]
    [InlineData("<tool_call>[1]</tool_call>", "not a JSON object")]
    [InlineData("<tool_call>{\"arguments\": {}}</tool_call>", "no name")]
    [InlineData("<tool_call>{\"name\": \"\", \"arguments\": {}}</tool_call>", "no name")]
    [InlineData("<tool_call>{\"name\": 1, \"arguments\": {}}</tool_call>", "name is not a string")]
    [InlineData("<tool_call>{\"name\": \"f\"}</tool_call>", "no arguments")]
    [InlineData("<tool_call>{\"name\": \"f\", \"arguments\": \"{}\"}</tool_call>", "arguments are not")]
    [InlineData("<tool_call>{\"name\": \"f\", \"arguments\": [1]}</tool_call>", "arguments are not")]
    [InlineData("<tool_call>{\"name\": \"f\", \"parameters\": {}, \"arguments\": {}}</tool_call>", "other than")]
    public void MalformedCall_SaysWhy(string reply, string reason)
    {
        var parsed = ToolCallText.Parse(reply);

        Assert.Contains(reason, parsed.FormatError, StringComparison.Ordinal);
        Assert.Empty(parsed.Calls);
    }

    [Fact]
    public void HostileText_IsAValueQuickly()
    {
        string[] hostile =
        [
            "<tool_call>" + new string('[', 500_000) + "</tool_call>",
            "<tool_call>{\"name\":\"f\",\"arguments\":" + string.Concat(Enumerable.Repeat("{\"a\":", 100_000)),
            string.Concat(Enumerable.Repeat("<tool_call>", 90_000)),
            string.Concat(Enumerable.Repeat(Good, 10_000)),
            new string('<', 8_000_000),
            "<tool_call>{\"name\": \"f\0\", \"arguments\": {\"a\": \"\uD83D\"}}</tool_call>",
            "<tool_call>{\"name\": \"f\", \"arguments\": {\"a\": " + new string('9', 900_000) + "}}</tool_call>",
        ];
        var watch = Stopwatch.StartNew();

        foreach (var reply in hostile)
            _ = ToolCallText.Parse(reply);

        Assert.InRange(watch.Elapsed.TotalSeconds, 0, 60); // a second at rest; a parser that is quadratic in any of these takes many minutes
    }

    [Fact]
    public void AnyText_GivesAValue() =>
        Prop.ForAll<string?>(text => ToolCallText.Parse($"<tool_call>{text}</tool_call>") is not null).QuickCheckThrowOnFailure();

    private static JsonElement Json(string text) => JsonDocument.Parse(text).RootElement;

    /// <summary>Calls with awkward names and values.</summary>
    internal static class Arbitrary
    {
        private static readonly Gen<string> Text = Gen.OneOf(
            Gen.Elements("", "a", "path/to file.txt", "</tool_call>", "<tool_call>", "\"\\\n\u0001", "ä漢🚗", "\u2028\u007f", "<|im_end|>", "null"),
            Gen.Choose(32, 0x2FF).Select(c => (char)c).ArrayOf().Select(c => new string(c)));

        private static readonly Gen<JsonElement> Value = Gen.OneOf(
            Text.Select(t => JsonSerializer.SerializeToElement(t)),
            Gen.Elements("1", "-0", "1.50", "1e5", "12345678901234567890", "true", "false", "null", "[]", "{}", "[1, {\"a\": [\"x\"]}]", "{\"b\": 1, \"a\": 2}").Select(Json));

        public static Arbitrary<ImmutableArray<ToolCall>> Calls { get; } =
            (from names in Text.Where(t => t.Length > 0).NonEmptyListOf()
             from arguments in Gen.Zip(Text, Value).ListOf()
             let distinct = arguments.DistinctBy(a => a.Item1, StringComparer.Ordinal).Select(a => new ToolArgument(a.Item1, a.Item2)).ToImmutableArray()
             select names.Take(5).Select(n => new ToolCall(n, distinct)).ToImmutableArray()).ToArbitrary();
    }
}
