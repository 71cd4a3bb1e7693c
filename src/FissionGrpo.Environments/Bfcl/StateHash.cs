using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;
using FissionGrpo.Environments.Bfcl.Api;
using FissionGrpo.Environments.Python;
using FissionGrpo.Episodes;

namespace FissionGrpo.Environments.Bfcl;

/// <summary>
/// The canonical form of a state, hashed. It agrees with the state checker's equality (numbers by value, dicts and directories without order)
/// and also holds what the checker does not see: private attributes, the current directory, how many random numbers were drawn.
/// </summary>
internal static class StateHash
{
    public static StateDigest Of(IEnumerable<ApiClass> objects)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var item in objects)
        {
            var bytes = new MemoryStream();
            WriteText(bytes, 'c', item.Type.Name);
            for (var i = 0; i < item.Type.Attributes.Length; i++)
            {
                if (item.Type.Attributes[i].Name == "_created")
                    continue;
                if (item.Type.Attributes[i].Name == "_current_dir")
                    WriteText(bytes, 'p', CurrentPath((DirectoryNode)item[i].Reference!));
                Write(bytes, item[i], null);
            }
            bytes.WriteByte(item.LongContext ? (byte)1 : (byte)0);
            if (item.DrawsRandom)
                WriteText(bytes, 'r', $"{item.Random.Seed}/{item.Random.Position}");
            hash.AppendData(bytes.GetBuffer(), 0, (int)bytes.Length);
        }
        Span<byte> digest = stackalloc byte[32];
        hash.GetHashAndReset(digest);
        return new StateDigest(BinaryPrimitives.ReadUInt128BigEndian(digest));
    }

    private static string CurrentPath(DirectoryNode current)
    {
        var path = "";
        for (var at = current; at is not null; at = at.Parent)
            path = $"/{PyText.Repr(at.Name)}{path}";
        return path;
    }

    private static void Write(MemoryStream bytes, PyValue value, Ancestors? parents)
    {
        switch (value.Kind)
        {
            case PyKind.None:
                bytes.WriteByte((byte)'n');
                break;
            case PyKind.Bool or PyKind.Int:
                WriteInteger(bytes, value.Big);
                break;
            case PyKind.Float:
                var number = value.Float;
                if (double.IsFinite(number) && number == Math.Floor(number))
                    WriteInteger(bytes, new BigInteger(number));
                else
                    WriteText(bytes, 'f', PyFloat.Repr(number));
                break;
            case PyKind.Str:
                WriteText(bytes, 's', (string)value.Reference!);
                break;
            default:
                WriteObject(bytes, (PyObject)value.Reference!, parents);
                break;
        }
    }

    private static void WriteObject(MemoryStream bytes, PyObject value, Ancestors? parents)
    {
        if (Ancestors.Holds(parents, value))
        {
            bytes.WriteByte((byte)'o');
            return;
        }
        if (!System.Runtime.CompilerServices.RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            // Nested deeper than any state that means something: the rest does not count.
            bytes.WriteByte((byte)'z');
            return;
        }
        var here = new Ancestors(value, parents);
        switch (value)
        {
            case PyList list:
                WriteItems(bytes, 'l', list.Items, here);
                break;
            case PyTuple tuple:
                WriteItems(bytes, 't', tuple.Items, here);
                break;
            case PySet set:
                WriteEntries(bytes, 'u', set.Members, here);
                break;
            case PyDict dict:
                WriteEntries(bytes, 'd', dict, here);
                break;
            case FileNode file:
                bytes.WriteByte((byte)'F');
                Write(bytes, file.Name, here);
                Write(bytes, file.Content, here);
                break;
            case DirectoryNode directory:
                bytes.WriteByte((byte)'D');
                Write(bytes, directory.Name, here);
                WriteEntries(bytes, 'd', directory.Contents, here);
                break;
            default:
                WriteText(bytes, 'x', value.Repr);
                break;
        }
    }

    private static void WriteItems(MemoryStream bytes, char mark, ReadOnlySpan<PyValue> items, Ancestors parents)
    {
        WriteText(bytes, mark, $"{items.Length}");
        foreach (var item in items)
            Write(bytes, item, parents);
    }

    private static void WriteEntries(MemoryStream bytes, char mark, PyDict dict, Ancestors parents)
    {
        WriteText(bytes, mark, $"{dict.Count}");
        var entries = new (byte[] Key, int At)[dict.Count];
        var key = new MemoryStream();
        for (var i = 0; i < entries.Length; i++)
        {
            key.SetLength(0);
            Write(key, dict.Keys[i], parents);
            entries[i] = (key.ToArray(), i);
        }
        Array.Sort(entries, static (a, b) => a.Key.AsSpan().SequenceCompareTo(b.Key));
        foreach (var (name, at) in entries)
        {
            bytes.Write(name);
            Write(bytes, dict.Values[at], parents);
        }
    }

    private static void WriteInteger(MemoryStream bytes, BigInteger value) => WriteText(bytes, 'i', value.ToString("x"));

    private static void WriteText(MemoryStream bytes, char mark, string text)
    {
        Span<byte> head = stackalloc byte[5];
        head[0] = (byte)mark;
        BinaryPrimitives.WriteInt32LittleEndian(head[1..], text.Length);
        bytes.Write(head);
        bytes.Write(Encoding.BigEndianUnicode.GetBytes(text));
    }

    private sealed record Ancestors(PyObject Container, Ancestors? Parent)
    {
        public static bool Holds(Ancestors? at, PyObject container)
        {
            for (; at is not null; at = at.Parent)
                if (ReferenceEquals(at.Container, container))
                    return true;
            return false;
        }
    }
}
