using System.Collections.Immutable;
using FissionGrpo.Environments.Python;
using FissionGrpo.Environments.Python.Source;

namespace FissionGrpo.Environments.Official;

/// <summary>TAU-bench's tasks, rules and tool descriptions, which its program keeps as Python constants.</summary>
internal static class TauSources
{
    public static ImmutableArray<DerivedFile> Files { get; } =
    [
        Tasks("retail", "test"), Tasks("retail", "train"), Tasks("retail", "dev"), Tools("retail"), Rules("retail"),
        Tasks("airline", "test"), Tools("airline"), Rules("airline"),
    ];

    private static DerivedFile Tasks(string domain, string split)
    {
        var source = $"{domain}/tasks_{split}.py";
        return new DerivedFile($"{domain}/tasks_{split}.json", [source]) { Make = files => ReadTasks(files.Module(source)) };
    }

    private static DerivedFile Rules(string domain)
    {
        var source = $"{domain}/rules.py";
        return new DerivedFile($"{domain}/rules.json", [source]) { Make = files => files.Module(source).Constant("rules") };
    }

    private static DerivedFile Tools(string domain) =>
        new($"{domain}/tools.json", [$"{domain}/tools/*.py"]) { Make = files => ReadTools(files, $"{domain}/tools") };

    /// <summary>The one list whose name begins with <c>TASKS</c>: records of the user, what they want, the actions and the outputs.</summary>
    private static PyList ReadTasks(PyModule module)
    {
        var name = module.ConstantNames.FirstOrDefault(n => n.StartsWith("TASKS", StringComparison.Ordinal)) ?? "TASKS";
        var records = module.Constant(name).Reference as PyList ?? throw PyException.TypeError($"{name} is no list");
        var tasks = new PyList(records.Count);
        for (var i = 0; i < records.Count; i++)
        {
            var task = Record(records[i], $"{name}[{i}]");
            var actions = new PyList();
            foreach (var item in (task["actions"].Reference as PyList ?? throw PyException.TypeError($"{name}[{i}].actions is no list")).Items)
            {
                var action = Record(item, $"{name}[{i}].actions");
                actions.Add(new PyDict(("name", action["name"]), ("kwargs", action["kwargs"])));
            }
            tasks.Add(new PyDict(
                ("task_index", i),
                ("user_id", task["user_id"]),
                ("actions", actions),
                ("instruction", task["instruction"]),
                ("outputs", task.TryGetValue("outputs", out var outputs) ? outputs : new PyList())));
        }
        return tasks;
    }

    private static PyDict Record(PyValue value, string place) => value.Reference as PyDict ?? throw PyException.TypeError($"{place} is no record");

    /// <summary>The classes that <c>ALL_TOOLS</c> lists, each from the file that it is imported from, each with what its <c>get_info</c> returns.</summary>
    private static PyList ReadTools(SourceFiles files, string folder)
    {
        var index = files.Module($"{folder}/__init__.py");
        var imports = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var statement in index.Statements)
            if (statement.Text.Split([' ', ',', '(', ')', '\n'], StringSplitOptions.RemoveEmptyEntries) is ["from", ['.', .. var file], "import", .. var types])
                foreach (var type in types)
                    imports[type] = file;
        var all = index.Statements.FirstOrDefault(s => s.Assignment is { Name: "ALL_TOOLS", Value: not null }) ?? throw PyException.KeyError("ALL_TOOLS");
        var tools = new PyList();
        foreach (var type in PyStatement.Split(all.Assignment!.Value.Value!.Trim().TrimStart('[').TrimEnd(']'), ','))
        {
            var module = files.Module($"{folder}/{(imports.TryGetValue(type, out var file) ? file : throw index.Wrong(all, $"'{type}' is not imported from this folder"))}.py");
            tools.Add(module.Returned(module.Function("get_info", type)));
        }
        return tools;
    }
}
