using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace FissionGrpo.Environments.Tau.State;

/// <summary>The content hash of a record: the first 128 bits of SHA-256 over its place and its canonical JSON.</summary>
internal static class StateHash
{
    public static UInt128 Of(string table, string id, ReadOnlySpan<byte> canonical)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{table}\0{id}\0"));
        hash.AppendData(canonical);
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        hash.GetHashAndReset(digest);
        return BinaryPrimitives.ReadUInt128LittleEndian(digest);
    }
}
