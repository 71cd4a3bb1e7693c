using System.Collections.Immutable;
using FissionGrpo.Environments.Python;
using FissionGrpo.Environments.Python.Source;
using FissionGrpo.Environments.Python.Syntax;

namespace FissionGrpo.Environments.Official;

/// <summary>
/// The function descriptions of a TAU2 toolkit: every method marked <c>@is_tool</c>, its docstring, and the JSON schema of its parameters as
/// pydantic 2 writes it (keys in alphabetical order except those of <c>properties</c>).
/// </summary>
internal sealed class ToolSchemas(PyModule toolkit, PyModule models)
{
    private readonly PydanticModels _models = new([toolkit, models]);

    /// <summary>Descriptions, kinds, and whether a tool changes the state, of all tools of a class in the order of the file.</summary>
    public (PyList Tools, PyDict Types, PyDict Mutates) Read(string type)
    {
        var (tools, types, mutates) = (new PyList(), new PyDict(), new PyDict());
        PyNode.Call? mark = null;
        foreach (var statement in toolkit.Class(type).Body)
        {
            if (statement.Text.StartsWith("@is_tool", StringComparison.Ordinal))
                mark = toolkit.Parse(statement, statement.Text[1..]) as PyNode.Call ?? throw toolkit.Wrong(statement, "expected @is_tool(…)");
            else if (statement.Text.StartsWith("def ", StringComparison.Ordinal))
            {
                if (mark is not null)
                    Add(statement, mark);
                mark = null;
            }
            else if (mark is not null && !statement.Text.StartsWith('@'))
                throw toolkit.Wrong(statement, "expected the method that @is_tool marks");
        }
        return (tools, types, mutates);

        void Add(PyStatement method, PyNode.Call mark)
        {
            var name = method.DefinedName;
            var kind = (mark.Positional.FirstOrDefault() ?? PydanticModels.Keyword(mark, "tool_type")) is PyNode.Attribute attribute ? attribute.Id.ToLowerInvariant() : "read";
            tools.Add(Describe(method));
            types[name] = kind;
            mutates[name] = PydanticModels.Keyword(mark, "mutates_state") is PyNode.Constant { Value.IsBool: true } told ? told.Value : kind == "write";
        }
    }

    private PyDict Describe(PyStatement method)
    {
        var text = method.Body.FirstOrDefault() is { } first && first.Text.TrimStart('r', 'R') is ['"' or '\'', ..] && toolkit.Parse(first, first.Text) is PyNode.Constant { Value.Reference: string content } ? content : "";
        var docs = Docstring.Read(text);
        var (properties, required, used) = (new PyDict(), new PyList(), new SortedSet<string>(StringComparer.Ordinal));
        foreach (var parameter in method.InBrackets.Where(p => p != "self"))
        {
            var (name, annotation, value) = new PyStatement(parameter, method.Line, []).Assignment ?? throw toolkit.Wrong(method, $"the parameter '{parameter}' has no type");
            if (annotation is null)
                throw toolkit.Wrong(method, $"the parameter '{name}' has no type");
            var known = value is null ? (PyValue?)null : _models.Evaluate(toolkit, method, value);
            properties[name] = Property(name, toolkit.Parse(method, annotation), docs.Arguments.GetValueOrDefault(name), known, used);
            if (known is null)
                required.Add(name);
        }
        return new PyDict(("type", "function"), ("function", new PyDict(
            ("name", method.DefinedName),
            ("description", docs.Description.Length == 0 ? method.DefinedName : docs.Description),
            ("parameters", Sorted(
                ("$defs", Definitions(used)), ("properties", properties), ("required", required.Count == 0 ? null : (PyObject)required), ("title", "parameters"), ("type", "object"))))));
    }

    private PyDict Property(string name, PyNode type, string? description, PyValue? known, SortedSet<string> used)
    {
        var schema = Schema(type, used);
        if (!schema.ContainsKey("$ref"))
            schema["title"] = Title(name);
        if (description is not null)
            schema["description"] = description;
        if (known is { } value)
            schema["default"] = value;
        return Sorted(schema);
    }

    private PyDict Schema(PyNode type, SortedSet<string> used)
    {
        PyValues.Step(100);
        switch (PydanticModels.Unwrap(type))
        {
            case PyNode.Name { Id: "str" }:
                return new PyDict(("type", "string"));
            case PyNode.Name { Id: "int" }:
                return new PyDict(("type", "integer"));
            case PyNode.Name { Id: "float" }:
                return new PyDict(("type", "number"));
            case PyNode.Name { Id: "bool" }:
                return new PyDict(("type", "boolean"));
            case PyNode.Name { Id: "Any" }:
                return new PyDict();
            case PyNode.Name { Id: "dict" or "Dict" }:
                return new PyDict(("additionalProperties", true), ("type", "object"));
            case PyNode.Name { Id: "list" or "List" }:
                return new PyDict(("items", new PyDict()), ("type", "array"));
            case PyNode.Constant { Value.IsNone: true }:
                return new PyDict(("type", "null"));
            case PyNode.Name name when _models.Class(name.Id) is not null:
                used.Add(name.Id);
                return new PyDict(("$ref", $"#/$defs/{name.Id}"));
            case PyNode.Name name when _models.Alias(name.Id) is { } alias:
                return Schema(alias, used);
            case PyNode.Subscript { Value: PyNode.Name { Id: "List" or "list" } } list:
                return new PyDict(("items", Sorted(Schema(list.Index, used))), ("type", "array"));
            case PyNode.Subscript { Value: PyNode.Name { Id: "Dict" or "dict" }, Index: PyNode.Tuple { Items: [_, var entry] } }:
                var entries = Sorted(Schema(entry, used));
                return new PyDict(("additionalProperties", entries.Count == 0 ? true : entries), ("type", "object"));
            case PyNode.Subscript { Value: PyNode.Name { Id: "Literal" } } literal:
                return OneOf(_models.Choices(literal.Index).ToArray());
            case PyNode.Attribute { Id: "date" }:
                return new PyDict(("format", "date"), ("type", "string"));
            case PyNode.Attribute { Id: "datetime" }:
                return new PyDict(("format", "date-time"), ("type", "string"));
            case var union when PydanticModels.Alternatives(union) is { Length: > 0 } alternatives:
                return new PyDict(("anyOf", new PyList(alternatives.Select(a => (PyValue)Sorted(Schema(a, used))).ToArray())));
            case var other:
                throw PyException.TypeError($"a {other.Description} is no type that is known here");
        }
    }

    /// <summary>The models that the parameters mention, and those that these mention.</summary>
    private PyDict? Definitions(SortedSet<string> used)
    {
        var definitions = new SortedDictionary<string, PyDict>(StringComparer.Ordinal);
        while (used.FirstOrDefault(name => !definitions.ContainsKey(name)) is { } next)
            definitions[next] = Definition(next, used);
        if (definitions.Count == 0)
            return null;
        var dict = new PyDict();
        foreach (var (name, definition) in definitions)
            dict[name] = definition;
        return dict;
    }

    private PyDict Definition(string name, SortedSet<string> used)
    {
        var (module, type) = _models.Class(name)!.Value;
        var schema = PydanticModels.IsEnum(type) ? OneOf(_models.EnumValues(name).ToArray()) : Model(name, type, used);
        schema["title"] = name;
        if (type.Body.FirstOrDefault()?.Text is ['"' or '\'', ..] text && module.Parse(type, text) is PyNode.Constant { Value.Reference: string content })
            schema["description"] = Docstring.Clean(content);
        return Sorted(schema);
    }

    private PyDict Model(string name, PyStatement type, SortedSet<string> used)
    {
        var (properties, required) = (new PyDict(), new PyList());
        foreach (var field in _models.Fields(name))
        {
            var known = field.Default is { } expression ? _models.DefaultOf(expression) : null;
            var description = field.Default is { } call && PydanticModels.Keyword(call, "description") is PyNode.Constant { Value.Reference: string told } ? told : null;
            properties[field.Name] = Property(field.Name, field.Type, description, known, used);
            if (known is null)
                required.Add(field.Name);
        }
        var schema = new PyDict(("properties", properties), ("type", "object"));
        if (required.Count > 0)
            schema["required"] = required;
        if (type.InBrackets.Contains("BaseModelNoExtra"))
            schema["additionalProperties"] = false;
        return schema;
    }

    private static PyDict OneOf(PyValue[] values)
    {
        var schema = values.Length == 1 ? new PyDict(("const", values[0])) : new PyDict(("enum", new PyList(values)));
        if (values.All(v => v.Kind == PyKind.Str))
            schema["type"] = "string";
        else if (values.All(v => v.Kind == PyKind.Int))
            schema["type"] = "integer";
        return schema;
    }

    private static PyDict Sorted(params (string Key, PyValue Value)[] entries) => Sorted(new PyDict([.. entries.Where(e => !e.Value.IsNone)]));

    private static PyDict Sorted(PyDict schema)
    {
        var sorted = new PyDict(schema.Count);
        foreach (var key in schema.Keys.ToArray().Select(k => $"{k}").Order(StringComparer.Ordinal))
            sorted[key] = schema[key];
        return sorted;
    }

    /// <summary><c>name.title()</c> with blanks for underscores.</summary>
    private static string Title(string name)
    {
        var title = name.ToCharArray();
        for (var i = 0; i < title.Length; i++)
            title[i] = i > 0 && char.IsAsciiLetter(name[i - 1]) ? char.ToLowerInvariant(name[i]) : char.ToUpperInvariant(name[i]);
        return new string(title).Replace('_', ' ').Trim();
    }
}
