using System.Collections.Immutable;

namespace FissionGrpo.Environments.Workshop.Full;

/// <summary>MessageAPI: sending needs a login, and receivers go by ids that have to be looked up or known.</summary>
internal static class MessageWishes
{
    private const string Api = "MessageAPI";

    public static ImmutableArray<Wish> List { get; } =
    [
        new("message.send", 32, s =>
            {
                var text = s.Pools.Message(ref s.Rng);
                var to = Send(s, text);
                return to is null ? null : [("to", to), ("text", s.Quote(text))];
            },
            "send {to} the message {text}", "let {to} know: {text}", "drop {to} a line saying {text}", "write {text} to {to} by message")
        {
            Vague = ["send somebody the message {text}", "pass {text} on by message", "I want to message someone: {text}", "write {text} to one of my contacts"],
            Supply = ["It is for {to}.", "The receiver is {to}.", "Send it to {to}.", "{to} should get it."],
        },
        new("message.view", 14, s =>
            {
                Login(s);
                s.Do("view_messages_sent");
                return [];
            },
            "show me all messages that I have sent", "list what I have written so far in the workspace messages", "Which messages have gone out from me up to now?", "bring up my outgoing messages"),
        new("message.login", 5, s => s.Look(Api, "current_user").IsNone && Login(s) ? [] : null,
            "log me in to the messaging workspace", "sign me in to the message service", "I need to be logged in to my messages.", "open a session for me in the messaging system"),
        new("message.delete", 14, s =>
            {
                if (!s.TryLast("receiver", out var receiver))
                    return null;
                Login(s);
                s.Do("delete_message", ("receiver_id", Id(s, receiver)));
                s.Forget("receiver");
                return [("to", receiver)];
            },
            "delete the last message that I sent to {to}", "take back my latest message to {to}", "My last words to {to} were hasty; remove that message.", "withdraw the newest message for {to}"),
        new("message.add-contact", 3, s =>
            {
                var name = s.Pools.FirstName(ref s.Rng);
                if (s.Dict(Api, "user_map").ContainsKey(name))
                    return null;
                s.Do("add_contact", ("user_name", name));
                return [("name", name)];
            },
            "add {name} to my contacts", "make {name} a contact of mine", "{name} is new here; add this name to the workspace contacts.", "put {name} on my contact list")
        {
            Vague = ["add a new colleague to my contacts", "make somebody a contact of mine", "Someone is new here; add that name to the workspace contacts.", "put another person on my contact list"],
            Supply = ["The name is {name}.", "I mean {name}.", "It is {name}.", "{name} is who I have in mind."],
        },
        new("message.id", 0.5, s =>
            {
                var name = Person(s);
                s.Do("get_user_id", ("user", name));
                return [("name", name)];
            },
            "look up the user id of {name}", "tell me which id {name} has in the workspace", "What is {name}'s user id?", "fetch the id under which {name} is known"),
        new("message.users", 0.6, s =>
            {
                s.Do("list_users");
                return [];
            },
            "list everybody in the workspace", "name all users of the message workspace", "Who is in this workspace?", "give me the roll of workspace users"),
        new("message.search", 0.8, s =>
            {
                Login(s);
                var word = s.Pools.Message(ref s.Rng).Split(' ')[1];
                s.Do("search_messages", ("keyword", word));
                return [("word", s.Quote(word))];
            },
            "search my messages for {word}", "look for {word} in the messages", "Do any messages mention {word}?", "comb through the messages for {word}"),
        new("message.stats", 0.6, s =>
            {
                Login(s);
                s.Do("get_message_stats");
                return [];
            },
            "give me the statistics of my messages", "show the message statistics", "How do my message statistics look?", "report on my message counts"),
        new("message.status", 0.4, s =>
            {
                s.Do("message_get_login_status");
                return [];
            },
            "check whether I am logged in to the messages", "tell me the login status of the message system", "Am I signed in to the messaging workspace?", "verify my messaging login"),
    ];

    /// <summary>Logs the user in where nobody is.</summary>
    public static bool Login(Stage s)
    {
        if (!s.Look(Api, "current_user").IsNone)
            return true;
        var users = s.Dict(Api, "user_map");
        var at = s.Rng.Next(users.Count);
        s.Do("message_login", ("user_id", users.Values[at]));
        s.TellOnce("message user", s.OneOf($"My user id for messages is {users.Values[at]}.", $"In the message workspace I am {users.Values[at]}.", $"(I am user {users.Values[at]} in the messaging system.)"));
        return !s.Broken;
    }

    /// <summary>Sends a message; the words for the receiver.</summary>
    public static string? Send(Stage s, string text)
    {
        Login(s);
        var name = s.TryLast("receiver", out var last) && s.Rng.Chance(0.3) ? last : Person(s);
        var id = Id(s, name);
        if (id == $"{s.Look(Api, "current_user")}")
            return null;
        string said;
        if (s.TryLast("receiver", out last) && last == name)
        {
            said = s.OneOf("the same person", name);
        }
        else if (s.Rng.Chance(0.85))
        {
            said = s.OneOf($"{name}, whose id is {id},", $"user {id}", $"{name} (id {id})");
        }
        else
        {
            s.Do("get_user_id", ("user", name));
            said = s.OneOf($"{name} (look the id up first)", $"{name}, whose id you will have to look up,");
        }
        s.Do("send_message", ("receiver_id", id), ("message", text));
        s.Mention("receiver", name);
        return said;
    }

    private static string Id(Stage s, string name) => $"{s.Dict(Api, "user_map")[name]}";

    private static string Person(Stage s)
    {
        var users = s.Dict(Api, "user_map");
        return $"{users.Keys[s.Rng.Next(users.Count)]}";
    }
}
