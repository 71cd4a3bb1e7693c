using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Json;

namespace FissionGrpo.Environments.Tau.State;

/// <summary>Reads JSON as Python does: <c>250</c> and <c>250.0</c> stay two types, of a repeated name the last value counts.</summary>
internal static class JsonReading
{
    /// <summary>Converts a value.</summary>
    /// <param name="element">The value as parsed.</param>
    /// <param name="intern">For data files, whose member names repeat a thousand times. Never for what a model wrote: interned texts are not freed.</param>
    public static Value ToValue(JsonElement element, bool intern = false)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.String:
                return Text(element);
            case JsonValueKind.True:
                return Value.True;
            case JsonValueKind.False:
                return Value.False;
            case JsonValueKind.Number:
                return Number(element);
            case JsonValueKind.Array:
                var items = new Value[element.GetArrayLength()];
                var index = 0;
                foreach (var item in element.EnumerateArray())
                    items[index++] = ToValue(item, intern);
                return new Value.List(items);
            case JsonValueKind.Object:
                return ToDict(element, intern);
            default:
                return Value.None;
        }
    }

    private static Value.Dict ToDict(JsonElement element, bool intern)
    {
        var count = element.GetPropertyCount();
        var keys = new List<string>(count);
        var values = new List<Value>(count);
        Dictionary<string, int>? seen = count > 16 ? new(count, StringComparer.Ordinal) : null;
        foreach (var member in element.EnumerateObject())
        {
            var name = intern ? string.Intern(Name(member)) : Name(member);
            var at = seen is null ? keys.IndexOf(name) : seen.GetValueOrDefault(name, -1);
            if (at >= 0)
            {
                values[at] = ToValue(member.Value, intern);
                continue;
            }
            seen?.Add(name, keys.Count);
            keys.Add(name);
            values.Add(ToValue(member.Value, intern));
        }
        return new Value.Dict([.. keys], [.. values]);
    }

    private static Value Number(JsonElement element)
    {
        if (element.TryGetInt64(out var small))
            return new Value.Int(small);
        var digits = element.GetRawText();
        return digits.AsSpan().IndexOfAny(".eE") < 0
            ? new Value.Int(BigInteger.Parse(digits, CultureInfo.InvariantCulture))
            : new Value.Float(double.Parse(digits, CultureInfo.InvariantCulture));
    }

    /// <summary>The content of a string; half a surrogate pair, which .NET refuses and Python keeps, included.</summary>
    private static string Text(JsonElement element)
    {
        try
        {
            return element.GetString()!;
        }
        catch (InvalidOperationException)
        {
            return Unescape(element.GetRawText().AsSpan()[1..^1]);
        }
    }

    private static string Name(JsonProperty member)
    {
        try
        {
            return member.Name;
        }
        catch (InvalidOperationException)
        {
            var text = member.ToString();
            var end = 1;
            while (text[end] != '"')
                end += text[end] == '\\' ? 2 : 1;
            return Unescape(text.AsSpan()[1..end]);
        }
    }

    private static string Unescape(ReadOnlySpan<char> raw)
    {
        var output = new StringBuilder(raw.Length);
        for (var i = 0; i < raw.Length; i++)
        {
            if (raw[i] != '\\')
            {
                output.Append(raw[i]);
                continue;
            }
            i++;
            if (raw[i] == 'u')
            {
                output.Append((char)ushort.Parse(raw.Slice(i + 1, 4), NumberStyles.HexNumber, CultureInfo.InvariantCulture));
                i += 4;
            }
            else
            {
                output.Append(raw[i] switch { 'n' => '\n', 't' => '\t', 'r' => '\r', 'b' => '\b', 'f' => '\f', var c => c });
            }
        }
        return output.ToString();
    }
}
