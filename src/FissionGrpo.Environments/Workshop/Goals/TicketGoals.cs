using System.Collections.Immutable;
using System.Globalization;
using FissionGrpo.Episodes;
using static FissionGrpo.Environments.Workshop.WorkshopApi;

namespace FissionGrpo.Environments.Workshop;

/// <summary>What someone wants of a ticket queue.</summary>
internal static class TicketGoals
{
    private static readonly (string Word, int Value)[] Priorities = [("low", 1), ("medium", 3), ("high", 5)];

    public static readonly ImmutableArray<GoalTemplate> All =
    [
        new("ticket.create", Ticket, ["ticket-login", "priority-range", "priority-word"], ["priority-range", "priority-word"], 1, Create),
        new("ticket.get", Ticket, [], [], 1, Get),
        new("ticket.close", Ticket, ["closed"], [], 1, Close),
        new("ticket.resolve", Ticket, ["resolved"], [], 2, Resolve),
        new("ticket.retitle", Ticket, [], [], 2, Retitle),
        new("ticket.priority", Ticket, [], [], 2, Prioritise),
        new("ticket.logout", Ticket, [], [], 0, Logout),
    ];

    private static Goal? Create(Draft draft, BlockerSet blockers)
    {
        if (blockers.Has("priority-range") && blockers.Has("priority-word"))
            return null;
        draft.Claim(ref draft.Ticket.LoggedIn, !blockers.Has("ticket-login"));
        var user = draft.Ticket.User ??=
            (draft.Word("ticket user"), draft.Number("ticket password").ToString(CultureInfo.InvariantCulture));
        var title = draft.Word("ticket title");
        var word = draft.Rng.Pick<(string Word, int Value)>(Priorities);
        object said = blockers.Has("priority-word") ? word.Word : blockers.Has("priority-range") ? draft.Number("wrong priority") : draft.Rng.Next(1, 6);
        var right = said is int number && number > 5 ? draft.Rng.Next(1, 6) : said is string ? word.Value : (int)said;
        var otherwise = blockers.Has("priority-range") ? $" or {right} if that fails"
            : said is int && draft.Rng.Chance(0.25) ? $" or {draft.Rng.Next(1, 6)} if that fails" : "";
        return new(
            "ticket.create",
            draft.Say("ticket.create", $"\"{title}\"", said is string ? $"\"{said}\"" : said) + otherwise,
            ToolCall.Of("create_ticket", ("title", title), ("priority", said)),
            false,
            [
                Mend.After("ticket-login", "User not authenticated", ToolCall.Of("ticket_login", ("username", user.Name), ("password", user.Password))),
                Mend.Change("priority-range", "Invalid priority", "priority", right),
                Mend.Change("priority-word", "not supported between instances of 'str' and 'int'", "priority", right),
            ])
        {
            Aside = $"my ticket login is \"{user.Name}\" \"{user.Password}\"",
        };
    }

    private static Goal Get(Draft draft, BlockerSet blockers)
    {
        var id = draft.Number("ticket to show");
        draft.Ticket.Add(id, draft.SceneWord(), "Open");
        return new("ticket.get", draft.Say("ticket.get", id), ToolCall.Of("get_ticket", ("ticket_id", id)), true, []);
    }

    private static Goal Close(Draft draft, BlockerSet blockers)
    {
        var right = draft.Number("ticket to close");
        draft.Ticket.Add(right, draft.SceneWord(), "Open");
        var first = right;
        var otherwise = "";
        if (blockers.Has("closed"))
        {
            first = draft.Number("closed ticket");
            draft.Ticket.Add(first, draft.SceneWord(), "Closed");
            otherwise = $" or {right} if that fails";
        }
        else if (draft.Rng.Chance(0.25))
        {
            var other = draft.SceneNumber();
            draft.Ticket.Add(other, draft.SceneWord(), "Open");
            otherwise = $" or {other} if that fails";
        }
        return new(
            "ticket.close", draft.Say("ticket.close", first) + otherwise, ToolCall.Of("close_ticket", ("ticket_id", first)), false,
            [Mend.Change("closed", "is already closed", "ticket_id", right)]);
    }

    private static Goal Resolve(Draft draft, BlockerSet blockers)
    {
        var id = draft.Number("ticket to resolve");
        var resolution = draft.Word("resolution");
        var again = blockers.Has("resolved");
        draft.Ticket.Add(id, draft.SceneWord(), again ? "Resolved" : "Open", again ? draft.SceneWord() : null);
        var reopen = again || draft.Rng.Chance(0.25) ? " and reopen it if needed" : "";
        return new(
            "ticket.resolve",
            draft.Say("ticket.resolve", id, $"\"{resolution}\"") + reopen,
            ToolCall.Of("resolve_ticket", ("ticket_id", id), ("resolution", resolution)),
            false,
            [
                Mend.After("resolved", "is already resolved",
                    ToolCall.Of("edit_ticket", ("ticket_id", id), ("updates", new Dictionary<string, string> { ["status"] = "Open" }))),
            ]);
    }

    private static Goal Retitle(Draft draft, BlockerSet blockers)
    {
        var id = draft.Number("ticket to rename");
        var title = draft.Word("new title");
        draft.Ticket.Add(id, draft.SceneWord(), "Open");
        return new(
            "ticket.retitle", draft.Say("ticket.retitle", id, $"\"{title}\""),
            ToolCall.Of("edit_ticket", ("ticket_id", id), ("updates", new Dictionary<string, string> { ["title"] = title })), false, []);
    }

    private static Goal Prioritise(Draft draft, BlockerSet blockers)
    {
        var id = draft.Number("ticket to prioritise");
        var priority = draft.Rng.Next(1, 6);
        draft.Ticket.Add(id, draft.SceneWord(), "Open");
        return new(
            "ticket.priority", draft.Say("ticket.priority", id, priority),
            ToolCall.Of("edit_ticket", ("ticket_id", id), ("updates", new Dictionary<string, int> { ["priority"] = priority })), false, []);
    }

    private static Goal Logout(Draft draft, BlockerSet blockers)
    {
        draft.Claim(ref draft.Ticket.LoggedIn, draft.Ticket.LoggedIn ?? true);
        return new("ticket.logout", draft.Say("ticket.logout"), ToolCall.Of("logout"), false, []);
    }
}
