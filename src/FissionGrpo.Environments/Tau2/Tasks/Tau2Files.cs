using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text.Json;
using FissionGrpo.Environments.Python;
using FissionGrpo.Environments.Tau.State;
using FissionGrpo.Environments.Tau.Tasks;
using FissionGrpo.Environments.Tau2.State;
using FissionGrpo.Environments.Tau2.Tools;
using FissionGrpo.Episodes;

namespace FissionGrpo.Environments.Tau2.Tasks;

/// <summary>Reads the files of one domain (each as it is or as <c>.gz</c>) and says exactly what is wrong with them.</summary>
internal sealed class Tau2Files(string folder)
{
    private readonly BenchmarkFolder _files = new(folder, "TAU2-bench");
    private readonly ConcurrentDictionary<string, ImmutableDictionary<string, Tau2Task>> _tasks = new(StringComparer.Ordinal);

    public string PathOf(string file) => _files.PathOf(file);

    public Tau2Domain ReadDomain(string name)
    {
        var database = _files.Read("db.json", root => name switch
        {
            "retail" => Keyed(root, RetailTools.Tables),
            "airline" => Keyed(root, AirlineTools.Tables),
            _ => Listed(root, TelecomTools.Tables),
        });
        var user = name == "telecom"
            ? _files.Read("user_db.json", root => JsonReading.ToValue(root, intern: true) as Value.Dict ?? throw _files.Wrong("user_db.json", "expected an object with 'device' and 'surroundings'"))
            : null;
        var policy = name == "telecom"
            ? Telecom("main_policy.md", "tech_support_manual.md")
            : _files.ReadText("policy.md");
        var hasSoloPolicy = name == "telecom" && _files.Has("main_policy_solo.md") && _files.Has("tech_support_workflow_solo.md");
        var soloPolicy = hasSoloPolicy ? Telecom("main_policy_solo.md", "tech_support_workflow_solo.md") : policy;
        return _files.Read("tools.json", root => new Tau2Domain(name, this, database, user, policy, soloPolicy, Tools(root, "assistant_tools"), Tools(root, "user_tools")));

        string Telecom(string main, string support) =>
            $"<main_policy>\n{_files.ReadText(main)}\n</main_policy>\n<tech_support_policy>\n{_files.ReadText(support)}\n</tech_support_policy>";
    }

    public ImmutableArray<Tau2Task> ReadTasks(Tau2Domain domain, string split, Tau2Version version)
    {
        var ids = _files.Read("split_tasks.json", root => root.ValueKind is JsonValueKind.Object && root.TryGetProperty(split, out var list) && list.ValueKind is JsonValueKind.Array
            ? list.EnumerateArray().Select(id => id.ToString()).ToList()
            : throw new UserErrorException($"{PathOf("split_tasks.json")}: the {domain.Name} domain has no split '{split}'. There are {(root.ValueKind is JsonValueKind.Object ? string.Join(", ", root.EnumerateObject().Select(entry => entry.Name)) : "none")}."));
        var tasks = ReadAllTasks(domain, version);
        return [.. ids.Select(id => tasks.TryGetValue(id, out var task) ? task : throw _files.Wrong("split_tasks.json", $"split '{split}' names the task '{id}', which {TaskFile(domain, version)} does not have"))];
    }

    public ImmutableDictionary<string, Tau2Task> ReadAllTasks(Tau2Domain domain, Tau2Version version)
    {
        var file = TaskFile(domain, version);
        return _tasks.GetOrAdd(file, _ => _files.Read(file, root => root.ValueKind is JsonValueKind.Array
            ? root.EnumerateArray().Select((task, i) => Tau2TaskReader.Read(domain, task.Clone(), $"{PathOf(file)}: task {i}")).ToImmutableDictionary(task => task.OfficialId, StringComparer.Ordinal)
            : throw _files.Wrong(file, "expected a list of tasks")));
    }

    /// <summary>Telecom's tasks did not change between the versions.</summary>
    private static string TaskFile(Tau2Domain domain, Tau2Version version) =>
        version is Tau2Version.Pinned || domain.Name == "telecom" ? "tasks.json" : "tasks_v0.2.0.json";

    private Database Keyed(JsonElement root, (string Name, Model Shape)[] tables) => new([.. tables.Select(table =>
    {
        var records = Member(root, table.Name, JsonValueKind.Object).EnumerateObject().ToList();
        return new Table(
            table.Name,
            [.. records.Select(record => record.Name)],
            [.. records.Select(record => new Record(Convert(table.Name, record.Name, table.Shape, JsonReading.ToValue(record.Value, intern: true))))]);
    })]);

    private Database Listed(JsonElement root, (string Name, string Id)[] tables) => new([.. tables.Select(table =>
    {
        var records = Member(root, table.Name, JsonValueKind.Array).EnumerateArray()
            .Select((record, i) => JsonReading.ToValue(record, intern: true) is Value.Dict fields && fields.Find(table.Id) is Value.Text id
                ? (Id: id.Content, Record: new Record(fields))
                : throw _files.Wrong("db.json", $"entry {i} of '{table.Name}' is no object with a text '{table.Id}'"))
            .ToList();
        return new Table(table.Name, [.. records.Select(record => record.Id)], [.. records.Select(record => record.Record)]) { IsList = true };
    })]);

    private Value.Dict Convert(string table, string id, Model shape, Value value)
    {
        if (value is not Value.Dict fields)
            throw _files.Wrong("db.json", $"'{id}' of '{table}' is no object");
        try
        {
            return shape.Build(fields);
        }
        catch (PyException error)
        {
            throw _files.Wrong("db.json", $"'{id}' of '{table}' is not as expected: {error.Message.ReplaceLineEndings(" ")}");
        }
    }

    private JsonElement Member(JsonElement root, string name, JsonValueKind kind) =>
        root.ValueKind is JsonValueKind.Object && root.TryGetProperty(name, out var member) && member.ValueKind == kind
            ? member
            : throw _files.Wrong("db.json", $"expected '{name}' to be {(kind is JsonValueKind.Array ? "a list" : "an object with one record per id")}");

    private ImmutableArray<ToolSpec> Tools(JsonElement root, string name)
    {
        if (root.ValueKind is not JsonValueKind.Object || !root.TryGetProperty(name, out var list))
            return name == "user_tools" ? [] : throw _files.Wrong("tools.json", $"expected an object with '{name}'");
        return _files.Tools(list, $"'{name}'");
    }
}
