using System.Collections.Frozen;
using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.RegularExpressions;

namespace FissionGrpo.Text.Templates;

/// <summary>The filters of <c>x | …</c>, as Jinja2 defines them and transformers changes them (<c>tojson</c>).</summary>
internal static partial class TemplateFilters
{
    private static readonly FrozenDictionary<string, Func<TemplateRenderer, Value, Arguments, Value>> All =
        new Dictionary<string, Func<TemplateRenderer, Value, Arguments, Value>>
        {
            ["tojson"] = (r, v, a) => r.Text(TemplateJson.Of(r, a).Write(r, v)),
            ["length"] = Length,
            ["count"] = Length,
            ["default"] = Default,
            ["d"] = Default,
            ["string"] = (r, v, _) => v is Value.Str ? v : r.Text(r.Show(v)),
            ["safe"] = (r, v, _) => v is Value.Str { IsMarkup: true } ? v : new Value.Str(r.Text(r.Show(v)).Text, isMarkup: true),
            ["escape"] = Escape,
            ["e"] = Escape,
            ["forceescape"] = (r, v, a) => Escape(r, Value.Of(r.Show(v)), a),
            ["upper"] = (r, v, _) => r.Text(PythonCase.Upper(r.Show(v))),
            ["lower"] = (r, v, _) => r.Text(PythonCase.Lower(r.Show(v))),
            ["capitalize"] = (r, v, _) => r.Text(PythonCase.Capitalize(r.Show(v))),
            ["title"] = (r, v, _) => r.Text(Title(r, r.Show(v))),
            ["trim"] = (r, v, a) => r.Text(PythonStrings.Trim(r.Show(v), a.At(0, "chars") is Value.Str chars ? chars.Text : null)),
            ["replace"] = Replace,
            ["indent"] = Indent,
            ["wordcount"] = (r, v, _) => Value.Of(Words().Count(r.Show(v))),
            ["center"] = (r, v, a) => r.Text(TemplateMethods.Center(r, r.Show(v), TemplateMethods.WholeAt(r, a, 0, "width", 80))),
            ["truncate"] = Truncate,
            ["format"] = (r, v, a) => r.Text(a.Named.Count == 0
                ? PythonFormat.Percent(r, r.Show(v), a.Positional)
                : throw r.Error("format with named values is not supported.")),
            ["int"] = ToInt,
            ["float"] = ToFloat,
            ["abs"] = (r, v, _) => v switch
            {
                Value.Float real => new Value.Float(Math.Abs(real.Number)),
                Value.Int or Value.Bool => new Value.Int(BigInteger.Abs(Value.Whole(v))),
                _ => throw r.Error($"abs needs a number, found a value of type {v.TypeName}."),
            },
            ["round"] = Round,
            ["join"] = (r, v, a) => r.Text(Join(r, r.Items(v).Select(i => r.Show(Picked(r, i, a.At(1, "attribute")))), a.At(0, "d") is { } d ? r.Show(d) : "")),
            ["list"] = (r, v, _) => new Value.List(r.Items(v)),
            ["first"] = (r, v, _) => r.Items(v) is [var first, ..] ? first : new Value.Undefined("the first item of an empty sequence"),
            ["last"] = (r, v, _) => r.Items(v) is [.., var last] ? last : new Value.Undefined("the last item of an empty sequence"),
            ["reverse"] = (r, v, _) => v is Value.Str
                ? r.Text(string.Concat(r.Items(v).Reverse().Select(r.Show)))
                : new Value.List([.. r.Items(v).Reverse()], Value.ListKind.Generator),
            ["sort"] = (r, v, a) => new Value.List(Sorted(r, r.Items(v), a.At(0, "reverse"), a.At(1, "case_sensitive"), a.At(2, "attribute"))),
            ["unique"] = Unique,
            ["sum"] = Sum,
            ["min"] = (r, v, a) => Extreme(r, v, a, -1),
            ["max"] = (r, v, a) => Extreme(r, v, a, 1),
            ["map"] = Map,
            ["select"] = (r, v, a) => Chosen(r, v, a, byAttribute: false, wanted: true),
            ["reject"] = (r, v, a) => Chosen(r, v, a, byAttribute: false, wanted: false),
            ["selectattr"] = (r, v, a) => Chosen(r, v, a, byAttribute: true, wanted: true),
            ["rejectattr"] = (r, v, a) => Chosen(r, v, a, byAttribute: true, wanted: false),
            ["items"] = (r, v, _) => v is Value.Undefined ? new Value.List([], Value.ListKind.Generator) : Pairs(r, v),
            ["dictsort"] = DictSort,
            ["attr"] = (r, v, a) => a.At(0, "name") is Value.Str name
                ? r.OwnAttribute(v, name.Text) ?? new Value.Undefined($"'{name.Text}' of a value of type {v.TypeName}")
                : throw r.Error("attr needs a name."),
            ["batch"] = Batch,
            ["slice"] = Slice,
            ["groupby"] = GroupBy,
        }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>What Jinja2 has and chat templates do without.</summary>
    private static readonly FrozenSet<string> NotSupported =
        new[] { "filesizeformat", "pprint", "random", "striptags", "urlencode", "urlize", "wordwrap", "xmlattr" }.ToFrozenSet(StringComparer.Ordinal);

    /// <summary>Filters that are known to treat a text from <c>escape</c> or <c>safe</c> like any other.</summary>
    private static readonly FrozenSet<string> ForMarkup =
        new[] { "count", "d", "default", "e", "escape", "first", "float", "forceescape", "int", "join", "last", "length", "list", "replace", "safe", "string", "title", "tojson" }.ToFrozenSet(StringComparer.Ordinal);

    public static bool Knows(string name) => All.ContainsKey(name);

    public static bool IsOfJinja(string name) => Knows(name) || NotSupported.Contains(name);

    /// <summary>Why there is no filter of a name.</summary>
    public static string Missing(string name) => NotSupported.Contains(name) ? $"the filter '{name}' is not supported." : $"there is no filter '{name}'.";

    public static Value Apply(TemplateRenderer renderer, string name, Value target, Arguments arguments)
    {
        renderer.Charge(1);
        renderer.ChargeText(target);
        if (!All.TryGetValue(name, out var filter))
            throw renderer.Error(Missing(name));
        if (target is Value.Str { IsMarkup: true } && !ForMarkup.Contains(name))
            throw renderer.Error($"the filter '{name}' on a text from escape or safe is not supported.");
        return filter(renderer, target, arguments);
    }

    /// <summary>Joins texts, with the length checked as it grows.</summary>
    public static string Join(TemplateRenderer renderer, IEnumerable<string> parts, string separator)
    {
        var text = new StringBuilder();
        var first = true;
        foreach (var part in parts)
        {
            text.Append(first ? "" : separator).Append(part);
            renderer.CheckGrowth(text.Length, part.Length + separator.Length);
            first = false;
        }
        return text.ToString();
    }

    [GeneratedRegex(@"\w+")]
    private static partial Regex Words();

    [GeneratedRegex(@"([-\s({\[<]+)")]
    private static partial Regex WordBeginnings();

    private static Value Length(TemplateRenderer renderer, Value value, Arguments arguments) => value switch
    {
        Value.Str text => Value.Of(TemplateMethods.Length(text.Text)),
        Value.List { Kind: not Value.ListKind.Generator } list => Value.Of(list.Items.Count),
        Value.Dict dict => Value.Of(dict.Members.Count),
        Value.Undefined => Value.Of(0),
        _ => throw renderer.Error($"a value of type {value.TypeName} has no length."),
    };

    private static Value Default(TemplateRenderer renderer, Value value, Arguments arguments) =>
        value is Value.Undefined || (arguments.At(1, "boolean")?.IsTrue == true && !value.IsTrue) ? arguments.At(0, "default_value") ?? Value.Of("") : value;

    private static Value.Str Escape(TemplateRenderer renderer, Value value, Arguments arguments) =>
        new(renderer.Text(Escaped(renderer, value)).Text, isMarkup: true);

    /// <summary>A value's text with HTML's characters escaped; a text that is markup already stays.</summary>
    public static string Escaped(TemplateRenderer renderer, Value value) => value is Value.Str { IsMarkup: true } markup ? markup.Text : renderer.Show(value)
        .Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal).Replace(">", "&gt;", StringComparison.Ordinal)
        .Replace("'", "&#39;", StringComparison.Ordinal).Replace("\"", "&#34;", StringComparison.Ordinal);

    private static string Title(TemplateRenderer renderer, string text)
    {
        renderer.Charge(text.Length / 4); // a string for each word
        return string.Concat(WordBeginnings().Split(text).Select(PythonCase.UpperFirst));
    }

    private static Value.Str Replace(TemplateRenderer renderer, Value value, Arguments arguments)
    {
        if (arguments.At(0, "old") is not { } old || arguments.At(1, "new") is not { } replacement)
            throw renderer.Error("replace needs an old and a new text.");
        var most = TemplateMethods.WholeAt(renderer, arguments, 2, "count", -1) is >= 0 and var given ? given : int.MaxValue;
        var (text, oldText, newText) = (renderer.Show(value), renderer.Show(old), renderer.Show(replacement));
        renderer.CheckLength(text.Length + ((long)(text.Length / Math.Max(1, oldText.Length)) + 1) * newText.Length);
        return renderer.Text(PythonStrings.Replace(text, oldText, newText, most));
    }

    private static Value.Str Indent(TemplateRenderer renderer, Value value, Arguments arguments)
    {
        renderer.RefuseUndefined(value);
        var indent = arguments.At(0, "width") is Value.Str given ? given.Text : new string(' ', Math.Clamp(TemplateMethods.WholeAt(renderer, arguments, 0, "width", 4), 0, 1000));
        var (first, blank) = (arguments.At(1, "first")?.IsTrue ?? false, arguments.At(2, "blank")?.IsTrue ?? false);
        var lines = PythonStrings.SplitLines(renderer.Show(value) + "\n", keepEnds: false);
        renderer.CheckLength((long)indent.Length * lines.Count);
        var text = string.Join('\n', lines.Select((line, i) => (i == 0 ? first : blank || line.Length > 0) ? indent + line : line));
        return renderer.Text(text);
    }

    private static Value ToInt(TemplateRenderer renderer, Value value, Arguments arguments)
    {
        renderer.RefuseUndefined(value);
        var otherwise = arguments.At(0, "default") ?? Value.Of(0);
        var numberBase = TemplateMethods.WholeAt(renderer, arguments, 1, "base", 10);
        switch (value)
        {
            case Value.Int or Value.Bool:
                return new Value.Int(Value.Whole(value));
            case Value.Float real:
                return double.IsFinite(real.Number) ? new Value.Int(new BigInteger(Math.Truncate(real.Number))) : otherwise;
            case Value.Str { Text.Length: < 1000 } text when PythonFormat.WholeNumber(text.Text, numberBase) is { } whole:
                return new Value.Int(whole);
            case Value.Str text when PythonFormat.RealNumber(text.Text) is { } parsed && double.IsFinite(parsed):
                return new Value.Int(new BigInteger(Math.Truncate(parsed)));
            default:
                return otherwise;
        }
    }

    private static Value ToFloat(TemplateRenderer renderer, Value value, Arguments arguments)
    {
        renderer.RefuseUndefined(value);
        return value switch
        {
            Value.Float => value,
            Value.Int or Value.Bool => new Value.Float(Value.Real(value)),
            Value.Str text when PythonFormat.RealNumber(text.Text) is { } parsed => new Value.Float(parsed),
            _ => arguments.At(0, "default") ?? new Value.Float(0),
        };
    }

    private static Value Round(TemplateRenderer renderer, Value value, Arguments arguments)
    {
        if (value is not (Value.Int or Value.Float or Value.Bool))
            throw renderer.Error($"round needs a number, found a value of type {value.TypeName}.");
        var precision = TemplateMethods.WholeAt(renderer, arguments, 0, "precision", 0);
        if (precision is < -300 or > 300)
            throw renderer.Error($"round's precision is {precision}, expected -300 to 300.");
        var method = arguments.At(1, "method") is Value.Str given ? given.Text : "common";
        switch (method, value)
        {
            case ("common", Value.Float real):
                return new Value.Float(PythonFormat.Round(real.Number, precision));
            case ("common", _):
                return new Value.Int(precision >= 0 ? Value.Whole(value) : PythonFormat.RoundTo(Value.Whole(value), BigInteger.Pow(10, -precision)));
            case ("ceil" or "floor", Value.Int or Value.Bool) when precision >= 0:
                var power = BigInteger.Pow(10, precision);
                return renderer.Arithmetic("/", new Value.Int(Value.Whole(value) * power), new Value.Int(power));
            case ("ceil" or "floor", _):
                var scale = Math.Pow(10, precision);
                var scaled = Value.Real(value) * scale;
                if (!double.IsFinite(scaled))
                    throw renderer.Error("round's result is not finite.");
                return new Value.Float(Value.Rounded(new BigInteger(method == "ceil" ? Math.Ceiling(scaled) : Math.Floor(scaled))) / scale);
            default:
                throw renderer.Error($"round does not know the method '{method}'.");
        }
    }

    /// <summary>Cuts a text to a length, at a word when it may not be cut inside of one.</summary>
    private static Value.Str Truncate(TemplateRenderer renderer, Value value, Arguments arguments)
    {
        if (value is not Value.Str text)
            throw renderer.Error($"truncate needs a string, found a value of type {value.TypeName}.");
        var length = TemplateMethods.WholeAt(renderer, arguments, 0, "length", 255);
        var end = arguments.At(2, "end") is { } given ? renderer.Show(given) : "...";
        var leeway = TemplateMethods.WholeAt(renderer, arguments, 3, "leeway", 5);
        var endLength = TemplateMethods.Length(end);
        if (length < endLength || leeway < 0)
            throw renderer.Error($"truncate to {length} characters has no room for '{end}'.");
        if (TemplateMethods.Length(text.Text) <= (long)length + leeway)
            return text;
        var cut = string.Concat(text.Text.EnumerateRunes().Take(length - endLength));
        if (arguments.At(1, "killwords")?.IsTrue != true && cut.LastIndexOf(' ') is >= 0 and var blank)
            cut = cut[..blank];
        return renderer.Text(cut + end);
    }

    /// <summary>A value's member along a path of names and indices; the value itself when there is no path.</summary>
    private static Value Picked(TemplateRenderer renderer, Value value, Value? path, Value? otherwise = null)
    {
        if (path is null or Value.None)
            return value;
        foreach (var step in path is Value.Str text ? text.Text.Split('.') : [renderer.Show(path)])
            value = renderer.Item(value, int.TryParse(step, NumberStyles.None, CultureInfo.InvariantCulture, out var index) ? Value.Of(index) : Value.Of(step));
        return value is Value.Undefined && otherwise is not null ? otherwise : value;
    }

    /// <summary>Sorting, minimum and so on ignore the case of strings unless told otherwise.</summary>
    private static Value Comparable(Value value, Value? caseSensitive) =>
        value is Value.Str text && caseSensitive?.IsTrue != true ? Value.Of(PythonCase.Lower(text.Text)) : value;

    private static List<Value> Sorted(TemplateRenderer renderer, IReadOnlyList<Value> items, Value? reverse, Value? caseSensitive, Value? attribute)
    {
        var keys = items.Select(i => attribute is Value.Str several
            ? new Value.List([.. several.Text.Split(',').Select(p => Comparable(Picked(renderer, i, Value.Of(p)), caseSensitive))])
            : Comparable(Picked(renderer, i, attribute), caseSensitive)).ToArray();
        return InOrder(renderer, items, keys, reverse?.IsTrue == true);
    }

    /// <summary>Items in the order of their keys; equal ones keep their order in both directions, as in Python.</summary>
    public static List<T> InOrder<T>(TemplateRenderer renderer, IReadOnlyList<T> items, IReadOnlyList<Value> keys, bool descending)
    {
        var order = Comparer<Value>.Create((a, b) => renderer.Compare(a, b));
        var indices = Enumerable.Range(0, items.Count);
        var sorted = descending ? indices.OrderByDescending(i => keys[i], order) : indices.OrderBy(i => keys[i], order);
        try
        {
            return [.. sorted.Select(i => items[i])];
        }
        catch (InvalidOperationException wrapped) when (wrapped.InnerException is ChatTemplateException error)
        {
            throw error; // .NET wraps what a comparison throws
        }
    }

    private static Value.List Unique(TemplateRenderer renderer, Value value, Arguments arguments)
    {
        var seen = new HashSet<Value>(Value.PythonEquality.Instance);
        return new Value.List(
            [.. renderer.Items(value).Where(i => seen.Add(renderer.Key(Comparable(Picked(renderer, i, arguments.At(1, "attribute")), arguments.At(0, "case_sensitive")))))],
            Value.ListKind.Generator);
    }

    private static Value Sum(TemplateRenderer renderer, Value value, Arguments arguments)
    {
        var sum = arguments.At(1, "start") ?? Value.Of(0);
        foreach (var item in renderer.Items(value))
            sum = renderer.Arithmetic("+", sum, Picked(renderer, item, arguments.At(0, "attribute")));
        return sum;
    }

    private static Value Extreme(TemplateRenderer renderer, Value value, Arguments arguments, int sign)
    {
        Value? best = null;
        foreach (var item in renderer.Items(value))
            if (best is null || renderer.Compare(KeyOf(item), KeyOf(best)) * sign > 0)
                best = item;
        return best ?? new Value.Undefined("the extreme of an empty sequence");

        Value KeyOf(Value item) => Comparable(Picked(renderer, item, arguments.At(1, "attribute")), arguments.At(0, "case_sensitive"));
    }

    /// <summary>The items for map and select, which take what counts as false for no items at all.</summary>
    private static IReadOnlyList<Value> ItemsOrNone(TemplateRenderer renderer, Value value) => value.IsTrue ? renderer.Items(value) : [];

    private static Value.List Map(TemplateRenderer renderer, Value value, Arguments arguments)
    {
        if (arguments.Positional.Count == 0)
        {
            var attribute = arguments.Named.GetValueOrDefault("attribute") ?? throw renderer.Error("map needs a filter or an attribute.");
            var otherwise = arguments.Named.GetValueOrDefault("default");
            return new Value.List([.. ItemsOrNone(renderer, value).Select(i => Picked(renderer, i, attribute, otherwise))], Value.ListKind.Generator);
        }
        var filter = renderer.Show(arguments.Positional[0]);
        var rest = arguments with { Positional = [.. arguments.Positional.Skip(1)] };
        return new Value.List([.. ItemsOrNone(renderer, value).Select(i => Apply(renderer, filter, i, rest))], Value.ListKind.Generator);
    }

    private static Value.List Chosen(TemplateRenderer renderer, Value value, Arguments arguments, bool byAttribute, bool wanted)
    {
        var at = byAttribute ? 1 : 0;
        if (arguments.Positional.Count < at)
            throw renderer.Error("an attribute is missing.");
        var attribute = byAttribute ? arguments.Positional[0] : null;
        var test = arguments.Positional.Count > at ? renderer.Show(arguments.Positional[at]) : null;
        var rest = arguments with { Positional = [.. arguments.Positional.Skip(at + 1)] };
        return new Value.List(
            [.. ItemsOrNone(renderer, value).Where(i => Picked(renderer, i, attribute) is var picked
                && (test is null ? picked.IsTrue : TemplateTests.Holds(renderer, test, picked, rest)) == wanted)],
            Value.ListKind.Generator);
    }

    private static Value.List Pairs(TemplateRenderer renderer, Value value) => value is Value.Dict dict
        ? new Value.List(TemplateMethods.ItemsOf(renderer, dict).Items, Value.ListKind.Generator)
        : throw renderer.Error($"items needs a dictionary, found a value of type {value.TypeName}.");

    private static Value.List DictSort(TemplateRenderer renderer, Value value, Arguments arguments)
    {
        var byValue = arguments.At(1, "by") is Value.Str { Text: "value" };
        return new Value.List(Sorted(renderer, Pairs(renderer, value).Items, arguments.At(2, "reverse"), arguments.At(0, "case_sensitive"), Value.Of(byValue ? 1 : 0)));
    }

    private static Value.List Batch(TemplateRenderer renderer, Value value, Arguments arguments)
    {
        var size = TemplateMethods.WholeAt(renderer, arguments, 0, "linecount", 0);
        if (size < 1)
            throw renderer.Error("batch needs a size of at least 1.");
        var fill = arguments.At(1, "fill_with");
        renderer.CheckLength(fill is null ? 0 : size);
        var items = renderer.Items(value);
        renderer.Charge(items.Count / size);
        return new Value.List(
            [.. items.Chunk(size).Select(c => new Value.List(fill is null ? c : [.. c, .. Enumerable.Repeat(fill, size - c.Length)]))],
            Value.ListKind.Generator);
    }

    /// <summary>Items in a number of columns, the first ones longer by one where they do not share evenly.</summary>
    private static Value.List Slice(TemplateRenderer renderer, Value value, Arguments arguments)
    {
        var slices = TemplateMethods.WholeAt(renderer, arguments, 0, "slices", 0);
        if (slices < 1)
            throw renderer.Error("slice needs a number of at least 1.");
        renderer.Charge(8L * slices);
        var items = renderer.Items(value);
        var (length, longer) = Math.DivRem(items.Count, slices);
        var fill = arguments.At(1, "fill_with") is { } given and not Value.None ? given : null;
        var columns = new List<Value>();
        for (var (i, start) = (0, 0); i < slices; i++)
        {
            var column = items.Skip(start).Take(length + (i < longer ? 1 : 0)).ToList();
            start += column.Count;
            if (fill is not null && i >= longer)
                column.Add(fill);
            columns.Add(new Value.List(column));
        }
        return new Value.List(columns, Value.ListKind.Generator);
    }

    private static Value.List GroupBy(TemplateRenderer renderer, Value value, Arguments arguments)
    {
        var attribute = arguments.At(0, "attribute") ?? throw renderer.Error("groupby needs an attribute.");
        var groups = new List<(Value Key, List<Value> Items)>();
        foreach (var item in Sorted(renderer, renderer.Items(value), null, arguments.At(2, "case_sensitive"), attribute))
        {
            var key = Picked(renderer, item, attribute, arguments.At(1, "default"));
            if (groups.Count > 0 && renderer.AreEqual(Comparable(groups[^1].Key, null), Comparable(key, null)))
                groups[^1].Items.Add(item);
            else
                groups.Add((key, [item]));
        }
        return new Value.List([.. groups.Select(g => new Value.Group(g.Key, new Value.List(g.Items)))]);
    }
}
