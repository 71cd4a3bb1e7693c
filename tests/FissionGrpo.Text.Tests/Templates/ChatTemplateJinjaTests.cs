using System.Runtime.CompilerServices;
using System.Text.Json;
using FissionGrpo.Text.Templates;

namespace FissionGrpo.Text.Tests.Templates;

/// <summary>Our own templates against what Jinja2 makes of them (<c>make_jinja_cases.py</c>).</summary>
public class ChatTemplateJinjaTests
{
    private static readonly JsonElement Recorded = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Folder(), "jinja-cases.json"))).RootElement;

    [Fact]
    public void EveryTemplate_RendersAsJinja2Does() =>
        Assert.All(Recorded.GetProperty("cases").EnumerateArray().ToArray(), entry =>
        {
            var source = entry.GetProperty("template").GetString()!;
            if (entry.TryGetProperty("output", out var output))
                Assert.Equal((source, output.GetString()), (source, Render(source)));
            else
                Assert.Equal((source, null), (source, Record.Exception(() => Render(source)) is ChatTemplateException ? null : "no error"));
        });

    private static string Render(string source)
    {
        var context = Recorded.GetProperty("context").EnumerateObject().ToDictionary(m => m.Name, m => Value.Of(m.Value));
        return new ChatTemplate(source, new FixedTime()).Render(context);
    }

    private static string Folder([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;

    private sealed class FixedTime : TimeProvider
    {
        public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

        public override DateTimeOffset GetUtcNow() => new(2025, 3, 7, 9, 5, 8, TimeSpan.Zero);
    }
}
