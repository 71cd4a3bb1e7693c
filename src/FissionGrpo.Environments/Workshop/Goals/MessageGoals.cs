using System.Collections.Immutable;
using FissionGrpo.Episodes;

namespace FissionGrpo.Environments.Workshop;

/// <summary>What someone wants of a workspace for messages.</summary>
internal static class MessageGoals
{
    public static readonly ImmutableArray<GoalTemplate> All =
    [
        new("message.send", WorkshopApi.Message, ["message-login", "receiver-name"], ["receiver-name", "new-contact"], 2, Send),
        new("message.delete", WorkshopApi.Message, ["message-login", "receiver-name"], ["receiver-name"], 1, Delete),
        new("message.search", WorkshopApi.Message, ["message-login"], [], 1, Search),
        new("message.view", WorkshopApi.Message, ["message-login"], [], 0, View),
        new("message.stats", WorkshopApi.Message, ["message-login"], [], 0, Stats),
        new("message.contact", WorkshopApi.Message, ["contact-exists"], [], 1, Contact),
        new("message.id", WorkshopApi.Message, [], [], 1, Id),
    ];

    private static Goal? Send(Draft draft, BlockerSet blockers)
    {
        if (blockers.Has("new-contact") && !blockers.Has("receiver-name"))
            return null;
        var text = draft.Word("message");
        var receiver = Receiver(draft, blockers, !blockers.Has("new-contact"));
        return WithLogin(draft, blockers, "message.send", draft.Say("message.send", $"\"{text}\"", $"\"{receiver}\""),
            ToolCall.Of("send_message", ("receiver_id", receiver), ("message", text)), reads: false, [ByName]);
    }

    private static Goal Delete(Draft draft, BlockerSet blockers)
    {
        var receiver = Receiver(draft, blockers, known: true, out var id);
        draft.Message.Send(id, draft.SceneWord());
        return WithLogin(draft, blockers, "message.delete", draft.Say("message.delete", $"\"{receiver}\""),
            ToolCall.Of("delete_message", ("receiver_id", receiver)), reads: false, [ByName]);
    }

    private static Goal Search(Draft draft, BlockerSet blockers)
    {
        var word = draft.Word("keyword");
        draft.Message.Send(draft.Message.Add(draft, draft.SceneWord()), word);
        return WithLogin(draft, blockers, "message.search", draft.Say("message.search", $"\"{word}\""),
            ToolCall.Of("search_messages", ("keyword", word)), reads: true, []);
    }

    private static Goal View(Draft draft, BlockerSet blockers) =>
        WithLogin(draft, blockers, "message.view", draft.Say("message.view"), ToolCall.Of("view_messages_sent"), reads: true, []);

    private static Goal Stats(Draft draft, BlockerSet blockers) =>
        WithLogin(draft, blockers, "message.stats", draft.Say("message.stats"), ToolCall.Of("get_message_stats"), reads: true, []);

    private static Goal Contact(Draft draft, BlockerSet blockers)
    {
        var right = draft.Word("contact");
        var first = right;
        var otherwise = "";
        if (blockers.Has("contact-exists"))
        {
            first = draft.Word("known contact");
            draft.Message.Add(draft, first);
            otherwise = $" or \"{right}\" if that fails";
        }
        else if (draft.Rng.Chance(0.25))
        {
            otherwise = $" or \"{draft.Word("contact")}\" if that fails";
        }
        return new(
            "message.contact", draft.Say("message.contact", $"\"{first}\"") + otherwise, ToolCall.Of("add_contact", ("user_name", first)), false,
            [Mend.Change("contact-exists", "already exists", "user_name", right)]);
    }

    private static Goal Id(Draft draft, BlockerSet blockers)
    {
        var name = draft.Word("name to look up");
        draft.Message.Add(draft, name);
        return new("message.id", draft.Say("message.id", $"\"{name}\""), ToolCall.Of("get_user_id", ("user", name)), true, []);
    }

    private static string Receiver(Draft draft, BlockerSet blockers, bool known) => Receiver(draft, blockers, known, out _);

    /// <summary>How the user names the receiver: by id, or by name where the tool will not have it.</summary>
    private static string Receiver(Draft draft, BlockerSet blockers, bool known, out string id)
    {
        var byName = blockers.Has("receiver-name");
        var name = byName ? draft.Word("receiver") : draft.SceneWord();
        id = known ? draft.Message.Add(draft, name, byName ? null : draft.Number("receiver id")) : "";
        return byName ? name : id;
    }

    /// <summary>A name where an id belongs: look it up, and add the person first when the workspace does not know it.</summary>
    private static Mend ByName { get; } = new("receiver-name", "Receiver ID", (oracle, failed) =>
    {
        var name = failed.Call["receiver_id"]!.Value.GetString()!;
        var answer = oracle.Make(ToolCall.Of("get_user_id", ("user", name)));
        return answer is null ? null : failed.Call.With("receiver_id", ResultText.Member(answer, "user_id"));
    });

    private static Goal WithLogin(
        Draft draft, BlockerSet blockers, string kind, string text, ToolCall call, bool reads, ImmutableArray<Mend> mends)
    {
        draft.Claim(ref draft.Message.LoggedIn, !blockers.Has("message-login"));
        var user = draft.Message.User ??= draft.Message.Add(draft, draft.SceneWord(), draft.Number("own id"));
        return new(
            kind, text, call, reads,
            [
                Mend.After("message-login", "No user is currently logged in", ToolCall.Of("message_login", ("user_id", user))),
                new("new-contact", "not found in the workspace", (oracle, failed) =>
                    oracle.Make(ToolCall.Of("add_contact", ("user_name", failed.Call["user"]!.Value))) is null ? null : failed.Call),
                .. mends,
            ])
        {
            Aside = $"i am \"{user}\"",
        };
    }
}
