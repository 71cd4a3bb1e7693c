using System.Collections.Frozen;
using System.Globalization;
using System.Numerics;
using System.Text;

namespace FissionGrpo.Text.Templates;

/// <summary>The methods of strings, lists and dictionaries. Those that would change a value do not exist, as in the sandbox of transformers.</summary>
internal static class TemplateMethods
{
    private static readonly FrozenDictionary<string, Func<TemplateRenderer, string, Arguments, Value>> OfStrings =
        new Dictionary<string, Func<TemplateRenderer, string, Arguments, Value>>
        {
            ["strip"] = (r, s, a) => Value.Of(PythonStrings.Trim(s, Characters(r, a))),
            ["lstrip"] = (r, s, a) => Value.Of(PythonStrings.TrimStart(s, Characters(r, a))),
            ["rstrip"] = (r, s, a) => Value.Of(PythonStrings.TrimEnd(s, Characters(r, a))),
            ["split"] = (r, s, a) => Split(r, s, a, fromRight: false),
            ["rsplit"] = (r, s, a) => Split(r, s, a, fromRight: true),
            ["splitlines"] = (r, s, a) => Strings(r, PythonStrings.SplitLines(s, a.At(0, "keepends")?.IsTrue ?? false)),
            ["partition"] = (r, s, a) => Partition(r, s, a, fromRight: false),
            ["rpartition"] = (r, s, a) => Partition(r, s, a, fromRight: true),
            ["startswith"] = (r, s, a) => Value.Of(Within(r, s, a) is var (part, _) && AnyOf(r, a).Any(p => part.StartsWith(p, StringComparison.Ordinal))),
            ["endswith"] = (r, s, a) => Value.Of(Within(r, s, a) is var (part, _) && AnyOf(r, a).Any(p => part.EndsWith(p, StringComparison.Ordinal))),
            ["upper"] = (_, s, _) => Value.Of(PythonCase.Upper(s)),
            ["lower"] = (_, s, _) => Value.Of(PythonCase.Lower(s)),
            ["casefold"] = (r, s, _) => Ascii.IsValid(s) ? Value.Of(s.ToLowerInvariant()) : throw r.Error("casefold beyond ASCII is not supported."),
            ["title"] = (_, s, _) => Value.Of(PythonCase.Title(s)),
            ["capitalize"] = (_, s, _) => Value.Of(PythonCase.Capitalize(s)),
            ["replace"] = (r, s, a) => Replace(r, s, a),
            ["find"] = (r, s, a) => Value.Of(Find(r, s, a, fromRight: false)),
            ["rfind"] = (r, s, a) => Value.Of(Find(r, s, a, fromRight: true)),
            ["index"] = (r, s, a) => Find(r, s, a, fromRight: false) is >= 0 and var at ? Value.Of(at) : throw r.Error("the substring is not there."),
            ["rindex"] = (r, s, a) => Find(r, s, a, fromRight: true) is >= 0 and var at ? Value.Of(at) : throw r.Error("the substring is not there."),
            ["count"] = (r, s, a) => Value.Of(Within(r, s, a) is not var (within, _) ? 0
                : TextAt(r, a, 0) is { Length: > 0 } part ? PythonStrings.Split(within, part, int.MaxValue, fromRight: false).Count - 1
                : Length(within) + 1),
            ["join"] = (r, s, a) => r.Text(TemplateFilters.Join(r, r.Items(Given(r, a)).Select(i => i is Value.Str t ? t.Text : throw r.Error($"join needs strings, found a value of type {i.TypeName}.")), s)),
            ["swapcase"] = (_, s, _) => Value.Of(PythonCase.Swap(s)),
            ["expandtabs"] = (r, s, a) => r.Text(ExpandTabs(r, s, WholeAt(r, a, 0, "tabsize", 8))),
            ["isascii"] = (_, s, _) => Value.Of(Ascii.IsValid(s)),
            ["isprintable"] = (_, s, _) => Value.Of(s.EnumerateRunes().All(PythonText.IsPrintable)),
            ["isdecimal"] = (_, s, _) => Value.Of(Every(s, rune => Rune.GetUnicodeCategory(rune) == UnicodeCategory.DecimalDigitNumber)),
            ["isdigit"] = (_, s, _) => Value.Of(Every(s, rune => CharUnicodeInfo.GetDigitValue(rune.ToString(), 0) >= 0)),
            ["isnumeric"] = (_, s, _) => Value.Of(Every(s, rune => CharUnicodeInfo.GetNumericValue(rune.ToString(), 0) != -1)),
            ["isalpha"] = (_, s, _) => Value.Of(Every(s, Rune.IsLetter)),
            ["isalnum"] = (_, s, _) => Value.Of(Every(s, rune => Rune.IsLetter(rune) || Rune.IsNumber(rune))),
            ["isspace"] = (_, s, _) => Value.Of(s.Length > 0 && s.All(PythonText.IsSpace)),
            ["islower"] = (_, s, _) => Value.Of(PythonStrings.IsLower(s)),
            ["isupper"] = (_, s, _) => Value.Of(PythonStrings.IsUpper(s)),
            ["removeprefix"] = (r, s, a) => Value.Of(TextAt(r, a, 0) is var p && s.StartsWith(p, StringComparison.Ordinal) ? s[p.Length..] : s),
            ["removesuffix"] = (r, s, a) => Value.Of(TextAt(r, a, 0) is var p && s.EndsWith(p, StringComparison.Ordinal) ? s[..^p.Length] : s),
            ["ljust"] = (r, s, a) => Pad(r, s, a, (pad, _) => (0, pad)),
            ["rjust"] = (r, s, a) => Pad(r, s, a, (pad, _) => (pad, 0)),
            ["center"] = (r, s, a) => Pad(r, s, a, Sides),
            ["zfill"] = (r, s, a) => r.Text(ZeroFill(r, s, Width(r, a))),
            ["format"] = (r, s, a) => r.Text(BraceFormat(r, s, a)),
        }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>What Python has of these types and we do not: an error, where an unknown name is merely undefined.</summary>
    private static readonly FrozenDictionary<string, FrozenSet<string>> NotSupported = new Dictionary<string, string[]>
    {
        ["str"] = ["encode", "format_map", "isidentifier", "istitle", "maketrans", "translate"],
        ["dict"] = ["fromkeys"],
        ["range"] = ["start", "step", "stop"],
        ["int"] = ["as_integer_ratio", "bit_count", "bit_length", "conjugate", "denominator", "from_bytes", "imag", "numerator", "real", "to_bytes"],
        ["bool"] = ["as_integer_ratio", "bit_count", "bit_length", "conjugate", "denominator", "from_bytes", "imag", "numerator", "real", "to_bytes"],
        ["float"] = ["as_integer_ratio", "conjugate", "fromhex", "hex", "imag", "is_integer", "real"],
    }.ToFrozenDictionary(p => p.Key, p => p.Value.ToFrozenSet(StringComparer.Ordinal), StringComparer.Ordinal);

    /// <summary>Methods that change a dictionary: the sandbox of transformers gives nothing for them, not even a member of that name.</summary>
    private static readonly FrozenSet<string> OfChangedDicts = new[] { "clear", "pop", "popitem", "setdefault", "update" }.ToFrozenSet(StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, Func<TemplateRenderer, Value.Dict, Arguments, Value>> OfDicts =
        new Dictionary<string, Func<TemplateRenderer, Value.Dict, Arguments, Value>>
        {
            ["items"] = (r, d, _) => ItemsOf(r, d),
            ["keys"] = (r, d, _) => new Value.List(r.Items(d)),
            ["values"] = (r, d, _) =>
            {
                r.Charge(d.Members.Count / 8);
                return new Value.List([.. d.Members.Values]);
            },
            ["get"] = (r, d, a) => d.Members.TryGetValue(r.Key(Given(r, a)), out var member) ? member : a.At(1, "default") ?? Value.None.Instance,
            ["copy"] = (_, d, _) => d,
        }.ToFrozenDictionary(StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, Func<TemplateRenderer, Value.List, Arguments, Value>> OfLists =
        new Dictionary<string, Func<TemplateRenderer, Value.List, Arguments, Value>>
        {
            ["index"] = (r, l, a) => l.Items.Select((item, i) => (item, i)).FirstOrDefault(p => r.AreEqual(p.item, Given(r, a)), (null!, -1)).i is >= 0 and var at
                ? Value.Of(at) : throw r.Error("the value is not in the list."),
            ["count"] = (r, l, a) => Value.Of(l.Items.Count(i => r.AreEqual(i, Given(r, a)))),
        }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>A method bound to its object, or null when the type has none of that name.</summary>
    public static Value? Find(TemplateRenderer renderer, Value target, string name)
    {
        Func<Arguments, Value>? body = target switch
        {
            Value.Str text when OfStrings.TryGetValue(name, out var method) => a =>
            {
                renderer.Charge(1 + (text.Text.Length / 64));
                return method(renderer, text.Text, a);
            },
            Value.Dict dict when OfDicts.TryGetValue(name, out var method) => a => method(renderer, dict, a),
            Value.List { Kind: Value.ListKind.List } list when name == "copy" => _ => list,
            Value.List { Kind: not Value.ListKind.Generator } list when OfLists.TryGetValue(name, out var method) => a => method(renderer, list, a),
            _ => null,
        };
        if (body is not null)
            return new Value.Callable(name, body);
        if (NotSupported.TryGetValue(target.TypeName, out var names) && names.Contains(name))
            throw renderer.Error($"'{name}' of a value of type {target.TypeName} is not supported.");
        return target switch
        {
            Value.Dict when OfChangedDicts.Contains(name) => new Value.Undefined($"'{name}', which would change a value,"),
            Value.Group { Items: [var key, var items] } => name switch { "grouper" => key, "list" => items, _ => null },
            Value.Callable { Parameters: { } parameters } macro => name switch
            {
                "name" => Value.Of(macro.Name),
                "arguments" => new Value.List([.. parameters.Select(Value.Of)], Value.ListKind.Tuple),
                _ => null,
            },
            _ => null,
        };
    }

    /// <summary>Pairs of key and value.</summary>
    public static Value.List ItemsOf(TemplateRenderer renderer, Value.Dict dict)
    {
        renderer.Charge(dict.Members.Count);
        return new Value.List([.. dict.Members.Select(m => new Value.List([m.Key, m.Value], Value.ListKind.Tuple))]);
    }

    /// <summary>How many code points.</summary>
    public static int Length(string text)
    {
        var pairs = 0;
        foreach (var c in text)
            if (char.IsLowSurrogate(c))
                pairs++;
        return text.Length - pairs;
    }

    public static int WholeAt(TemplateRenderer renderer, Arguments arguments, int index, string name, int otherwise) => arguments.At(index, name) switch
    {
        null or Value.None => otherwise,
        Value.Int or Value.Bool => (int)BigInteger.Clamp(Value.Whole(arguments.At(index, name)!), int.MinValue, int.MaxValue),
        var other => throw renderer.Error($"argument '{name}' is of type {other.TypeName}, expected a whole number."),
    };

    private static Value Given(TemplateRenderer renderer, Arguments arguments) =>
        arguments.Positional.Count > 0 ? arguments.Positional[0] : throw renderer.Error("an argument is missing.");

    private static string TextAt(TemplateRenderer renderer, Arguments arguments, int index) =>
        index < arguments.Positional.Count && arguments.Positional[index] is Value.Str text ? text.Text : throw renderer.Error("a string is needed as argument.");

    private static string? Characters(TemplateRenderer renderer, Arguments arguments) => arguments.At(0, "chars") switch
    {
        null or Value.None => null,
        Value.Str text => text.Text,
        var other => throw renderer.Error($"strip needs a string, found a value of type {other.TypeName}."),
    };

    private static Value.List Strings(TemplateRenderer renderer, List<string> parts)
    {
        renderer.Charge(parts.Count);
        return new Value.List([.. parts.Select(Value.Of)]);
    }

    private static Value.List Split(TemplateRenderer renderer, string text, Arguments arguments, bool fromRight)
    {
        var most = WholeAt(renderer, arguments, 1, "maxsplit", -1) is >= 0 and var given ? given : int.MaxValue;
        return arguments.At(0, "sep") switch
        {
            null or Value.None => Strings(renderer, PythonStrings.SplitAtSpace(text, most, fromRight)),
            Value.Str { Text.Length: > 0 } separator => Strings(renderer, PythonStrings.Split(text, separator.Text, most, fromRight)),
            _ => throw renderer.Error("split needs a string that is not empty."),
        };
    }

    private static Value.List Partition(TemplateRenderer renderer, string text, Arguments arguments, bool fromRight)
    {
        var separator = TextAt(renderer, arguments, 0);
        var at = fromRight ? text.LastIndexOf(separator, StringComparison.Ordinal) : text.IndexOf(separator, StringComparison.Ordinal);
        string[] parts = at >= 0 ? [text[..at], separator, text[(at + separator.Length)..]] : fromRight ? ["", "", text] : [text, "", ""];
        return new Value.List([.. parts.Select(Value.Of)], Value.ListKind.Tuple);
    }

    private static IEnumerable<string> AnyOf(TemplateRenderer renderer, Arguments arguments) => Given(renderer, arguments) switch
    {
        Value.Str text => [text.Text],
        Value.List { Kind: Value.ListKind.Tuple } tuple => tuple.Items.Select(i => i is Value.Str t ? t.Text : throw renderer.Error("a tuple of strings is needed.")),
        var other => throw renderer.Error($"a string is needed, found a value of type {other.TypeName}."),
    };

    private static Value.Str Replace(TemplateRenderer renderer, string text, Arguments arguments)
    {
        var (old, replacement) = (TextAt(renderer, arguments, 0), TextAt(renderer, arguments, 1));
        var most = WholeAt(renderer, arguments, 2, "count", -1) is >= 0 and var given ? given : int.MaxValue;
        renderer.CheckLength(text.Length + ((long)(text.Length / Math.Max(1, old.Length)) + 1) * replacement.Length);
        return renderer.Text(PythonStrings.Replace(text, old, replacement, most));
    }

    private static int Find(TemplateRenderer renderer, string text, Arguments arguments, bool fromRight)
    {
        var sought = TextAt(renderer, arguments, 0);
        if (Within(renderer, text, arguments) is not var (part, start))
            return -1;
        var at = fromRight ? part.LastIndexOf(sought, StringComparison.Ordinal) : part.IndexOf(sought, StringComparison.Ordinal);
        return at < 0 ? at : start + Length(part[..at]);
    }

    /// <summary>The part that the second and third argument leave of a text, and where it begins; null when it ends before it begins.</summary>
    private static (string Part, int Start)? Within(TemplateRenderer renderer, string text, Arguments arguments)
    {
        if (arguments.Positional.Count < 2)
            return (text, 0);
        var length = Length(text);
        var start = Place(WholeAt(renderer, arguments, 1, "start", 0));
        var end = Math.Min(Place(WholeAt(renderer, arguments, 2, "end", int.MaxValue)), length);
        return start > end ? null : (string.Concat(text.EnumerateRunes().Skip(start).Take(end - start)), start);

        int Place(int index) => index < 0 ? Math.Max(0, index + length) : index;
    }

    private static string ExpandTabs(TemplateRenderer renderer, string text, int size)
    {
        renderer.CheckLength(text.Length + ((long)text.Count(c => c == '\t') * Math.Max(0, size)));
        var result = new StringBuilder();
        var column = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune.Value == '\t')
            {
                var blanks = size > 0 ? size - (column % size) : 0;
                result.Append(' ', blanks);
                column += blanks;
                continue;
            }
            result.Append(rune.ToString());
            column = rune.Value is '\n' or '\r' ? 0 : column + 1;
        }
        return result.ToString();
    }

    /// <summary><c>str.center(width)</c></summary>
    public static string Center(TemplateRenderer renderer, string text, int width)
    {
        renderer.CheckLength(Math.Max(0, width));
        var (left, right) = Sides(Missing(text, width), width);
        return new string(' ', left) + text + new string(' ', right);
    }

    /// <summary>Characters that a text lacks.</summary>
    private static int Missing(string text, int width) => (int)Math.Max(0, (long)width - Length(text));

    private static (int Left, int Right) Sides(int pad, int width)
    {
        var left = (pad / 2) + (pad & width & 1);
        return (left, pad - left);
    }

    private static bool Every(string text, Func<Rune, bool> holds) => text.Length > 0 && text.EnumerateRunes().All(holds);

    private static int Width(TemplateRenderer renderer, Arguments arguments)
    {
        var width = WholeAt(renderer, arguments, 0, "width", 0);
        renderer.CheckLength(Math.Max(0, width));
        return width;
    }

    private static Value.Str Pad(TemplateRenderer renderer, string text, Arguments arguments, Func<int, int, (int Left, int Right)> share)
    {
        var width = Width(renderer, arguments);
        var fill = arguments.Positional.Count > 1 ? TextAt(renderer, arguments, 1) : " ";
        if (Length(fill) != 1)
            throw renderer.Error($"what fills up has {Length(fill)} characters, expected 1.");
        var (left, right) = share(Missing(text, width), width);
        return renderer.Text(string.Concat(Enumerable.Repeat(fill, left)) + text + string.Concat(Enumerable.Repeat(fill, right)));
    }

    private static string ZeroFill(TemplateRenderer renderer, string text, int width)
    {
        renderer.CheckLength(Math.Max(text.Length, width));
        var zeros = new string('0', Missing(text, width));
        return text.Length > 0 && text[0] is '+' or '-' ? text[0] + zeros + text[1..] : zeros + text;
    }

    /// <summary><c>"{} {0} {name}".format(…)</c> without format specifications.</summary>
    private static string BraceFormat(TemplateRenderer renderer, string format, Arguments arguments)
    {
        var text = new StringBuilder();
        var next = 0;
        for (var i = 0; i < format.Length; i++)
        {
            var c = format[i];
            if (c is '{' or '}' && i + 1 < format.Length && format[i + 1] == c)
            {
                text.Append(c);
                i++;
                continue;
            }
            if (c == '}')
                throw renderer.Error("a '}' in a format closes nothing.");
            if (c != '{')
            {
                text.Append(c);
                continue;
            }
            var end = format.IndexOf('}', i);
            var field = end < 0 ? throw renderer.Error("a '{' in a format is not closed.") : format[(i + 1)..end];
            if (field.AsSpan().IndexOfAny(":!.[") >= 0)
                throw renderer.Error($"the format '{{{field}}}' is not supported, expected a number or a name alone.");
            Value? value = field.Length == 0 ? arguments.Positional.ElementAtOrDefault(next++)
                : int.TryParse(field, NumberStyles.None, CultureInfo.InvariantCulture, out var index) ? arguments.Positional.ElementAtOrDefault(index)
                : arguments.Named.GetValueOrDefault(field);
            text.Append(renderer.Show(value ?? throw renderer.Error($"the format has no value for '{{{field}}}'.")));
            renderer.CheckLength(text.Length);
            i = end;
        }
        return text.ToString();
    }
}
