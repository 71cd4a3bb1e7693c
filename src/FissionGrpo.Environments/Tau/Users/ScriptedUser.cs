using System.Collections.Immutable;
using FissionGrpo.Episodes;

namespace FissionGrpo.Environments.Tau.Users;

/// <summary>
/// A user without a model: tells the instruction sentence by sentence, answers the questions it understands from what the task knows, agrees
/// when asked to, and stops when there is nothing more to say, or after a bounded number of replies. Deterministic, and a fork is three numbers.
/// </summary>
internal sealed class ScriptedUser : IUserSimulator
{
    /// <summary>Replies beyond the sentences and facts that there are to tell, so that a lost agent cannot hold the user for ever.</summary>
    private const int Patience = 8;

    private readonly UserScript _script;
    private int _told;
    private int _factsTold;
    private int _replies;

    public ScriptedUser(UserScript script) => _script = script;

    /// <inheritdoc/>
    public string Name => "scripted";

    /// <inheritdoc/>
    public ValueTask<Message.Assistant> ReplyAsync(ImmutableArray<Message> news, CancellationToken cancel)
    {
        var heard = news is [.., Message.User user] ? user.Text : "";
        return ValueTask.FromResult(new Message.Assistant(Reply(heard), []));
    }

    /// <inheritdoc/>
    public IUserSimulator Fork() => new ScriptedUser(_script) { _told = _told, _factsTold = _factsTold, _replies = _replies };

    private string Reply(string heard)
    {
        if (_replies++ == 0)
            return NextSentence() ?? "Hello, I need your help.";
        if (_replies > _script.Sentences.Length + _script.Facts.Length + Patience)
            return TauEnvironment.Stop;

        var question = UserScript.Normalize(heard);
        var answers = new List<string>();
        for (var i = 0; i < _script.Facts.Length; i++)
        {
            var fact = _script.Facts[i];
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
            : TauEnvironment.Stop;
    }

    private string? NextSentence() => _told < _script.Sentences.Length ? _script.Sentences[_told++] : null;
}
