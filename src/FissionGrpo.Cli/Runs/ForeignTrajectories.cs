using System.Collections.Immutable;
using System.IO.Compression;
using System.Text.Json;
using FissionGrpo.Episodes;

namespace FissionGrpo.Cli.Runs;

/// <summary>
/// Recordings of other programs, as far as calls, results and rewards go: an episode a line, an array of episodes (TAU-bench's results), or
/// <c>{"simulations": [...]}</c> (TAU2-bench's). An episode has <c>messages</c> or <c>traj</c> in the words of chat completions, or <c>steps</c> of
/// type <c>tool</c> and <c>respond</c>. Files may be compressed (.gz).
/// </summary>
internal static class ForeignTrajectories
{
    /// <exception cref="UserErrorException">An episode has none of these shapes.</exception>
    public static IEnumerable<RecordedTrajectory> Read(string path)
    {
        var number = 0;
        foreach (var episode in Episodes(path))
        {
            RecordedTrajectory read;
            try
            {
                read = Read(episode, ++number);
            }
            catch (Exception exception) when (exception is JsonException or InvalidOperationException or KeyNotFoundException)
            {
                throw new UserErrorException($"{path}, episode {number}: not a recorded dialogue{(exception is JsonException broken ? $" ({JsonFinding.Of(broken)})" : "")}. Expected our own episodes, or an object with \"messages\", \"traj\" or \"steps\".", exception);
            }
            yield return read;
        }
    }

    private static IEnumerable<JsonElement> Episodes(string path)
    {
        using var file = File.OpenRead(path);
        using var reader = new StreamReader(path.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(file, CompressionMode.Decompress) : file);
        if (path.Contains(".jsonl", StringComparison.Ordinal))
        {
            for (var line = 1; reader.ReadLine() is { } text; line++)
                if (!string.IsNullOrWhiteSpace(text))
                    yield return Parse(text, $"{path}, line {line}");
            yield break;
        }
        var root = Parse(reader.ReadToEnd(), path);
        foreach (var episode in (root.ValueKind is JsonValueKind.Object && root.TryGetProperty("simulations", out var all) ? all : root) is { ValueKind: JsonValueKind.Array } array ? array.EnumerateArray().ToArray() : [root])
            yield return episode;
    }

    private static JsonElement Parse(string text, string place)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            return document.RootElement.Clone();
        }
        catch (JsonException exception)
        {
            throw new UserErrorException($"{place}: not JSON: {JsonFinding.Of(exception)}.", exception);
        }
    }

    private static RecordedTrajectory Read(JsonElement episode, int number)
    {
        var steps = episode.TryGetProperty("steps", out var played) ? OfSteps(played)
            : OfMessages(episode.TryGetProperty("messages", out var messages) ? messages : episode.GetProperty("traj"));
        var task = episode.TryGetProperty("task_id", out var id) ? id.ToString() : $"{number}";
        var place = Text(episode, "source") ?? Text(episode, "domain") ?? "recorded";
        var trajectory = new Trajectory($"{place}/{task}/{number}", task, place, TrajectoryUnit.Episode, 0, new TokenSequence([], [], []), steps, TrajectoryEnd.Completed)
        {
            Score = Reward(episode) is { } reward ? new EpisodeScore(reward >= 1 - 1e-6, reward, null) : null,
        };
        return new RecordedTrajectory(trajectory, place, [], null);
    }

    private static ImmutableArray<Step> OfSteps(JsonElement played)
    {
        var steps = ImmutableArray.CreateBuilder<Step>();
        var turn = 0;
        foreach (var step in played.EnumerateArray())
            if (Text(step, "type") == "tool")
                steps.Add(new Step(turn, 0, 0, "", null, [Executed(step, Text(step, "recorded_result") ?? Text(step, "result") ?? "", false)]));
            else
                steps.Add(new Step(turn++, 0, 0, Text(step, "content") ?? "", null, []));
        return steps.ToImmutable();
    }

    /// <summary>A user's own calls (TAU2's telecom) are no calls of the policy.</summary>
    private static ImmutableArray<Step> OfMessages(JsonElement messages)
    {
        var steps = ImmutableArray.CreateBuilder<Step>();
        var results = messages.EnumerateArray().Where(m => Text(m, "role") == "tool").GroupBy(m => Text(m, "tool_call_id") ?? Text(m, "id") ?? "", StringComparer.Ordinal)
            .ToDictionary(g => g.Key, g => new Queue<JsonElement>(g), StringComparer.Ordinal);
        var turn = -1;
        foreach (var message in messages.EnumerateArray())
            if (Text(message, "role") == "user")
                turn += message.TryGetProperty("tool_calls", out var own) && own.ValueKind is JsonValueKind.Array ? 0 : 1;
            else if (Text(message, "role") == "assistant")
                steps.Add(new Step(Math.Max(turn, 0), 0, 0, Text(message, "content") ?? "", null,
                    message.TryGetProperty("tool_calls", out var calls) && calls.ValueKind is JsonValueKind.Array ? [.. calls.EnumerateArray().Select(WithResult)] : []));
        return steps.ToImmutable();

        ExecutedCall WithResult(JsonElement call)
        {
            var found = results.GetValueOrDefault(Text(call, "id") ?? "") is { Count: > 0 } queue ? queue.Dequeue() : default;
            return Executed(
                call.TryGetProperty("function", out var function) ? function : call,
                found.ValueKind is JsonValueKind.Object ? Text(found, "content") ?? "" : "",
                found.ValueKind is JsonValueKind.Object && found.TryGetProperty("error", out var flag) && flag.ValueKind is JsonValueKind.True);
        }
    }

    private static ExecutedCall Executed(JsonElement call, string result, bool isError)
    {
        var arguments = call.TryGetProperty("arguments", out var given) ? given : default;
        if (arguments.ValueKind is JsonValueKind.String)
            arguments = TryParse(arguments.GetString()!);
        var made = new ToolCall(
            call.GetProperty("name").GetString() ?? "",
            arguments.ValueKind is JsonValueKind.Object ? [.. arguments.EnumerateObject().Select(a => new ToolArgument(a.Name, a.Value.Clone()))] : []);
        return new ExecutedCall(made, isError || SaysError(result) ? new ToolResult.Failed(ToolErrorKind.Rejected, result) : new ToolResult.Ok(result));
    }

    private static bool SaysError(string result) => result.StartsWith("Error", StringComparison.Ordinal)
        || (result.StartsWith('{') && TryParse(result) is { ValueKind: JsonValueKind.Object } value && value.EnumerateObject().Take(1).Any(m => m.Name == "error"));

    /// <summary>What a model wrote need not be JSON.</summary>
    private static JsonElement TryParse(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            return default;
        }
    }

    private static double? Reward(JsonElement episode)
    {
        foreach (var path in new string[][] { ["reward"], ["recorded_reward"], ["reward_info", "reward"], ["recorded", "reward"] })
        {
            var at = episode;
            if (path.All(name => at.ValueKind is JsonValueKind.Object && at.TryGetProperty(name, out at)) && at.ValueKind is JsonValueKind.Number)
                return at.GetDouble();
        }
        return null;
    }

    private static string? Text(JsonElement value, string name) =>
        value.ValueKind is JsonValueKind.Object && value.TryGetProperty(name, out var member) && member.ValueKind is JsonValueKind.String ? member.GetString() : null;
}
