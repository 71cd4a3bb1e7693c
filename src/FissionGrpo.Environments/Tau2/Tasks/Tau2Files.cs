using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using FissionGrpo.Environments.Python;
using FissionGrpo.Environments.Tau.State;
using FissionGrpo.Environments.Tau2.State;
using FissionGrpo.Environments.Tau2.Tools;
using FissionGrpo.Episodes;

namespace FissionGrpo.Environments.Tau2.Tasks;

/// <summary>Reads the files of one domain (each as it is or as <c>.gz</c>) and says exactly what is wrong with them.</summary>
internal sealed class Tau2Files(string folder)
{
    private readonly ConcurrentDictionary<string, ImmutableDictionary<string, Tau2Task>> _tasks = new(StringComparer.Ordinal);

    public string PathOf(string file) => Path.Combine(folder, file);

    public Tau2Domain ReadDomain(string name)
    {
        var database = Read("db.json", root => name switch
        {
            "retail" => Keyed(root, RetailTools.Tables),
            "airline" => Keyed(root, AirlineTools.Tables),
            _ => Listed(root, TelecomTools.Tables),
        });
        var user = name == "telecom"
            ? Read("user_db.json", root => JsonReading.ToValue(root, intern: true) as Value.Dict ?? throw Wrong("user_db.json", "expected an object with 'device' and 'surroundings'"))
            : null;
        var policy = name == "telecom"
            ? Telecom("main_policy.md", "tech_support_manual.md")
            : ReadText("policy.md");
        var hasSoloPolicy = name == "telecom" && File.Exists(PathOf("main_policy_solo.md")) && File.Exists(PathOf("tech_support_workflow_solo.md"));
        var soloPolicy = hasSoloPolicy ? Telecom("main_policy_solo.md", "tech_support_workflow_solo.md") : policy;
        return Read("tools.json", root => new Tau2Domain(name, this, database, user, policy, soloPolicy, Tools(root, "assistant_tools"), Tools(root, "user_tools")));

        string Telecom(string main, string support) =>
            $"<main_policy>\n{ReadText(main)}\n</main_policy>\n<tech_support_policy>\n{ReadText(support)}\n</tech_support_policy>";
    }

    public ImmutableArray<Tau2Task> ReadTasks(Tau2Domain domain, string split, Tau2Version version)
    {
        var ids = Read("split_tasks.json", root => root.ValueKind is JsonValueKind.Object && root.TryGetProperty(split, out var list) && list.ValueKind is JsonValueKind.Array
            ? list.EnumerateArray().Select(id => id.ToString()).ToList()
            : throw new UserErrorException($"{PathOf("split_tasks.json")}: the {domain.Name} domain has no split '{split}'. There are {(root.ValueKind is JsonValueKind.Object ? string.Join(", ", root.EnumerateObject().Select(entry => entry.Name)) : "none")}."));
        var tasks = ReadAllTasks(domain, version);
        return [.. ids.Select(id => tasks.TryGetValue(id, out var task) ? task : throw Wrong("split_tasks.json", $"split '{split}' names the task '{id}', which {TaskFile(domain, version)} does not have"))];
    }

    public ImmutableDictionary<string, Tau2Task> ReadAllTasks(Tau2Domain domain, Tau2Version version)
    {
        var file = TaskFile(domain, version);
        return _tasks.GetOrAdd(file, _ => Read(file, root => root.ValueKind is JsonValueKind.Array
            ? root.EnumerateArray().Select((task, i) => Tau2TaskReader.Read(domain, task.Clone(), $"{PathOf(file)}: task {i}")).ToImmutableDictionary(task => task.OfficialId, StringComparer.Ordinal)
            : throw Wrong(file, "expected a list of tasks")));
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
                : throw Wrong("db.json", $"entry {i} of '{table.Name}' is no object with a text '{table.Id}'"))
            .ToList();
        return new Table(table.Name, [.. records.Select(record => record.Id)], [.. records.Select(record => record.Record)]) { IsList = true };
    })]);

    private Value.Dict Convert(string table, string id, Model shape, Value value)
    {
        if (value is not Value.Dict fields)
            throw Wrong("db.json", $"'{id}' of '{table}' is no object");
        try
        {
            return shape.Build(fields);
        }
        catch (PyException error)
        {
            throw Wrong("db.json", $"'{id}' of '{table}' is not as expected: {error.Message.ReplaceLineEndings(" ")}");
        }
    }

    private JsonElement Member(JsonElement root, string name, JsonValueKind kind) =>
        root.ValueKind is JsonValueKind.Object && root.TryGetProperty(name, out var member) && member.ValueKind == kind
            ? member
            : throw Wrong("db.json", $"expected '{name}' to be {(kind is JsonValueKind.Array ? "a list" : "an object with one record per id")}");

    private ImmutableArray<ToolSpec> Tools(JsonElement root, string name)
    {
        if (root.ValueKind is not JsonValueKind.Object || !root.TryGetProperty(name, out var list))
            return name == "user_tools" ? [] : throw Wrong("tools.json", $"expected an object with '{name}'");
        var tools = ImmutableArray.CreateBuilder<ToolSpec>();
        foreach (var entry in list.EnumerateArray())
        {
            var function = entry.ValueKind is JsonValueKind.Object && entry.TryGetProperty("function", out var inner) ? inner : entry;
            if (function.ValueKind is not JsonValueKind.Object || !function.TryGetProperty("name", out var tool) || tool.ValueKind is not JsonValueKind.String)
                throw Wrong("tools.json", $"entry {tools.Count} of '{name}' is no function description with a name");
            tools.Add(new ToolSpec(tool.GetString()!, function.Clone()));
        }
        return tools.ToImmutable();
    }

    private T Read<T>(string file, Func<JsonElement, T> use)
    {
        var bytes = ReadBytes(file);
        try
        {
            using var document = JsonDocument.Parse(bytes);
            return use(document.RootElement);
        }
        catch (JsonException error)
        {
            throw new UserErrorException($"{PathOf(file)}: not valid JSON ({error.Message}). Add the file again from the benchmark's release.", error);
        }
    }

    private string ReadText(string file) => Encoding.UTF8.GetString(ReadBytes(file));

    private byte[] ReadBytes(string file)
    {
        var path = PathOf(file);
        try
        {
            if (File.Exists(path) || !File.Exists(path + ".gz"))
                return File.ReadAllBytes(path);
            using var packed = new GZipStream(File.OpenRead(path + ".gz"), CompressionMode.Decompress);
            using var content = new MemoryStream();
            packed.CopyTo(content);
            return content.ToArray();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            throw new UserErrorException($"{path}: cannot be read ({error.Message}). TAU2-bench data is not part of this program; docs/tau.md says where to get it and how to add it.", error);
        }
    }

    private UserErrorException Wrong(string file, string what) =>
        new($"{PathOf(file)}: {what}. Use the file of the TAU2-bench version named in docs/tau.md.");
}
