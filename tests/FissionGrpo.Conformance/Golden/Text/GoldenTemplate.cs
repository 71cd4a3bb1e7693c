using System.Text.Json;
using FissionGrpo.Text.Templates;

namespace FissionGrpo.Conformance.Golden;

/// <summary>Dialogues rendered by the reference's Jinja with Qwen3's chat template. All exact; where the reference fails, any clean error is right.</summary>
internal sealed class GoldenTemplate : IGoldenPart
{
    public bool Recognises(string folder) => File.Exists(Path.Combine(folder, "cases.jsonl.gz")) && Directory.EnumerateFiles(folder, "*.jinja").Any();

    public void Check(string folder, Verdicts verdicts)
    {
        var template = new ChatTemplate(File.ReadAllText(Directory.EnumerateFiles(folder, "*.jinja").Order(StringComparer.Ordinal).First()));
        foreach (var (number, line) in GoldenTokenizer.Lines(folder, "cases.jsonl"))
        {
            var place = $"cases.jsonl:{number} ({line.GetProperty("tag").GetString()})";
            var tools = line.GetProperty("tools") is { ValueKind: JsonValueKind.Array } given ? given : (JsonElement?)null;
            var more = line.EnumerateObject()
                .Where(m => m.Name is not ("tag" or "messages" or "tools" or "add_generation_prompt" or "output" or "error"))
                .ToDictionary(m => m.Name, m => m.Value);
            string rendered;
            try
            {
                rendered = template.Render(line.GetProperty("messages"), tools, line.GetProperty("add_generation_prompt").GetBoolean(), more);
            }
            catch (ChatTemplateException failed)
            {
                verdicts.Check("chat template", place, line.TryGetProperty("error", out _), () => failed.Message);
                continue;
            }
            if (line.TryGetProperty("output", out var expected))
                verdicts.Equal("chat template", place, expected.GetString()!, rendered);
            else
                verdicts.Check("chat template", place, false, () => "rendered what the reference refuses");
        }
    }
}
