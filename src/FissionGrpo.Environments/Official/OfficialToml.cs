using FissionGrpo.Environments.Python;
using FissionGrpo.Episodes;
using Tomlyn;
using Tomlyn.Serialization;

namespace FissionGrpo.Environments.Official;

/// <summary>
/// A TOML file as the values that Python's <c>tomllib</c> reads from it; a date or time is its text. The library's tokens are put together here,
/// because its own tables keep the last of two values silently, and its check for that refuses lists of tables inside lists of tables.
/// </summary>
internal static class OfficialToml
{
    /// <param name="path">The file's name, for messages.</param>
    /// <param name="text">Its text.</param>
    /// <exception cref="UserErrorException">It is no TOML, gives a name two values, or is nested more deeply than a database is.</exception>
    public static PyDict Read(string path, string text)
    {
        var root = new PyDict();
        try
        {
            var reader = TomlReader.Create(text);
            while (reader.Read())
                if (reader.TokenType == TomlTokenType.StartTable)
                    Table(reader, root);
            return root;
        }
        catch (TomlException error)
        {
            var place = error.Line is { } line ? $"{path}, line {line}" : path;
            var finding = (error.Diagnostics.FirstOrDefault()?.Message ?? error.Message).Trim().Split(". ")[0].TrimEnd('.');
            throw Wrong(place, finding, error);
        }
        catch (ArgumentOutOfRangeException error) // the library fails where it would name the character
        {
            throw Wrong(path, "a number behind a backslash is that of no character", error);
        }
    }

    private static UserErrorException Wrong(string place, string finding, Exception error) => new($"{place}: {finding}. Expected the official file; fetch it again.", error);

    /// <summary>The entries up to the table's end. A table may be opened again, for another part of it; a name that has a value may not.</summary>
    private static void Table(TomlReader reader, PyDict table)
    {
        while (reader.Read() && reader.TokenType != TomlTokenType.EndTable)
        {
            var name = reader.PropertyName!;
            reader.Read();
            if (!table.TryGetValue(name, out var known))
                table[name] = Value(reader);
            else if (reader.TokenType == TomlTokenType.StartTable && Opened(known) is { } opened)
                Table(reader, opened);
            else if (reader.TokenType == TomlTokenType.StartArray && known.Reference is PyList list && Opened(known) is not null)
                List(reader, list);
            else
                throw reader.CreateException($"the name '{name}' is given twice");
        }
    }

    /// <summary>A name that stands for a list of tables means its last one.</summary>
    private static PyDict? Opened(PyValue value) => value.Reference switch
    {
        PyDict table => table,
        PyList { Count: > 0 } list => list[list.Count - 1].Reference as PyDict,
        _ => null,
    };

    private static void List(TomlReader reader, PyList list)
    {
        while (reader.Read() && reader.TokenType != TomlTokenType.EndArray)
            list.Add(Value(reader));
    }

    private static PyValue Value(TomlReader reader)
    {
        switch (reader.TokenType)
        {
            case TomlTokenType.StartTable:
                var table = new PyDict();
                Table(reader, table);
                return table;
            case TomlTokenType.StartArray:
                var list = new PyList();
                List(reader, list);
                return list;
            case TomlTokenType.Boolean:
                return reader.GetBoolean();
            case TomlTokenType.Integer:
                return reader.GetInt64();
            case TomlTokenType.Float:
                return reader.GetDouble();
            case TomlTokenType.String:
                return reader.GetString();
            default:
                return reader.GetRawText();
        }
    }
}
