using FissionGrpo.Environments.Python;

namespace FissionGrpo.Environments.Bfcl.Api;

/// <summary><c>TicketAPI</c>: support tickets (specification section 10).</summary>
internal sealed class TicketApi(BfclConstants constants) : ApiClass(Type, constants)
{
    private const int Queue = 0;
    private const int Counter = 1;
    private const int CurrentUser = 2;

    private static readonly string[] Editable = ["title", "description", "status", "priority"];

    public static readonly new ApiType Type = new(
        "TicketAPI",
        [Container("ticket_queue", () => new PyList()), Attribute("ticket_counter", 1), Attribute("current_user")],
        new MethodTable<TicketApi>("TicketAPI")
            .Changes("create_ticket", (t, a) => t.Create(a[0], a[1], a[2]), Required("title"), Optional("description", ""), Optional("priority", 1))
            .Reads("get_ticket", (t, a) => t.Find(a[0]) is { } ticket ? ticket : NotFound(a[0]), Required("ticket_id"))
            .Changes("close_ticket", (t, a) => t.Close(a[0]), Required("ticket_id"))
            .Changes("resolve_ticket", (t, a) => t.Resolve(a[0], a[1]), Required("ticket_id"), Required("resolution"))
            .Changes("edit_ticket", (t, a) => t.Edit(a[0], a[1]), Required("ticket_id"), Required("updates"))
            .Sets("ticket_login", (t, a) => t.Login(a[0], a[1]), Required("username"), Required("password"))
            .Reads("ticket_get_login_status", (t, _) => new PyDict(("login_status", t.IsLoggedIn)))
            .Sets("logout", (t, _) => t.Logout())
            .Reads("get_user_tickets", (t, a) => t.UserTickets(a[0]), Optional("status"))
            .Build(),
        constants => new TicketApi(constants));

    private bool IsLoggedIn => PyOps.IsTrue(this[CurrentUser]);

    private static PyDict NotFound(PyValue id) => Error($"Ticket with ID {id} not found.");

    private PyDict Create(PyValue title, PyValue description, PyValue priority)
    {
        if (!IsLoggedIn)
            return Error("User not authenticated. Please log in to create a ticket.");
        if (PyOps.Less(priority, 1) || PyOps.Greater(priority, 5))
            return Error("Invalid priority. Priority must be between 1 and 5.");
        var ticket = new PyDict(
            ("id", this[Counter]), ("title", title), ("description", description), ("status", "Open"), ("priority", priority),
            ("created_by", this[CurrentUser]));
        ((PyList)this[Queue].Reference!).Add(ticket);
        this[Counter] = PyNumber.Add(this[Counter], 1);
        return ticket;
    }

    private PyDict Close(PyValue id)
    {
        if (Find(id) is not { } ticket)
            return NotFound(id);
        if (Is(ticket["status"], "Closed"))
            return Error($"Ticket with ID {id} is already closed.");
        ticket["status"] = "Closed";
        return new PyDict(("status", $"Ticket {id} has been closed successfully."));
    }

    private PyDict Resolve(PyValue id, PyValue resolution)
    {
        if (Find(id) is not { } ticket)
            return NotFound(id);
        if (Is(ticket["status"], "Resolved"))
            return Error($"Ticket with ID {id} is already resolved.");
        ticket["status"] = "Resolved";
        ticket["resolution"] = resolution;
        return new PyDict(("status", $"Ticket {id} has been resolved successfully."));
    }

    private PyDict Edit(PyValue id, PyValue updates)
    {
        if (Find(id) is not { } ticket)
            return NotFound(id);
        if (!updates.TryGet<PyDict>(out var changes))
            throw PyException.NoAttribute(updates, "keys");
        var invalid = new List<string>();
        foreach (var key in changes.Keys)
        {
            if (key.TryGetString(out var name) && Editable.Contains(name))
                continue;
            invalid.Add(name ?? throw PyException.TypeError($"sequence item {invalid.Count}: expected str instance, {key.TypeName} found"));
        }
        if (invalid.Count > 0)
            return Error($"Invalid fields for update: {string.Join(", ", invalid)}");
        for (var i = 0; i < changes.Count; i++)
            if (!changes.Values[i].IsNone)
                ticket[changes.Keys[i]] = changes.Values[i];
        return new PyDict(("status", $"Ticket {id} has been updated successfully."));
    }

    private PyDict Login(PyValue user, PyValue password)
    {
        var accepted = PyOps.IsTrue(user) && PyOps.IsTrue(password);
        if (accepted)
            this[CurrentUser] = user;
        return new PyDict(("success", accepted));
    }

    private PyDict Logout()
    {
        var wasLoggedIn = IsLoggedIn;
        if (wasLoggedIn)
            this[CurrentUser] = default;
        return new PyDict(("success", wasLoggedIn));
    }

    private PyList UserTickets(PyValue status)
    {
        var tickets = new PyList();
        if (!IsLoggedIn)
        {
            tickets.Add(Error("User not authenticated. Please log in to view tickets."));
            return tickets;
        }
        foreach (var item in ((PyList)this[Queue].Reference!).Items)
        {
            var ticket = (PyDict)item.Reference!;
            if (PyOps.Equals(ticket["created_by"], this[CurrentUser]))
                tickets.Add(item);
        }
        if (!PyOps.IsTrue(status))
            return tickets;
        var matching = new PyList();
        foreach (var item in tickets.Items)
            if (PyOps.Equals(PyMethods.LowerOf(((PyDict)item.Reference!)["status"]), PyMethods.LowerOf(status)))
                matching.Add(item);
        return matching;
    }

    private PyDict? Find(PyValue id)
    {
        foreach (var item in ((PyList)this[Queue].Reference!).Items)
            if (item.TryGet<PyDict>(out var ticket) && PyOps.EqualOrSame(ticket["id"], id))
                return ticket;
        return null;
    }
}
