using FissionGrpo.Environments.Python;

namespace FissionGrpo.Environments.Bfcl.Api;

/// <summary><c>MessageAPI</c>: a workspace's messages (specification section 8). The inbox holds one-entry dicts {receiver: text}.</summary>
internal sealed class MessageApi(BfclConstants constants) : ApiClass(Type, constants)
{
    private const int GeneratedIds = 0;
    private const int UserCount = 1;
    private const int UserMap = 2;
    private const int Inbox = 3;
    private const int MessageCount = 4;
    private const int CurrentUser = 5;

    public static readonly new ApiType Type = new(
        "MessageAPI",
        [
            Container("generated_ids", () => new PySet()), Attribute("user_count", 0), Container("user_map", () => new PyDict()),
            Container("inbox", () => new PyList()), Attribute("message_count", 0), Attribute("current_user"),
        ],
        new MethodTable<MessageApi>("MessageAPI")
            .Reads("list_users", (m, _) => new PyDict(("user_list", new PyList(m.Users.Keys))))
            .Reads("get_user_id", (m, a) => m.GetUserId(a[0]), Required("user"))
            .Sets("message_login", (m, a) => m.Login(a[0]), Required("user_id"))
            .Reads("message_get_login_status", (m, _) => new PyDict(("login_status", PyOps.IsTrue(m[CurrentUser]))))
            .Changes("send_message", (m, a) => m.Send(a[0], a[1]), Required("receiver_id"), Required("message"))
            .Changes("delete_message", (m, a) => m.Delete(a[0]), Required("receiver_id"))
            .Reads("view_messages_sent", (m, _) => m.ViewSent())
            .Changes("add_contact", (m, a) => m.AddContact(a[0]), Required("user_name"))
            .Reads("search_messages", (m, a) => m.Search(a[0]), Required("keyword"))
            .Reads("get_message_stats", (m, _) => m.Statistics())
            .Build(),
        constants => new MessageApi(constants));

    protected override int? DefaultSeed => 200191;

    private PyDict Users => (PyDict)this[UserMap].Reference!;

    private PyList Messages => (PyList)this[Inbox].Reference!;

    private static PyDict NotLoggedIn => Error("No user is currently logged in.");

    private PyDict GetUserId(PyValue user) =>
        Users.TryGetValue(user, out var id) ? new PyDict(("user_id", id)) : Error($"User '{user}' not found in the workspace.");

    private PyDict Login(PyValue id)
    {
        if (!IsUserId(id))
            return new PyDict(("login_status", false), ("message", $"User ID '{id}' not found."));
        this[CurrentUser] = id;
        return new PyDict(("login_status", true), ("message", $"User '{id}' logged in successfully."));
    }

    private PyDict Send(PyValue receiver, PyValue message)
    {
        if (!PyOps.IsTrue(this[CurrentUser]))
            return NotLoggedIn;
        if (!IsUserId(receiver))
            return Error($"Receiver ID '{receiver}' not found.");
        var ids = (PySet)this[GeneratedIds].Reference!;
        PyValue id;
        do
            id = Draw.NextInt(10000, 99999);
        while (ids.Members.ContainsKey(id));
        ids.Add(id);
        var sent = new PyDict(1) { [receiver] = message };
        Messages.Add(sent);
        this[MessageCount] = PyNumber.Add(this[MessageCount], 1);
        return new PyDict(
            ("sent_status", true), ("message_id", new PyDict(("new_id", id))), ("message", $"Message sent to '{receiver}' successfully."));
    }

    private PyDict Delete(PyValue receiver)
    {
        if (!PyOps.IsTrue(this[CurrentUser]))
            return NotLoggedIn;
        for (var i = Messages.Count - 1; i >= 0; i--)
        {
            if (!PyOps.EqualOrSame(Entry(Messages[i]).Receiver, receiver))
                continue;
            // list.remove: the first that is equal, which need not be the one found.
            Messages.RemoveAt(Messages.IndexOf(Messages[i]));
            return new PyDict(
                ("deleted_status", true), ("receiver_id", receiver), ("message", $"Receiver {receiver}'s latest message deleted successfully."));
        }
        return Error($"Receiver ID {receiver} not found.");
    }

    private PyDict ViewSent()
    {
        if (!PyOps.IsTrue(this[CurrentUser]))
            return NotLoggedIn;
        var sent = new PyDict();
        foreach (var item in Messages.Items)
        {
            var (receiver, text) = Entry(item);
            if (sent.TryGetValue(receiver, out var known))
                ((PyList)known.Reference!).Add(text);
            else
                sent[receiver] = new PyList([text]);
        }
        return new PyDict(("messages", sent));
    }

    private PyDict AddContact(PyValue name)
    {
        if (Users.ContainsKey(name))
            return Error($"User name '{name}' already exists.");
        this[UserCount] = PyNumber.Add(this[UserCount], 1, "+=");
        var number = $"{this[UserCount]}";
        var id = $"USR{(number.StartsWith('-') ? "-" + number[1..].PadLeft(2, '0') : number.PadLeft(3, '0'))}";
        if (IsUserId(id))
            return Error($"User ID '{id}' already exists.");
        Users[name] = id;
        return new PyDict(("added_status", true), ("user_id", id), ("message", $"Contact '{name}' added successfully."));
    }

    private PyDict Search(PyValue keyword)
    {
        if (!PyOps.IsTrue(this[CurrentUser]))
            return NotLoggedIn;
        var wanted = PyMethods.LowerOf(keyword);
        var results = new PyList();
        foreach (var item in Messages.Items)
        {
            var (receiver, text) = Entry(item);
            if (PyOps.Contains(PyMethods.LowerOf(text), wanted))
                results.Add(new PyDict(("receiver_id", receiver), ("message", text)));
        }
        return new PyDict(("results", results));
    }

    private PyDict Statistics()
    {
        if (!PyOps.IsTrue(this[CurrentUser]))
            return NotLoggedIn;
        var contacts = new PySet();
        foreach (var item in Messages.Items)
            contacts.Add(Entry(item).Receiver);
        return new PyDict(("stats", new PyDict(("received_count", Messages.Count), ("total_contacts", contacts.Members.Count))));
    }

    private bool IsUserId(PyValue id)
    {
        foreach (var known in Users.Values)
            if (PyOps.EqualOrSame(known, id))
                return true;
        return false;
    }

    private static (PyValue Receiver, PyValue Text) Entry(PyValue message)
    {
        var entry = (PyDict)message.Reference!;
        return (entry.Keys[0], entry.Values[0]);
    }
}
