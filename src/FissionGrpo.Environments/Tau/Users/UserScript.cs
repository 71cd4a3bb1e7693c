using System.Collections.Immutable;
using System.Text.Json;
using System.Text.RegularExpressions;
using FissionGrpo.Environments.Tau.State;
using FissionGrpo.Environments.Tau.Tasks;
using FissionGrpo.Episodes;

namespace FissionGrpo.Environments.Tau.Users;

/// <summary>Something the user can be asked for.</summary>
/// <param name="Cues">Words of a question that ask for it, in lower case between blanks.</param>
/// <param name="Answer">What the user then says.</param>
internal sealed record UserFact(ImmutableArray<string> Cues, string Answer)
{
    public bool IsAskedIn(string question) => Cues.Any(cue => question.Contains(cue, StringComparison.Ordinal));
}

/// <summary>What the scripted user of a task says: the sentences of the instruction in the first person, and answers to questions.</summary>
internal sealed partial record UserScript(ImmutableArray<string> Sentences, ImmutableArray<UserFact> Facts)
{
    public static UserScript Of(TauTask task)
    {
        var facts = ImmutableArray.CreateBuilder<UserFact>();
        var user = task.Domain.Database.Tables[2].Find(task.UserId)?.Fields;
        var name = user?.Find("name") is Value.Dict names ? $"{Text(names.Find("first_name"))} {Text(names.Find("last_name"))}" : "";
        if (task.Domain.Name == "retail" && user?.Find("address") is Value.Dict address)
            facts.Add(new UserFact([" name ", " zip ", " identity ", " verify ", " authenticate "], $"My name is {name} and my zip code is {Text(address.Find("zip"))}."));
        if (task.Domain.Name == "retail" && Text(user?.Find("email")) is { Length: > 0 } email)
            facts.Add(new UserFact([" email ", " e mail "], $"My email address is {email}."));
        facts.Add(new UserFact([" user id ", " userid ", " account id ", " customer id "], $"My user id is {task.UserId}."));
        AddFacts(facts, task.Actions);
        return new UserScript([.. Split(task.Instruction).Where(sentence => !IsIdentity(sentence, name, task.UserId)).Select(InFirstPerson)], facts.ToImmutable());
    }

    /// <summary>What the ground-truth calls say about orders, payments and reasons.</summary>
    public static void AddFacts(ImmutableArray<UserFact>.Builder facts, ImmutableArray<ToolCall> calls)
    {
        Add(facts, calls, "order_id", [" order id ", " order ids ", " order number ", " which order "], ids => $"It is about {ids}.");
        Add(facts, calls, "reservation_id", [" reservation id ", " reservation number ", " which reservation ", " booking id "], ids => $"It is about reservation {ids}.");
        Add(facts, calls, "payment_method_id", [" payment ", " refund to ", " refunded to ", " card "], ids => $"Please use {ids}.");
        Add(facts, calls, "payment_id", [" payment ", " refund to ", " refunded to ", " card "], ids => $"Please use {ids}.");
        Add(facts, calls, "reason", [" reason ", " why "], reasons => $"The reason is: {reasons}.");
    }

    /// <summary>The sentences of a text, in the first person.</summary>
    public static ImmutableArray<string> SentencesOf(string text) => [.. Split(text).Select(InFirstPerson)];

    /// <summary>A text that speaks to the user, as the user speaks of themselves.</summary>
    public static string ToFirstPerson(string text) => string.Join(' ', SentencesOf(text));

    /// <summary>Lower case, one blank between words and around the whole.</summary>
    public static string Normalize(string text) => $" {NotAWord().Replace(text.ToLowerInvariant(), " ").Trim()} ";

    public static bool AsksToConfirm(string question) => Confirmation().IsMatch(question);

    public static bool AsksAgain(string question) => Request().IsMatch(question);

    private static void Add(ImmutableArray<UserFact>.Builder facts, ImmutableArray<ToolCall> calls, string argument, ImmutableArray<string> cues, Func<string, string> answer)
    {
        var values = calls
            .Select(action => action[argument])
            .Where(value => value is { ValueKind: JsonValueKind.String })
            .Select(value => value!.Value.GetString()!)
            .Distinct(StringComparer.Ordinal)
            .ToList();
        if (values.Count > 0)
            facts.Add(new UserFact(cues, answer(string.Join(" and ", values))));
    }

    private static bool IsIdentity(string sentence, string name, string userId) =>
        sentence.Length < 100
        && ((name.Length > 1 && sentence.Contains(name, StringComparison.Ordinal)) || sentence.Contains(userId, StringComparison.Ordinal))
        && !sentence.Contains('#', StringComparison.Ordinal);

    private static IEnumerable<string> Split(string instruction) =>
        SentenceEnd().Split(instruction).Select(sentence => sentence.Trim()).Where(sentence => sentence.Length > 0);

    /// <summary>The instruction speaks to the user (<c>You want your order …</c>); the user speaks of themselves.</summary>
    private static string InFirstPerson(string sentence)
    {
        var text = YouAre().Replace(sentence, match => match.Value.EndsWith("were", StringComparison.Ordinal) ? "I was" : "I am");
        text = YouAsObject().Replace(text, "$1 me");
        return You().Replace(text, match => match.Value switch
        {
            "Your" => "My",
            "your" => "my",
            "Yours" or "yours" => "mine",
            "Yourself" or "yourself" => "myself",
            _ => "I",
        });
    }

    private static string Text(Value? value) => value is null ? "" : ValueText.Str(value);

    [GeneratedRegex("[^a-z0-9#']+")]
    private static partial Regex NotAWord();

    [GeneratedRegex(@" (confirm|proceed|go ahead|yes|correct|agree|would you like|shall i|should i|do you want|is that (right|ok|okay)) ")]
    private static partial Regex Confirmation();

    [GeneratedRegex(@" (provide|again|could you|can you|may i have|what is|what's|tell me|need your|share|which) ")]
    private static partial Regex Request();

    [GeneratedRegex(@"(?<=[.!?])\s+(?=[""'#A-Z0-9])")]
    private static partial Regex SentenceEnd();

    [GeneratedRegex(@"\b[Yy]ou(?:'re| are| were)\b")]
    private static partial Regex YouAre();

    [GeneratedRegex(@"\b(to|for|with|of|from|give|tell|send|let|help|offer|asks?|gives?|tells?|offers?|charges?)\s+you\b(?!\s+(?:want|have|are|can|need|would|like|do|did|will|should)\b)")]
    private static partial Regex YouAsObject();

    [GeneratedRegex(@"\b[Yy]ou(?:rself|rs|r)?\b")]
    private static partial Regex You();
}
