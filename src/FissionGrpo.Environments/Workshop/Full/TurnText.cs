using System.Collections.Frozen;
using System.Collections.Immutable;
using FissionGrpo.Seeds;

namespace FissionGrpo.Environments.Workshop.Full;

/// <summary>Makes a user's message out of what is wished: clauses get a frame and connectives, sentences stand for themselves.</summary>
internal static class TurnText
{
    private static readonly ImmutableArray<string> Frames =
    [
        "Please {c}.", "Could you {c}?", "I would like you to {c}.", "Would you {c}, please?", "{c}.", "I need you to {c}.", "Can you {c}?", "Be so kind and {c}.", "Kindly {c}.", "It would help me a lot if you could {c}.",
        "Go ahead and {c}.", "May I ask you to {c}?", "I want you to {c}.", "Here is what I need: {c}.", "Would it be possible to {c}?", "Help me out here and {c}.",
    ];

    private static readonly ImmutableArray<string> Openers =
        ["Now to something else.", "On to the next thing.", "All right.", "One more thing.", "Good.", "Thanks.", "Moving on.", "Splendid.", "That is settled then.", "And now something else.", "Very well.", "Perfect, thank you."];

    private static readonly ImmutableArray<string> Preambles =
    [
        "The week has been long and I would rather not do this by hand.", "Before the others arrive, there is something to take care of.", "My notes are a mess today, so I rely on you.", "This has been on my list since Monday.",
        "There is not much time left until the meeting.", "I promised my sister to have this done by tonight.", "Somebody asked me about this over lunch.", "I am preparing for a small trip to the coast.", "The boss wants to see progress on this.",
        "After a night of little sleep I had better double-check everything.", "We are getting ready for the lantern fair.", "It is raining, so I finally find the time for this.", "My coffee is getting cold while I think about this.", "Our club elected me to look after such things.",
        "I am trying to be more organised this year.", "Things are moving quickly over here.", "Everything has to be in order before the inspection.", "I have the feeling that I forgot something.", "The neighbours keep asking, so let us get on with it.", "Let me tell you what is next on my mind.",
    ];

    /// <summary>Sentences that go before a wish of a class.</summary>
    private static readonly FrozenDictionary<string, ImmutableArray<string>> ByClass = new Dictionary<string, ImmutableArray<string>>
    {
        ["GorillaFileSystem"] =
        [
            "I am clearing up the shared drive before the new volunteers start on Monday.", "The notes of the last survey are scattered all over these folders.", "While going through the old paperwork I noticed that our files need some care.",
            "The librarian has asked me to bring some order into this directory tree.", "Half of the club's records live here, and nobody knows any more what is in them.", "I am putting together a handout and the raw material is somewhere in these folders.",
            "Before the drive goes into the archive I want to be sure about its contents.", "We promised to hand over a tidy set of documents at the end of the month.",
        ],
        ["MathAPI"] =
        [
            "For the club's yearly report I need a figure that I would rather not work out in my head.", "The treasurer wants exact numbers this time, and my calculator has run out of battery.", "I am checking my daughter's homework and want to be certain of the result.",
            "The measurements from the workshop are in, so let us see what they say.", "A quick calculation would settle the argument we had over lunch.", "There is one number missing in my spreadsheet, and it has to be right.",
            "My estimate looks odd, which is why I want a proper calculation.", "The formula on the poster seems wrong to me, so let us compute it afresh.",
        ],
        ["MessageAPI"] =
        [
            "The team has been waiting to hear from me since this morning.", "Communication in our workshop runs entirely through the workspace messages.", "I do not want anybody to be left out of the loop.",
            "My phone is at the repair shop, so messages have to go through you today.", "There was some confusion yesterday about who told what to whom.", "With everyone away on site, a short message is the best way to reach people.",
            "Our colleagues abroad are about to start their day, so it is a good moment to write.", "I like to keep a record of what has been said to whom.",
        ],
        ["TwitterAPI"] =
        [
            "Our little society has more followers online than members in the village.", "I try to keep the account of the museum lively without overdoing it.", "Word about our work travels fastest through social media these days.",
            "The people who follow us love to hear what is going on.", "It has been quiet on our account for far too long.", "A journalist told me that our posts are how she finds her stories.",
            "The autumn campaign depends on people talking about it online.", "My nephew says that one has to post regularly to be noticed.",
        ],
        ["TicketAPI"] =
        [
            "Our maintenance desk keeps track of everything with tickets.", "The list of open issues grows faster than we can work it off.", "Whatever is not written down in a ticket will be forgotten by tomorrow.",
            "The caretaker has reminded me twice to use the ticket system properly.", "We have a meeting about open issues this afternoon.", "Something went wrong last night, and it should be documented.",
            "I am on duty at the help desk this week.", "The new colleague has to find everything in the ticket system when he takes over.",
        ],
        ["TradingBot"] =
        [
            "I have put a little money aside and watch the markets over breakfast.", "My investment club meets tonight and expects me to be prepared.", "The markets have been restless lately, so I want to keep a close eye on things.",
            "After reading the morning papers I have some thoughts about my portfolio.", "My grandmother left me a few shares and the advice to stay curious.", "I am rebalancing what I hold before the quarter ends.",
            "A friend keeps talking about this at dinner, and now I want to know more.", "Since the last earnings season I have been meaning to look into this.",
        ],
        ["TravelAPI"] =
        [
            "After a long winter the whole family is ready for a change of scenery.", "I am travelling on behalf of the choir and have to keep an eye on the expenses.", "The conference organisers want to know my travel plans by the end of the day.",
            "My sister is getting married far away and I would not miss it for the world.", "Travelling with a cello takes more planning than one might think.", "The journey has been in the making for months, and now it is getting serious.",
            "I have never been good at organising trips, so your help is most welcome.", "Between two exhibitions I have just enough time for a journey.",
        ],
        ["VehicleControlAPI"] =
        [
            "The car has been standing in the yard for weeks and we are finally going somewhere.", "Tomorrow I am driving the exhibits to the museum, so the car has to be in good shape.", "The children are already packed and asking when we will leave.",
            "I have borrowed my aunt's car and do not know all of its habits yet.", "The roads are icy this morning and I want to be careful.", "It is a long drive to the festival grounds, and I would like to be prepared.",
            "The garage told me to keep an eye on this car.", "We are taking turns at the wheel, and it is my shift now.",
        ],
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private static readonly ImmutableArray<string> Closers =
    [
        "I count on you.", "That would put my mind at rest.", "Take your time, but do it carefully.", "I will wait for your answer.", "No need to explain every step.", "This matters to me more than it may seem.", "Afterwards I can finally relax.", "You would be doing me a great favour.",
        "I will tell you afterwards what comes next.", "Just do what it takes.", "That should be everything for the moment.", "Let me know what comes out of it.",
    ];

    private static readonly ImmutableArray<string> Apologies =
    [
        "Sorry, I left that out.", "You are right to ask.", "Oh, that was missing.", "I should have said so at once.", "Of course, you cannot know that.", "My mistake, here is what you need.", "Right, you need to know one thing more.", "Pardon me for being so vague.",
    ];

    private static readonly ImmutableArray<(string First, string Next)> Pairs =
    [
        ("First {c}", ", then {c}"), ("Please {c}", " and after that {c}"), ("{c}", ", and once that is done {c}"), ("I would like you to {c}", ", and then to {c}"), ("Could you {c}", " and afterwards {c}"), ("To begin with, {c}", "; following that, {c}"),
        ("I need you to {c}", "; when you are through with it, {c}"), ("Kindly {c}", " and right after that {c}"),
    ];

    private static readonly ImmutableArray<string> Connectives = ["Also: ", "Besides, ", "In addition, ", "On top of that, ", "Furthermore, ", "Then there is this: ", "Apart from that, ", "And another thing: "];

    /// <summary>One message.</summary>
    /// <param name="wishes">What is wished, the wordings filled in.</param>
    /// <param name="asides">Sentences that the message ends with.</param>
    /// <param name="about">The class that the turn is about.</param>
    /// <param name="said">What the dialogue has said already; no phrase around the wishes is said twice.</param>
    /// <param name="isFirst">The first turn of the dialogue.</param>
    /// <param name="heldOut">Use the frames that training never sees.</param>
    /// <param name="rng">The attempt's generator.</param>
    public static string Compose(IReadOnlyList<string> wishes, IReadOnlyList<string> asides, string about, HashSet<string> said, bool isFirst, bool heldOut, ref SampleRng rng)
    {
        var parts = new List<string>();
        if (rng.Chance(0.4) && ByClass.TryGetValue(about, out var fitting))
            AddNew(fitting, ref rng);
        else if (rng.Chance(0.35))
            AddNew(Preambles, ref rng);
        else if (!isFirst && rng.Chance(0.35))
            parts.Add(Wish.Choose(Openers, heldOut, ref rng));
        parts.Add(Body(wishes, heldOut, ref rng));
        parts.AddRange(asides);
        if (rng.Chance(0.4))
            AddNew(Closers, ref rng);
        return string.Join(' ', parts);

        void AddNew(ImmutableArray<string> choices, ref SampleRng rng)
        {
            if (Wish.Choose(choices, heldOut, ref rng) is var sentence && said.Add(sentence))
                parts.Add(sentence);
        }
    }

    /// <summary>The message that supplies what the one before left out.</summary>
    public static string Supply(string wording, bool heldOut, ref SampleRng rng) => $"{Wish.Choose(Apologies, heldOut, ref rng)} {Ended(Capital(wording), false)}";

    private static string Body(IReadOnlyList<string> wishes, bool heldOut, ref SampleRng rng)
    {
        if (wishes.Count == 2 && !IsSentence(wishes[0]) && !IsSentence(wishes[1]))
        {
            var allowed = Pairs.Where((_, i) => i % 4 == 3 == heldOut).ToArray();
            var (first, next) = rng.Pick<(string, string)>(allowed);
            return Ended(Capital(first.Replace("{c}", wishes[0], StringComparison.Ordinal) + next.Replace("{c}", wishes[1], StringComparison.Ordinal)), first.StartsWith("Could", StringComparison.Ordinal));
        }
        var sentences = new List<string>();
        for (var i = 0; i < wishes.Count; i++)
        {
            var sentence = IsSentence(wishes[i]) ? Capital(wishes[i]) : Capital(Wish.Choose(Frames, heldOut, ref rng).Replace("{c}", wishes[i], StringComparison.Ordinal));
            sentences.Add(i > 0 && !IsSentence(wishes[i]) && rng.Chance(0.8) ? Wish.Choose(Connectives, heldOut, ref rng) + wishes[i] + "." : Ended(sentence, false));
        }
        return string.Join(' ', sentences);
    }

    /// <summary>Ends like one, or begins like one.</summary>
    private static bool IsSentence(string wording) => wording[^1] is '.' or '?' or '!' || char.IsUpper(wording[0]);

    public static string Capital(string text) => char.IsLower(text[0]) ? char.ToUpperInvariant(text[0]) + text[1..] : text;

    public static string Ended(string text, bool isQuestion) => text[^1] is '.' or '?' or '!' || (text.Length > 1 && text[^1] is '\'' or '"' && text[^2] is '.' or '?' or '!') ? text : text + (isQuestion ? "?" : ".");
}
