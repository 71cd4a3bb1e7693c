using System.Collections.Immutable;
using FissionGrpo.Environments.Python;

namespace FissionGrpo.Environments.Workshop.Full;

/// <summary>TicketAPI: creating and listing need a login.</summary>
internal static class TicketWishes
{
    private const string Api = "TicketAPI";

    public static ImmutableArray<Wish> List { get; } =
    [
        new("ticket.create", 18, s =>
            {
                Login(s);
                var title = s.Pools.TicketTitle(ref s.Rng);
                var described = s.Rng.Chance(0.5);
                var description = s.Pools.Sentence(ref s.Rng);
                var priority = s.Rng.Next(1, 6);
                var ticket = described
                    ? s.Do("create_ticket", ("title", title), ("description", description), ("priority", priority))
                    : s.Do("create_ticket", ("title", title), ("priority", priority));
                s.Mention("ticket", $"{ticket["id"]}");
                var words = described ? s.OneOf($", described as {s.Quote(description)}", $" and the description {s.Quote(description)}") : "";
                return [("title", s.Quote(title)), ("priority", Priority(s, priority)), ("description", words)];
            },
            "open a ticket titled {title} with {priority}{description}", "file a ticket under the title {title} with {priority}{description}",
            "We need a ticket called {title} with {priority}{description}.", "register a new ticket, {title}, with {priority}{description}")
        {
            Vague = ["open a ticket with {priority}{description}", "file a ticket for me with {priority}{description}", "We need another ticket with {priority}{description}.", "register a new ticket with {priority}{description}"],
            Supply = ["The title is {title}.", "Title it {title}.", "It should be called {title}.", "Use {title} as the title."],
        },
        new("ticket.resolve", 8, s => OnTicket(s, t => Status(t) is not ("Resolved" or "Closed"), (id, said) =>
            {
                var resolution = s.Pools.Resolution(ref s.Rng);
                s.Do("resolve_ticket", ("ticket_id", id), ("resolution", resolution));
                return [("ticket", said), ("resolution", s.Quote(resolution))];
            }),
            "resolve {ticket} with the resolution {resolution}", "mark {ticket} as resolved, noting {resolution}", "{ticket} is done; resolve it with {resolution} as the resolution.", "settle {ticket} and record {resolution} as its resolution")
        {
            Vague = ["resolve {ticket}", "mark {ticket} as resolved and say how", "{ticket} is done; resolve it with a proper resolution text.", "settle {ticket}, with a note on how"],
            Supply = ["The resolution is {resolution}.", "Write {resolution} as the resolution.", "Note {resolution}.", "Put down {resolution}."],
        },
        new("ticket.get", 7, s => OnTicket(s, _ => true, (id, said) =>
            {
                s.Do("get_ticket", ("ticket_id", id));
                return [("ticket", said)];
            }),
            "show me the details of {ticket}", "pull up {ticket}", "What is in {ticket}?", "fetch {ticket} so that I can read it")
        {
            Vague = ["show me the details of one of the tickets", "pull up a ticket", "What is in the ticket I have in mind?", "fetch a ticket so that I can read it"],
            Supply = ["I mean the one with the id {id}.", "Its id is {id}.", "It is number {id}.", "Take {id}."],
        },
        new("ticket.close", 5, s => OnTicket(s, t => Status(t) != "Closed", (id, said) =>
            {
                s.Do("close_ticket", ("ticket_id", id));
                return [("ticket", said)];
            }),
            "close {ticket}", "shut {ticket} for good", "{ticket} is no longer needed; close it.", "set {ticket} to closed"),
        new("ticket.edit", 3, s => OnTicket(s, _ => true, (id, said) =>
            {
                var priority = s.Rng.Next(1, 6);
                var retitled = s.Rng.Chance(0.4);
                var title = s.Pools.TicketTitle(ref s.Rng);
                s.Do("edit_ticket", ("ticket_id", id), ("updates", retitled ? new PyDict(("title", title)) : new PyDict(("priority", priority))));
                return [("ticket", said), ("change", retitled ? $"its title becomes {s.Quote(title)}" : s.OneOf($"its priority becomes {priority}", $"it has priority {priority} from now on"))];
            }),
            "edit {ticket} so that {change}", "update {ticket}: {change}", "Please change {ticket}; {change}.", "amend {ticket}, such that {change}"),
        new("ticket.login", 4, s => s.Look(Api, "current_user").IsNone && Login(s) ? [] : null,
            "log me in to the ticket system", "sign me in where the tickets are kept", "I need access to the ticket desk.", "start a ticket system session for me"),
        new("ticket.mine", 1, s =>
            {
                Login(s);
                if (s.Rng.Chance(0.5))
                    s.Do("get_user_tickets", ("status", "Open"));
                else
                    s.Do("get_user_tickets");
                return [("which", s.Calls[^1].Contains("Open", StringComparison.Ordinal) ? "open tickets" : "tickets, whatever their status")];
            },
            "list my {which}", "show me all my {which}", "Which are my {which}?", "gather my {which}"),
        new("ticket.status", 0.5, s =>
            {
                s.Do("ticket_get_login_status");
                return [];
            },
            "check whether I am logged in to the ticket system", "tell me my login status at the ticket desk", "Am I signed in to the ticket system?", "verify the ticket system login"),
        new("ticket.logout", 1, s =>
            {
                if (s.Look(Api, "current_user").IsNone)
                    return null;
                s.Do("logout");
                return [];
            },
            "log me out of the ticket system", "end my ticket session", "I am through with tickets; sign me out there.", "close my session at the ticket desk"),
    ];

    public static bool Login(Stage s)
    {
        if (!s.Look(Api, "current_user").IsNone)
            return true;
        var (user, password) = (s.Pools.UserName(ref s.Rng), s.Pools.Password(ref s.Rng));
        if (s.TryLast("ticket user", out var known))
            (user, password) = (known.Split(' ')[0], known.Split(' ')[1]);
        s.Mention("ticket user", $"{user} {password}");
        s.Do("ticket_login", ("username", user), ("password", password));
        s.TellOnce("ticket user", s.OneOf(
            $"My ticket system login is '{user}' with the password '{password}'.", $"For the tickets, my username is '{user}' and my password '{password}'.", $"(Ticket desk credentials: {user} / {password})"));
        return !s.Broken;
    }

    private static (string, string)[]? OnTicket(Stage s, Func<PyValue, bool> suits, Func<PyValue, string, (string, string)[]> act)
    {
        var queue = s.List(Api, "ticket_queue");
        var last = s.TryLast("ticket", out var id) ? id : null;
        PyDict? chosen = null;
        foreach (var item in queue.Items)
            if (item.TryGet<PyDict>(out var ticket) && suits(item) && (chosen is null || $"{ticket["id"]}" == last || (last is null && s.Rng.Chance(0.5))))
                chosen = ticket;
        if (chosen is null)
            return null;
        var plain = s.OneOf($"ticket {chosen["id"]}", $"ticket number {chosen["id"]}", $"the ticket with the id {chosen["id"]}");
        var number = $"{chosen["id"]}";
        return [.. act(chosen["id"], s.Refer("ticket", number, plain, "that ticket", "the ticket")), ("id", number)];
    }

    private static string Status(PyValue ticket) => $"{((PyDict)ticket.Reference!)["status"]}";

    private static string Priority(Stage s, int priority) => priority == 5 && s.Rng.Chance(0.4)
        ? "the highest priority, which is 5" : priority == 1 && s.Rng.Chance(0.4) ? "the lowest priority (1)" : s.OneOf($"priority {priority}", $"a priority of {Phrases.Small(priority)}");
}
