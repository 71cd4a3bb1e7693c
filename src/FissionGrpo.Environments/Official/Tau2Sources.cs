using System.Collections.Immutable;
using FissionGrpo.Environments.Python;

namespace FissionGrpo.Environments.Official;

/// <summary>
/// TAU2-bench's tool descriptions, which its program makes of method signatures and docstrings, and telecom's databases, which it reads from TOML
/// through models that fill in what is not said.
/// </summary>
internal static class Tau2Sources
{
    public static ImmutableArray<DerivedFile> Files { get; } =
    [
        Tools("airline", "AirlineTools"),
        Tools("retail", "RetailTools"),
        new("telecom/tools.json", ["telecom/tools.py", "telecom/data_model.py", "telecom/user_tools.py", "telecom/user_data_model.py"])
        {
            Make = files => new PyDict(
            [
                .. Toolkit(files, "telecom/tools.py", "telecom/data_model.py", "TelecomTools", "assistant_tools", "assistant_tool_types", "mutates_state"),
                .. Toolkit(files, "telecom/user_tools.py", "telecom/user_data_model.py", "TelecomUserTools", "user_tools", "user_tool_types", "user_mutates_state"),
            ]),
        },
        Database("telecom/db.json", "telecom/db.toml", "telecom/data_model.py", "TelecomDB"),
        Database("telecom/user_db.json", "telecom/user_db.toml", "telecom/user_data_model.py", "TelecomUserDB"),
    ];

    private static DerivedFile Tools(string domain, string type) =>
        new($"{domain}/tools.json", [$"{domain}/tools.py", $"{domain}/data_model.py"])
        {
            Make = files => new PyDict([.. Toolkit(files, $"{domain}/tools.py", $"{domain}/data_model.py", type, "assistant_tools", "assistant_tool_types", "mutates_state")]),
        };

    private static (string, PyValue)[] Toolkit(SourceFiles files, string toolkit, string models, string type, string tools, string types, string mutates)
    {
        var read = new ToolSchemas(files.Module(toolkit), files.Module(models)).Read(type);
        return [(tools, read.Tools), (types, read.Types), (mutates, read.Mutates)];
    }

    private static DerivedFile Database(string path, string toml, string models, string type) => new(path, [toml, models])
    {
        Make = files => new PydanticModels([files.Module(models)]).Build(type, OfficialToml.Read(toml, files.Text(toml))),
    };
}
