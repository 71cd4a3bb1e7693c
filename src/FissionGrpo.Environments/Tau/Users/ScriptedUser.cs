using System.Collections.Immutable;
using FissionGrpo.Episodes;

namespace FissionGrpo.Environments.Tau.Users;

/// <summary>
/// A user without a model: tells the instruction sentence by sentence, answers the questions it understands from what the task knows, agrees
/// when asked to, and stops when there is nothing more to say, or after a bounded number of replies. Deterministic, and a fork is three numbers.
/// </summary>
internal sealed class ScriptedUser(UserScript script, string stop) : IUserSimulator
{
    /// <summary>Replies beyond the sentences and facts that there are to tell, so that a lost agent cannot hold the user for ever.</summary>
    private const int Patience = 8;

    private int _told;
    private int _factsTold;
    private int _replies;

    private int MostReplies => script.Sentences.Length + script.Facts.Length + Patience;

    /// <inheritdoc/>
    public string Name => "scripted";

    /// <inheritdoc/>
    public ValueTask<Message.Assistant> ReplyAsync(ImmutableArray<Message> news, CancellationToken cancel)
    {
        var heard = news is [.., Message.User user] ? user.Text : "";
        return ValueTask.FromResult(new Message.Assistant(Reply(heard), []));
    }

    /// <inheritdoc/>
    public IUserSimulator Fork() => new ScriptedUser(script, stop) { _told = _told, _factsTold = _factsTold, _replies = _replies };

    /// <summary>Counts a reply that is no talk, if there is patience left for one.</summary>
    public bool HasPatience() => _replies++ <= MostReplies;

    public string Reply(string heard)
    {
        if (_replies++ == 0)
            return NextSentence() ?? "Hello, I need your help.";
        if (_replies > MostReplies)
            return stop;

        var question = UserScript.Normalize(heard);
        var answers = new List<string>();
        for (var i = 0; i < script.Facts.Length; i++)
        {
            var fact = script.Facts[i];
            var known = (_factsTold & (1 << i)) != 0;
            if (!fact.IsAskedIn(question) || (known && !UserScript.AsksAgain(question)))
                continue;
            _factsTold |= 1 << i;
            answers.Add(fact.Answer);
        }
        if (answers.Count > 0)
            return string.Join(' ', answers);
        if (UserScript.AsksToConfirm(question))
            return "Yes, please go ahead.";
        if (NextSentence() is { } sentence)
            return sentence;
        return heard.Contains('?', StringComparison.Ordinal) && UserScript.AsksAgain(question)
            ? "I do not have that. Please do what you can with what I told you."
            : stop;
    }

    private string? NextSentence() => _told < script.Sentences.Length ? script.Sentences[_told++] : null;
}
