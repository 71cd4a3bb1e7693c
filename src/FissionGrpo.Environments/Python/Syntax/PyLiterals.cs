using System.Collections.Immutable;
using System.Globalization;
using System.Numerics;
using System.Text;

namespace FissionGrpo.Environments.Python.Syntax;

/// <summary>The values of number and string tokens.</summary>
internal static class PyLiterals
{
    public static PyValue Number(string token, int line)
    {
        var text = token.Replace("_", "", StringComparison.Ordinal);
        if (text.Length > 2 && text[0] == '0' && char.IsAsciiLetter(text[1]) && text[1] is not ('e' or 'E' or 'j' or 'J'))
        {
            var bitsPerDigit = char.ToLowerInvariant(text[1]) switch
            {
                'x' => 4,
                'o' => 3,
                _ => 1,
            };
            if ((long)(text.Length - 2) * bitsPerDigit > PyNumber.MaxBits)
                throw PyException.TooLarge("the int");
            var value = BigInteger.Zero;
            foreach (var c in text.AsSpan(2))
                value = (value << bitsPerDigit) | Convert.ToInt32(c.ToString(), 16);
            return value;
        }
        if (text[^1] is 'j' or 'J')
            return new PyComplex(0, double.Parse(text.AsSpan(0, text.Length - 1), NumberStyles.Float, CultureInfo.InvariantCulture));
        if (text.AsSpan().ContainsAny(".eE"))
            return double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);
        if (text.Length <= 18)
            return long.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);
        if (text.Length > 4300)
        {
            throw PyTokenizer.Error(
                $"Exceeds the limit (4300 digits) for integer string conversion: value has {text.Length} digits; use sys.set_int_max_str_digits() to increase the limit - Consider hexadecimal for huge integer literals to avoid decimal conversion limits.",
                line);
        }
        return BigInteger.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);
    }

    /// <summary>Adjacent string tokens make one value.</summary>
    public static PyNode Strings(List<PyToken> tokens)
    {
        var parts = ImmutableArray.CreateBuilder<PyNode>();
        var text = new StringBuilder();
        bool? isBytes = null;
        foreach (var token in tokens)
        {
            var quoteAt = token.Text.AsSpan().IndexOfAny('\'', '"');
            var prefix = token.Text.AsSpan(0, quoteAt);
            var quotes = token.Text.Length - quoteAt >= 6 && token.Text[quoteAt + 1] == token.Text[quoteAt] && token.Text[quoteAt + 2] == token.Text[quoteAt] ? 3 : 1;
            var body = token.Text[(quoteAt + quotes)..^quotes].Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');
            var bytes = prefix.ContainsAny('b', 'B');
            if (bytes && body.AsSpan().ContainsAnyExceptInRange('\0', '\x7f'))
                throw PyTokenizer.Error("bytes can only contain ASCII literal characters", token.Line);
            if (isBytes is { } known && known != bytes)
                throw PyTokenizer.Error("cannot mix bytes and nonbytes literals", tokens[0].Line);
            isBytes = bytes;
            var isRaw = prefix.ContainsAny('r', 'R');
            if (prefix.ContainsAny('f', 'F'))
                Formatted(body, isRaw, token.Line, text, parts, 0);
            else
                text.Append(isRaw ? body : Unescape(body, token.Line, bytes));
        }
        if (isBytes == true)
            return new PyNode.Constant(new PyBytes(text.ToString()));
        if (parts.Count == 0)
            return new PyNode.Constant(text.ToString());
        Flush(text, parts);
        return new PyNode.Joined(parts.ToImmutable());
    }

    private static void Flush(StringBuilder text, ImmutableArray<PyNode>.Builder parts)
    {
        if (text.Length > 0)
            parts.Add(new PyNode.Constant(text.ToString()));
        text.Clear();
    }

    private static void Formatted(string body, bool isRaw, int line, StringBuilder text, ImmutableArray<PyNode>.Builder parts, int depth)
    {
        var at = 0;
        while (at < body.Length)
        {
            var next = body.AsSpan(at).IndexOfAny('{', '}');
            var end = next < 0 ? body.Length : at + next;
            var run = body[at..end];
            text.Append(isRaw ? run : Unescape(run, line, false));
            if (end == body.Length)
                break;
            if (end + 1 < body.Length && body[end + 1] == body[end] && depth == 0)
            {
                text.Append(body[end]);
                at = end + 2;
                continue;
            }
            if (body[end] == '}')
                throw PyTokenizer.Error("f-string: single '}' is not allowed", line);
            if (depth >= 2)
                throw PyTokenizer.Error("f-string: expressions nested too deeply", line);
            Flush(text, parts);
            // A replacement field exists even when its text is empty: keep the parts a Joined node.
            at = Field(body, end + 1, isRaw, line, parts, depth);
        }
    }

    private static int Field(string body, int at, bool isRaw, int line, ImmutableArray<PyNode>.Builder parts, int depth)
    {
        var start = at;
        var open = new Stack<char>();
        char? quote = null;
        for (; at < body.Length; at++)
        {
            var c = body[at];
            if (quote is not null)
            {
                if (c == quote)
                    quote = null;
                continue;
            }
            if (c == '\\')
                throw PyTokenizer.Error("f-string expression part cannot include a backslash", line);
            if (c == '#')
                throw PyTokenizer.Error("f-string expression part cannot include '#'", line);
            if (c is '\'' or '"')
                quote = c;
            else if (c is '(' or '[' or '{')
                open.Push(c);
            else if (open.Count > 0 && c is ')' or ']' or '}')
                open.Pop();
            else if (open.Count == 0 && (c is '}' or ':' || (c == '!' && at + 1 < body.Length && body[at + 1] != '=')))
                break;
            else if (c is ')' or ']')
                throw PyTokenizer.Error($"f-string: unmatched '{c}'", line);
        }
        if (quote is not null)
            throw PyTokenizer.Error("f-string: unterminated string", line);
        if (at >= body.Length)
            throw PyTokenizer.Error("f-string: expecting '}'", line);
        var source = body[start..at];
        if (string.IsNullOrWhiteSpace(source))
            throw PyTokenizer.Error("f-string: empty expression not allowed", line);
        var value = Inner(source);
        var conversion = '\0';
        if (body[at] == '!')
        {
            conversion = at + 1 < body.Length ? body[at + 1] : '\0';
            if (conversion is not ('r' or 's' or 'a'))
                throw PyTokenizer.Error("f-string: invalid conversion character: expected 's', 'r', or 'a'", line);
            at += 2;
        }
        PyNode? spec = null;
        if (at < body.Length && body[at] == ':')
        {
            var specStart = ++at;
            for (var nested = 0; at < body.Length && (nested > 0 || body[at] != '}'); at++)
                nested += body[at] == '{' ? 1 : body[at] == '}' ? -1 : 0;
            var text = new StringBuilder();
            var inner = ImmutableArray.CreateBuilder<PyNode>();
            Formatted(body[specStart..at], isRaw, line, text, inner, depth + 1);
            Flush(text, inner);
            spec = new PyNode.Joined(inner.ToImmutable());
        }
        if (at >= body.Length || body[at] != '}')
            throw PyTokenizer.Error("f-string: expecting '}'", line);
        parts.Add(new PyNode.Formatted(value, conversion, spec));
        return at + 1;
    }

    private static PyNode Inner(string source)
    {
        try
        {
            return PyParser.Parse($"({source})");
        }
        catch (PyException e) when (e.Type == "SyntaxError")
        {
            throw new PyException("SyntaxError", $"f-string: {e.Message.Replace("<string>", "<fstring>", StringComparison.Ordinal)}");
        }
    }

    private static string Unescape(string body, int line, bool isBytes)
    {
        if (!body.Contains('\\', StringComparison.Ordinal))
            return body;
        var text = new StringBuilder(body.Length);
        for (var i = 0; i < body.Length; i++)
        {
            if (body[i] != '\\')
            {
                text.Append(body[i]);
                continue;
            }
            var c = ++i < body.Length ? body[i] : '\\';
            switch (c)
            {
                case '\n':
                    break;
                case '\\' or '\'' or '"':
                    text.Append(c);
                    break;
                case 'a':
                    text.Append('\a');
                    break;
                case 'b':
                    text.Append('\b');
                    break;
                case 'f':
                    text.Append('\f');
                    break;
                case 'n':
                    text.Append('\n');
                    break;
                case 'r':
                    text.Append('\r');
                    break;
                case 't':
                    text.Append('\t');
                    break;
                case 'v':
                    text.Append('\v');
                    break;
                case >= '0' and <= '7':
                    var octal = 0;
                    var digits = 0;
                    for (; digits < 3 && i + digits < body.Length && body[i + digits] is >= '0' and <= '7'; digits++)
                        octal = (octal * 8) + (body[i + digits] - '0');
                    text.Append((char)octal);
                    i += digits - 1;
                    break;
                case 'x':
                    i = Hex(body, i, 2, 'x', line, isBytes, text);
                    break;
                case 'u' when !isBytes:
                    i = Hex(body, i, 4, 'u', line, isBytes, text);
                    break;
                case 'U' when !isBytes:
                    i = Hex(body, i, 8, 'U', line, isBytes, text);
                    break;
                case 'N' when !isBytes:
                    throw Unicode(body, i - 1, body.Length - 1, "unknown Unicode character name", line);
                default:
                    text.Append('\\').Append(c);
                    break;
            }
        }
        return text.ToString();
    }

    private static int Hex(string body, int at, int count, char letter, int line, bool isBytes, StringBuilder text)
    {
        var end = at + 1;
        while (end < body.Length && end <= at + count && char.IsAsciiHexDigit(body[end]))
            end++;
        if (end - at - 1 < count)
        {
            if (isBytes)
                throw PyTokenizer.Error($"(value error) invalid \\x escape at position {at - 1}", line);
            throw Unicode(body, at - 1, end - 1, $"truncated \\{letter}{new string('X', count)} escape", line);
        }
        var point = uint.Parse(body.AsSpan(at + 1, count), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        if (point > 0x10FFFF)
            throw Unicode(body, at - 1, end - 1, "illegal Unicode character", line);
        PyString.Append(text, (int)point);
        return at + count;
    }

    // CPython decodes a copy in which everything above ASCII has become ten bytes (\UXXXXXXXX); positions count those.
    private static PyException Unicode(string body, int from, int to, string what, int line)
    {
        return PyTokenizer.Error($"(unicode error) 'unicodeescape' codec can't decode bytes in position {Position(from)}-{Position(to)}: {what}", line);

        int Position(int at)
        {
            var position = 0;
            for (var i = 0; i < at; i += PyString.Width(body, i))
                position += body[i] < 128 ? 1 : 10;
            return position;
        }
    }
}
