using System.Text.Json;
using FissionGrpo.Testing;
using FissionGrpo.Text.Templates;

namespace FissionGrpo.Text.Tests.Templates;

/// <summary>A template comes from a download: whatever it does, it ends soon, and with a clear error.</summary>
public class ChatTemplateLimitsTests
{
    private static readonly JsonElement Messages = JsonSerializer.SerializeToElement(new[] { new { role = "user", content = "hi" } });

    [Theory]
    [InlineData("{% for a in range(99999) %}{% for b in range(99999) %}{% for c in range(99999) %}{% endfor %}{% endfor %}{% endfor %}", "steps")]
    [InlineData("{% set ns = namespace(s='xxxxxxxx') %}{% for i in range(99) %}{% set ns.s = ns.s + ns.s %}{% endfor %}", "characters")]
    [InlineData("{% set ns = namespace(s='xxxxxxxx') %}{% for i in range(99) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}", "characters")]
    [InlineData("{{ 'x' * 999999999 }}", "characters")]
    [InlineData("{{ ['x'] * 999999999 }}", "steps")]
    [InlineData("{{ 'x'.ljust(999999999) }}", "characters")]
    [InlineData("{{ '1'.zfill(999999999) }}", "characters")]
    [InlineData("{% set s = 'x' * 4000000 %}{% for i in range(9999) %}{{ s.replace('x', 'yy') }}{% endfor %}", "characters")]
    [InlineData("{% set s = 'x' * 4000000 %}{% for i in range(99999) %}{{ s.upper()|length }}{% endfor %}", "steps")]
    [InlineData("{% for i in range(9999) %}{{ 'x' * 10000 }}{% endfor %}", "characters")]
    [InlineData("{% set ns = namespace(l=[1]) %}{% for i in range(99) %}{% set ns.l = [ns.l, ns.l] %}{% endfor %}{{ ns.l }}", "characters")]
    [InlineData("{% set ns = namespace(l=[1]) %}{% for i in range(99) %}{% set ns.l = [ns.l, ns.l] %}{% endfor %}{{ ns.l|tojson }}", "characters")]
    [InlineData("{% set ns = namespace(l=[1], m=[1]) %}{% for i in range(99) %}{% set ns.l = [ns.l, ns.l] %}{% set ns.m = [ns.m, ns.m] %}{% endfor %}{{ ns.l == ns.m }}", "steps")]
    [InlineData("{% set ns = namespace(l=[]) %}{% for i in range(9999) %}{% set ns.l = [ns.l] %}{% endfor %}{{ ns.l }}", "deep")]
    [InlineData("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "deep")]
    [InlineData("{% macro m() %}{{ m() }}{{ m() }}{% endmacro %}{{ m() }}", "deep")]
    [InlineData("{{ 9 ** 99999 }}", "large")]
    [InlineData("{% set ns = namespace(n=9) %}{% for i in range(999) %}{% set ns.n = ns.n * ns.n %}{% endfor %}", "large")]
    [InlineData("{{ 'x'|center(999999999) }}", "characters")]
    [InlineData("{{ '\t'.expandtabs(999999999) }}", "characters")]
    [InlineData("{{ ('%999999d' * 99) % ((1,) * 99) }}", "characters")]
    [InlineData("{{ ('%s' * 99999) % (('x' * 99999,) * 99999) }}", "characters")]
    [InlineData("{{ [1]|slice(999999999)|list }}", "steps")]
    [InlineData("{{ [1, 2]|tojson(indent='x' * 3000000) }}", "characters")]
    [InlineData("{{ ''.ljust(999999, 'x' * 999999) }}", "expected 1")]
    [InlineData("{{ 'x'.center(9, '') }}", "expected 1")]
    [InlineData("{% set s = 'x' * 4000000 %}{% for i in range(99999) %}{{ s is lower }}{% endfor %}", "steps")]
    [InlineData("{% set s = 'x' * 4000000 %}{% for i in range(99999) %}{% set n = s|length %}{% endfor %}", "steps")]
    [InlineData("{% set s = 'x' * 4000000 %}{% for i in range(99999) %}{% set d = {s: 1} %}{% endfor %}", "steps")]
    [InlineData("{% set s, t = 'x' * 4000000, 'x' * 4000000 %}{% for i in range(99999) %}{% set n = s == t %}{% endfor %}", "steps")]
    [InlineData("{% set s, t = 'x' * 4000000, 'x' * 4000000 %}{% for i in range(99999) %}{% set n = s <= t %}{% endfor %}", "steps")]
    [InlineData("{% set s = 'x' * 4000000 %}{% set d = {s: 1} %}{% for i in range(99999) %}{% set n = d[s] %}{% endfor %}", "steps")]
    [InlineData("{% set s = 'x' * 4000000 %}{% set d, e = {s: 1}, {s: 1} %}{% for i in range(99999) %}{% set n = d == e %}{% endfor %}", "steps")]
    [InlineData("{% set s, t = 'x' * 4000000, 'x' * 4000000 %}{% set d = {(s,): 1} %}{% for i in range(99999) %}{% set n = d[(t,)] %}{% endfor %}", "steps")]
    [InlineData("{% set d = dict(range(20000)|batch(2)) %}{% for i in range(99999) %}{% set n = dict(d) %}{% endfor %}", "steps")]
    [InlineData("{% set d = dict(range(20000)|batch(2)) %}{% for i in range(99999) %}{% set n = d.values() %}{% endfor %}", "steps")]
    [InlineData("{% set s = 'a ' * 2000000 %}{% for i in range(99999) %}{% set n = s|title %}{% endfor %}", "steps")]
    [InlineData("{% set s = 'x' * 4000000 %}{{ [s|list, s|list]|length }}", "steps")]
    [InlineData("{{ '\\ud83d'.strip() }}", "half a character")]
    [InlineData("{{ ('<'|e * 1)|e }}", "escape")]
    [InlineData("{{ 'x'|urlencode }}", "not supported")]
    [InlineData("{{ 'x'.encode() }}", "not supported")]
    [InlineData("{{ '{:>5}'.format(1) }}", "not supported")]
    [InlineData("{{ range(3) }}", "turned into a list")]
    [InlineData("{% for x in [[[]]] recursive %}{{ loop([x]) }}{% endfor %}", "deep")]
    public void HostileTemplate_IsStopped(string source, string reason)
    {
        var error = Assert.Throws<ChatTemplateException>(() => new ChatTemplate(source).Render(Messages, null, true));

        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    /// <summary>The bounds are for hostile templates: a long dialogue with many tools stays far from them.</summary>
    [SkippableTheory]
    [InlineData(100)]
    [InlineData(1000)]
    public void LongDialogueWithManyTools_IsRendered(int turns)
    {
        var source = File.ReadAllText(SharedMaterial.Path("golden/chat_template/qwen3.jinja"));
        var words = string.Concat(Enumerable.Repeat("Some words of an ordinary length. ", 30));
        var call = new { type = "function", function = new { name = "look", arguments = new { path = words, line = 3 } } };
        var messages = Enumerable.Range(0, turns).SelectMany(i => (object[])
        [
            new { role = "user", content = $"{i} {words}" },
            new { role = "assistant", content = $"<think>{words}</think>{i}", tool_calls = new[] { call } },
            new { role = "tool", content = words },
        ]);
        var parameters = Enumerable.Range(0, 10).ToDictionary(i => $"p{i}", _ => new { type = "string", description = words });
        var tools = Enumerable.Range(0, 50).Select(i => new { type = "function", function = new { name = $"tool{i}", description = words, parameters = new { type = "object", properties = parameters } } });

        var text = new ChatTemplate(source).Render(JsonSerializer.SerializeToElement(messages), JsonSerializer.SerializeToElement(tools), true);

        Assert.Contains($"{turns - 1} Some words", text, StringComparison.Ordinal);
        Assert.Contains("tool49", text, StringComparison.Ordinal);
    }

    /// <summary>The least whole number less a length is no large one.</summary>
    [Theory]
    [InlineData("{{ 'xy'|center(-2147483648) }}")]
    [InlineData("{{ 'xy'.center(-2147483648) }}")]
    [InlineData("{{ 'xy'.ljust(-99999999999) }}")]
    [InlineData("{{ 'xy'.zfill(-2147483648) }}")]
    public void WidthFarBelowZero_AddsNothing(string source) => Assert.Equal("xy", new ChatTemplate(source).Render(Messages, null, true));

    [Fact]
    public void HalfACharacter_IsReplaced() => Assert.Equal("\uFFFD\uFFFD", new ChatTemplate("{{ '\ud83d'.strip() ~ '\ude97'|title }}").Render(Messages, null, true));

    [Fact]
    public void StrippingManyCharacters_TakesNoSquareOfTheirNumber() =>
        Assert.Equal("", new ChatTemplate("{{ ('a' * 2000000).strip('b' * 2000000 ~ 'a') }}").Render(Messages, null, true));

    [Fact]
    public void ManyPairsAsKeys_AreFoundSoon()
    {
        var pairs = string.Join(',', Enumerable.Range(0, 60_000).Select(i => $"(1,{i})"));

        Assert.Equal("60000", new ChatTemplate($"{{{{ [{pairs}]|unique|list|length }}}}").Render(Messages, null, true));
    }

    public static TheoryData<string> DeepSources => new(
        "{{ " + new string('(', 100_000) + "1" + new string(')', 100_000) + " }}",
        "{{ " + new string('[', 100_000),
        "{{ " + string.Concat(Enumerable.Repeat("not ", 100_000)) + "1 }}",
        "{{ " + string.Concat(Enumerable.Repeat("- ", 100_000)) + "1 }}",
        "{{ 1" + string.Concat(Enumerable.Repeat("+1", 100_000)) + " }}",
        "{{ a" + string.Concat(Enumerable.Repeat(".a", 100_000)) + " }}",
        "{{ a" + string.Concat(Enumerable.Repeat("|upper", 100_000)) + " }}",
        "{{ a" + string.Concat(Enumerable.Repeat(" if 1", 100_000)) + " }}",
        "{{ a" + string.Concat(Enumerable.Repeat(" if 1 else 2", 100_000)) + " }}",
        string.Concat(Enumerable.Repeat("{% if 1 %}", 50_000)),
        "{% set " + new string('(', 100_000) + "a",
        string.Concat(Enumerable.Range(0, 20_000).Select(i => $"{{% if 1 %}}{{% set a{i} = 1 %}}{{% endif %}}")),
        "{{ a is " + string.Concat(Enumerable.Repeat("eq [", 50_000)));

    [Theory]
    [MemberData(nameof(DeepSources))]
    public void DeeplyNestedSource_IsRefused(string source) => Assert.Throws<ChatTemplateException>(() => new ChatTemplate(source));

    [Fact]
    public void Megabytes_AreRefused() => Assert.Throws<ChatTemplateException>(() => new ChatTemplate(new string('x', 2_000_000)));

    [Fact]
    public void AnyText_IsReadOrRefused()
    {
        string[] pieces = ["{{", "}}", "{%", "%}", "{#", "#}", "-", "+", " ", "\n", "if", "for", "in", "endfor", "endif", "set", "x", "(", ")", "[", "]", "'", "|", "upper", "1", ".", ",", "=", "raw", "endraw", "macro", "~", "\\"];
        var state = 12345u;
        for (var i = 0; i < 20_000; i++)
        {
            var source = "";
            for (var j = 0; j < 12; j++)
            {
                state = (state * 1664525) + 1013904223;
                source += pieces[(state >> 8) % pieces.Length];
            }
            var error = Record.Exception(() => new ChatTemplate(source).Render(Messages, null, true));
            Assert.True(error is null or ChatTemplateException, $"{source}: {error}");
        }
    }

    [Fact]
    public void Error_NamesItsLine()
    {
        Assert.Equal(3, Assert.Throws<ChatTemplateException>(() => new ChatTemplate("a\nb\n{% if %}")).Line);
        Assert.Contains("line 2: roles must alternate", Assert.Throws<ChatTemplateException>(
            () => new ChatTemplate("a\n{{ raise_exception('roles must alternate') }}").Render(Messages, null, true)).Message, StringComparison.Ordinal);
    }
}
