using System.Text;

namespace FissionGrpo.Text.Tokenization;

/// <summary>
/// The byte alphabet of GPT-2: in a vocabulary file, each byte is written as one printable character, its own where it has one
/// (<c>!</c> to <c>~</c>, <c>¡</c> to <c>¬</c>, <c>®</c> to <c>ÿ</c>) and one from U+0100 on where it has not.
/// </summary>
internal static class ByteLevel
{
    private static readonly char[] Chars = MakeChars();
    private static readonly Dictionary<char, byte> Bytes = Enumerable.Range(0, 256).ToDictionary(b => Chars[b], b => (byte)b);

    /// <summary>The character that stands for a byte.</summary>
    public static char CharOf(byte value) => Chars[value];

    /// <summary>The token text of raw bytes.</summary>
    public static string Spell(ReadOnlySpan<byte> bytes) => string.Create(bytes.Length, bytes, static (text, source) =>
    {
        for (var i = 0; i < text.Length; i++)
            text[i] = Chars[source[i]];
    });

    /// <summary>The raw bytes of a token text, or null when it holds a character outside of the alphabet.</summary>
    public static byte[]? TryUnspell(string token)
    {
        var bytes = new byte[token.Length];
        for (var i = 0; i < token.Length; i++)
            if (!Bytes.TryGetValue(token[i], out bytes[i]))
                return null;
        return bytes;
    }

    /// <summary>The token text of ordinary text.</summary>
    public static string SpellText(string text) => Spell(Encoding.UTF8.GetBytes(text));

    private static char[] MakeChars()
    {
        var chars = new char[256];
        var next = 256;
        for (var b = 0; b < 256; b++)
            chars[b] = b is >= '!' and <= '~' or >= 0xA1 and <= 0xAC or >= 0xAE ? (char)b : (char)next++;
        return chars;
    }
}
