using System.Buffers.Binary;
using System.Security.Cryptography;

namespace FissionGrpo.Fission;

/// <summary>Short names for token sequences, the same on every machine.</summary>
internal static class ContentKey
{
    /// <summary>16 hexadecimal digits of the SHA-256 of the ids.</summary>
    public static string Of(ReadOnlySpan<int> ids)
    {
        var bytes = new byte[ids.Length * sizeof(int)];
        for (var i = 0; i < ids.Length; i++)
            BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(i * sizeof(int)), ids[i]);
        return Convert.ToHexStringLower(SHA256.HashData(bytes).AsSpan(0, 8));
    }
}
