using FissionGrpo.Environments.Bfcl;
using FissionGrpo.Environments.Bfcl.Api;
using FissionGrpo.Environments.Python;

namespace FissionGrpo.Conformance.Bfcl;

/// <summary>States in the recordings' own encoding (specification section 18), so that they can be compared as JSON texts.</summary>
internal static class RecordedState
{
    /// <summary>Class name to public and private attributes.</summary>
    public static PyDict Of(BfclWorld world)
    {
        var state = new PyDict();
        foreach (var item in world.Objects)
            state[item.Type.Name] = Of(item);
        return state;
    }

    /// <summary>One object's state as text, order included.</summary>
    public static string Text(ApiClass item) => PyText.JsonDumps(Of(item));

    /// <summary>The first place where the states differ; null when there is none. Attributes compare by name, everything below with its order.</summary>
    public static string? Difference(PyValue recorded, BfclWorld world)
    {
        var actual = Of(world);
        var expected = (PyDict)recorded.Reference!;
        if (expected.Count != actual.Count)
            return $"{expected.Count} classes expected, found {actual.Count}";
        for (var i = 0; i < expected.Count; i++)
        {
            if (!actual.TryGetValue(expected.Keys[i], out var mine))
                return $"class {expected.Keys[i]} is missing";
            foreach (var part in (ReadOnlySpan<string>)["public", "private"])
            {
                var (a, b) = ((PyDict)((PyDict)expected.Values[i].Reference!)[part].Reference!, (PyDict)((PyDict)mine.Reference!)[part].Reference!);
                if (a.Count != b.Count)
                    return $"{expected.Keys[i]} {part}: attributes {PyText.Repr(new PyList(a.Keys))} expected, found {PyText.Repr(new PyList(b.Keys))}";
                for (var k = 0; k < a.Count; k++)
                {
                    var wanted = PyText.JsonDumps(a.Values[k]);
                    var found = b.TryGetValue(a.Keys[k], out var value) ? PyText.JsonDumps(value) : "nothing";
                    if (wanted != found)
                        return $"{expected.Keys[i]}.{a.Keys[k]}: expected {Around(wanted, found)}, found {Around(found, wanted)}";
                }
            }
        }
        return null;
    }

    private static string Around(string text, string other)
    {
        var from = Math.Max(0, text.AsSpan().CommonPrefixLength(other) - 40);
        return $"…{text.AsSpan(from, Math.Min(120, text.Length - from))}…";
    }

    private static PyDict Of(ApiClass item)
    {
        var (visible, hidden) = (new PyDict(), new PyDict());
        for (var i = 0; i < item.Type.Attributes.Length; i++)
        {
            var attribute = item.Type.Attributes[i];
            if (attribute.IsCompared)
                visible[attribute.Name] = Encode(item[i], []);
            else if (attribute.Name == "_current_dir")
                hidden[attribute.Name] = GorillaFileSystem.PathOf((DirectoryNode)item[i].Reference!);
            else if (item is VehicleControlApi)
                hidden[attribute.Name] = Encode(item[i], []);
        }
        return new PyDict(("public", visible), ("private", hidden));
    }

    private static PyValue Encode(PyValue value, List<DirectoryNode> above)
    {
        switch (value.Reference)
        {
            case PyList list:
                return Items(list.Items, above);
            case PyTuple tuple:
                return new PyDict(("$tuple", Items(tuple.Items, above)));
            case PySet set:
                return new PyDict(("$set", new PyList([.. set.Members.Keys.ToArray().OrderBy(k => k.Kind == PyKind.Int ? k.SmallInt : 0)])));
            case FileNode file:
                return new PyDict(("type", "file"), ("name", Encode(file.Name, above)), ("content", Encode(file.Content, above)));
            case DirectoryNode directory:
                if (above.Contains(directory))
                    return new PyDict(("$cycle", directory.Name));
                above.Add(directory);
                var encoded = new PyDict(("type", "directory"), ("name", Encode(directory.Name, above)), ("contents", Encode(directory.Contents, above)));
                above.RemoveAt(above.Count - 1);
                return encoded;
            case PyDict dict:
                var isObject = true;
                foreach (var key in dict.Keys)
                    isObject &= key.Kind == PyKind.Str;
                if (isObject)
                {
                    var mapped = new PyDict(dict.Count);
                    for (var i = 0; i < dict.Count; i++)
                        mapped[dict.Keys[i]] = Encode(dict.Values[i], above);
                    return mapped;
                }
                var pairs = new PyList(dict.Count);
                for (var i = 0; i < dict.Count; i++)
                    pairs.Add(new PyList([Encode(dict.Keys[i], above), Encode(dict.Values[i], above)]));
                return new PyDict(("$map", pairs));
            // What JSON cannot hold is recorded by its text.
            case PyObject when value.Kind is PyKind.Object:
                return new PyDict(("$repr", PyText.Repr(value)));
            default:
                return value;
        }
    }

    private static PyList Items(ReadOnlySpan<PyValue> items, List<DirectoryNode> above)
    {
        var encoded = new PyList(items.Length);
        foreach (var item in items)
            encoded.Add(Encode(item, above));
        return encoded;
    }
}
