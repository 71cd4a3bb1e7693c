using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace FissionGrpo.Fission;

/// <summary>Short names for tokens and texts, the same on every machine.</summary>
internal static class ContentKey
{
    /// <summary>16 hexadecimal digits of the SHA-256 of the ids and the texts after them.</summary>
    public static string Of(ReadOnlySpan<int> ids, IEnumerable<string> texts)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var bytes = new byte[ids.Length * sizeof(int)];
        for (var i = 0; i < ids.Length; i++)
            BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(i * sizeof(int)), ids[i]);
        hash.AppendData(bytes);
        foreach (var text in texts)
        {
            hash.AppendData([0xFF]); // no byte of UTF-8: where one text ends and the next begins
            hash.AppendData(Encoding.UTF8.GetBytes(text));
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 8));
    }
}
