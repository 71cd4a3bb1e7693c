using System.IO.Compression;
using System.Text.Json;
using FissionGrpo.Episodes;
using FissionGrpo.Fission.Diagnosis;
using FissionGrpo.Testing;
using Xunit.Abstractions;

namespace FissionGrpo.Fission.Tests.Diagnosis;

/// <summary>The diagnoser on refused calls of real models in TAU-bench, where y* leaves looking things up to the agent.</summary>
public sealed class RealErrorsTests(ITestOutputHelper output)
{
    [SkippableFact]
    public void RefusedCallsOfRealModels_AreToldApart()
    {
        var counts = new Dictionary<FailureCategory, int>();
        var untold = new List<string>();
        foreach (var (call, message, before) in RefusedCalls(SharedMaterial.Path("tau/real_sample/episodes.jsonl.gz")))
        {
            var tool = new ToolSpec(call.Name, JsonSerializer.SerializeToElement(new { name = call.Name }));
            var failed = new ExecutedCall(call, new ToolResult.Failed(ToolErrorKind.Rejected, message));
            var diagnosis = Diagnoser.Diagnose(new FailedStep([tool], [], before, "", null, [failed], 0) { ExpectedIsComplete = false });
            counts[diagnosis.Category] = counts.GetValueOrDefault(diagnosis.Category) + 1;
            if (diagnosis.Category is FailureCategory.NeedlessCall)
                untold.Add(message);
        }
        output.WriteLine($"{string.Join(", ", counts.OrderByDescending(c => c.Value).Select(c => $"{c.Key} {c.Value}"))}\n{string.Join('\n', untold.Distinct())}");

        Assert.True(counts.Values.Sum() > 50);
        Assert.True(untold.Count <= 0.05 * counts.Values.Sum(), string.Join('\n', untold.Distinct()));
        Assert.True(counts.ContainsKey(FailureCategory.WrongValue) && counts.ContainsKey(FailureCategory.UnmetPrecondition) && counts.ContainsKey(FailureCategory.RepeatedFailingCall));
    }

    [Theory]
    [InlineData("Error: user not found", FailureCategory.WrongValue)]
    [InlineData("Error: payment amount does not add up, total price is 10, but paid 9", FailureCategory.WrongValue)]
    [InlineData("Error: the number of items to be exchanged should match", FailureCategory.WrongValue)]
    [InlineData("Error: flight HAT001 not available on date 2024-05-20", FailureCategory.WrongValue)]
    [InlineData("Error: non-pending order cannot be modified", FailureCategory.UnmetPrecondition)]
    [InlineData("Error: gift card balance is not enough", FailureCategory.UnmetPrecondition)]
    [InlineData("""{"error": "No user is currently logged in."}""", null)]
    public void Refusals_AreRead(string message, FailureCategory? category) => Assert.Equal(category, RefusalReading.Of(message));

    private static IEnumerable<(ToolCall Call, string Message, System.Collections.Immutable.ImmutableArray<ExecutedCall> Before)> RefusedCalls(string path)
    {
        using var reader = new StreamReader(new GZipStream(File.OpenRead(path), CompressionMode.Decompress));
        while (reader.ReadLine() is { } line)
        {
            using var episode = JsonDocument.Parse(line);
            var before = System.Collections.Immutable.ImmutableArray<ExecutedCall>.Empty;
            foreach (var step in episode.RootElement.GetProperty("steps").EnumerateArray())
            {
                if (step.GetProperty("type").GetString() != "tool")
                    continue;
                var result = step.GetProperty("recorded_result").ToString();
                using var arguments = JsonDocument.Parse(step.GetProperty("arguments").GetString()!);
                var call = new ToolCall(
                    step.GetProperty("name").GetString()!,
                    [.. arguments.RootElement.EnumerateObject().Select(m => new ToolArgument(m.Name, m.Value.Clone()))]);
                if (result.StartsWith("Error", StringComparison.Ordinal))
                {
                    yield return (call, result, before);
                    before = before.Add(new ExecutedCall(call, new ToolResult.Failed(ToolErrorKind.Rejected, result)));
                }
                else
                {
                    before = before.Add(new ExecutedCall(call, new ToolResult.Ok(result)));
                }
            }
        }
    }
}
