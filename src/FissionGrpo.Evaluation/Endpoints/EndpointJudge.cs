using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json;
using FissionGrpo.Episodes;
using FissionGrpo.Evaluation.Chat;
using FissionGrpo.Seeds;

namespace FissionGrpo.Evaluation.Endpoints;

/// <summary>
/// A language model behind an endpoint that says which sentences a conversation makes true (TAU2's <c>NL_ASSERTION</c>). What it answers must be one
/// JSON object with one verdict a sentence; anything else is asked again, and then the episode has no verdict. Safe for several threads.
/// </summary>
/// <param name="endpoint">Who judges; the benchmark asks at temperature 0.</param>
/// <param name="seed">Where its draws come from.</param>
public sealed class EndpointJudge(EndpointPolicy endpoint, Seed seed) : IConversationJudge
{
    /// <summary>How often nonsense is asked again.</summary>
    private const int Attempts = 3;

    /// <summary>What the judge is told; docs/tau.md shows it.</summary>
    internal const string Instructions = """
        You are given a conversation between a customer-service agent and a customer, the tool calls of both included, and a numbered list of sentences about it.
        Decide for each sentence whether the conversation makes it true. Go by what the conversation shows, and by nothing else.
        Answer with one JSON object and nothing around it, with one entry for each sentence, in order:
        {"results": [{"sentence": 1, "reasoning": "why, in a few words", "is_true": true}]}
        """;

    /// <inheritdoc/>
    public string Name => endpoint.Name;

    /// <inheritdoc/>
    /// <exception cref="ChatFailureException">The judge cannot be reached, or answers nonsense.</exception>
    public async ValueTask<ImmutableArray<bool>> JudgeAsync(string taskId, string conversation, ImmutableArray<string> sentences, CancellationToken cancel)
    {
        ImmutableArray<Message> question = [new Message.System(Instructions), new Message.User(Question(conversation, sentences))];
        var wrong = "";
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            var answer = await AskAsync(question, seed.Derive("judge").Derive(taskId).Derive(attempt), cancel);
            if (Read(answer, sentences.Length, out wrong) is { } verdicts)
                return verdicts;
        }
        throw new ChatFailureException("judge", $"{Name} answers nonsense after {Attempts} attempts: {wrong}");
    }

    private async Task<string> AskAsync(ImmutableArray<Message> question, Seed drawn, CancellationToken cancel)
    {
        try
        {
            return (await endpoint.CompleteAsync(question, [], drawn, cancel)).Message.Text;
        }
        catch (ChatFailureException failure)
        {
            throw new ChatFailureException("judge", failure.Message, failure);
        }
    }

    private static string Question(string conversation, ImmutableArray<string> sentences)
    {
        var text = new StringBuilder("Conversation:\n").Append(conversation).Append("\nSentences:\n");
        for (var i = 0; i < sentences.Length; i++)
            text.Append(CultureInfo.InvariantCulture, $"{i + 1}. {sentences[i]}\n");
        return text.ToString();
    }

    /// <summary>Models like to wrap JSON in prose or fences, so the outermost braces count.</summary>
    private static ImmutableArray<bool>? Read(string answer, int sentences, out string wrong)
    {
        var (start, end) = (answer.IndexOf('{', StringComparison.Ordinal), answer.LastIndexOf('}'));
        wrong = "there is no JSON object in it";
        if (start < 0 || end < start)
            return null;
        try
        {
            using var document = JsonDocument.Parse(answer.AsMemory(start, end - start + 1));
            if (!document.RootElement.TryGetProperty("results", out var results) || results.ValueKind is not JsonValueKind.Array)
            {
                wrong = "there is no list 'results' in it";
                return null;
            }
            var verdicts = ImmutableArray.CreateBuilder<bool>();
            foreach (var result in results.EnumerateArray())
                verdicts.Add(VerdictOf(result, verdicts.Count + 1));
            wrong = $"it has {verdicts.Count} verdicts for {sentences} sentences";
            return verdicts.Count == sentences ? verdicts.ToImmutable() : null;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            wrong = exception.Message;
            return null;
        }
    }

    private static bool VerdictOf(JsonElement result, int number) =>
        result.TryGetProperty("sentence", out var sentence) && (sentence.ValueKind is not JsonValueKind.Number || sentence.GetInt32() != number)
            ? throw new FormatException($"entry {number} is about sentence {sentence}")
            : result.GetProperty("is_true").GetBoolean();
}
