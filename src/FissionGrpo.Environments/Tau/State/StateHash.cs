using System.Security.Cryptography;
using System.Text;
using FissionGrpo.Environments.Python;

namespace FissionGrpo.Environments.Tau.State;

/// <summary>The content hash of a record: the first 128 bits of SHA-256 over its place and its canonical JSON.</summary>
internal static class StateHash
{
    public static UInt128 OfRecord(string table, string id, Value.Dict fields)
    {
        var text = new PyTextWriter();
        text.Append(table);
        text.Append('\0');
        text.Append(id);
        text.Append('\0');
        ValueText.WriteJson(text, fields, sorted: true);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString()), hash);
        return System.Buffers.Binary.BinaryPrimitives.ReadUInt128LittleEndian(hash);
    }
}
