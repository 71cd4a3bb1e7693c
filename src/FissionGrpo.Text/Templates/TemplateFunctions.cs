using System.Globalization;
using System.Numerics;
using System.Text;

namespace FissionGrpo.Text.Templates;

/// <summary>The functions that every template has, and the members of <c>loop</c>.</summary>
internal static class TemplateFunctions
{
    private const int LongestRange = 100_000; // Jinja2's sandbox has the same

    public static IEnumerable<KeyValuePair<string, Value>> Of(TemplateRenderer renderer, TimeProvider time)
    {
        yield return Function("range", a => Range(renderer, a));
        yield return Function("namespace", a => new Value.Space(MembersOf(renderer, a).ToDictionary(m => renderer.Show(m.Key), m => m.Value)));
        yield return Function("dict", a => new Value.Dict(MembersOf(renderer, a)));
        yield return Function("cycler", a => Cycler(renderer, a.Positional));
        yield return Function("joiner", a => Joiner(a.At(0, "sep") ?? Value.Of(", ")));
        yield return Function("lipsum", _ => throw renderer.Error("lipsum is not supported."));
        yield return Function("raise_exception", a => throw renderer.Error(renderer.Show(a.At(0, "message") ?? Value.Of(""))));
        yield return Function("strftime_now", a => a.At(0, "format") is Value.Str format
            ? renderer.Text(Format(renderer, time.GetLocalNow(), format.Text))
            : throw renderer.Error("strftime_now needs a format."));
    }

    public static Value? LoopMember(TemplateRenderer renderer, Value.Loop loop, string name) => name switch
    {
        "index" => Value.Of(loop.Index + 1),
        "index0" => Value.Of(loop.Index),
        "revindex" => Value.Of(loop.Items.Count - loop.Index),
        "revindex0" => Value.Of(loop.Items.Count - loop.Index - 1),
        "first" => Value.Of(loop.Index == 0),
        "last" => Value.Of(loop.Index == loop.Items.Count - 1),
        "length" => Value.Of(loop.Items.Count),
        "depth" => Value.Of(loop.Depth),
        "depth0" => Value.Of(loop.Depth - 1),
        "previtem" => loop.Index > 0 ? loop.Items[loop.Index - 1] : new Value.Undefined("'loop.previtem' of the first item"),
        "nextitem" => loop.Index < loop.Items.Count - 1 ? loop.Items[loop.Index + 1] : new Value.Undefined("'loop.nextitem' of the last item"),
        "cycle" => new Value.Callable("cycle", a => a.Positional.Count > 0
            ? a.Positional[loop.Index % a.Positional.Count]
            : throw renderer.Error("loop.cycle needs values.")),
        "changed" => new Value.Callable("changed", a =>
        {
            var asked = new Value.List(a.Positional);
            var changed = loop.LastAsked is null || !renderer.AreEqual(loop.LastAsked, asked);
            loop.LastAsked = asked;
            return Value.Of(changed);
        }),
        _ => null,
    };

    private static KeyValuePair<string, Value> Function(string name, Func<Arguments, Value> body) => new(name, new Value.Callable(name, body));

    private static Value.List Range(TemplateRenderer renderer, Arguments arguments)
    {
        if (arguments.Positional.Count is 0 or > 3 || arguments.Positional.Any(a => a is not (Value.Int or Value.Bool)))
            throw renderer.Error("range needs one to three whole numbers.");
        var bounds = arguments.Positional.Select(a => (long)BigInteger.Clamp(Value.Whole(a), int.MinValue, int.MaxValue)).ToArray();
        var (start, stop, step) = bounds.Length switch { 1 => (0L, bounds[0], 1L), 2 => (bounds[0], bounds[1], 1L), _ => (bounds[0], bounds[1], bounds[2]) };
        if (step == 0)
            throw renderer.Error("the step of a range is 0.");
        var count = Math.Max(0, step > 0 ? (stop - start + step - 1) / step : (start - stop - step - 1) / -step);
        if (count > LongestRange)
            throw renderer.Error($"a range has {count} numbers, expected at most {LongestRange}.");
        renderer.Charge(count);
        return new Value.List([.. Enumerable.Range(0, (int)count).Select(i => Value.Of(start + (i * step)))], Value.ListKind.Range);
    }

    /// <summary>Gives its values in turn; <c>current</c>, <c>next()</c> and <c>reset()</c>.</summary>
    private static Value.Space Cycler(TemplateRenderer renderer, IReadOnlyList<Value> values)
    {
        if (values.Count == 0)
            throw renderer.Error("cycler needs values.");
        var at = 0;
        var cycler = new Dictionary<string, Value> { ["current"] = values[0] };
        cycler["next"] = new Value.Callable("next", _ =>
        {
            var current = values[at];
            cycler["current"] = values[at = (at + 1) % values.Count];
            return current;
        });
        cycler["reset"] = new Value.Callable("reset", _ =>
        {
            cycler["current"] = values[at = 0];
            return Value.None.Instance;
        });
        return new Value.Space(cycler);
    }

    /// <summary>Gives nothing the first time, its separator from then on.</summary>
    private static Value.Callable Joiner(Value separator)
    {
        var used = false;
        return new Value.Callable("joiner", _ =>
        {
            var text = used ? separator : Value.Of("");
            used = true;
            return text;
        });
    }

    private static OrderedDictionary<Value, Value> MembersOf(TemplateRenderer renderer, Arguments arguments)
    {
        if (arguments.Positional.Count > 1)
            throw renderer.Error($"a dictionary is made of at most one value, found {arguments.Positional.Count}.");
        var members = new OrderedDictionary<Value, Value>(Value.PythonEquality.Instance);
        foreach (var argument in arguments.Positional)
        {
            renderer.RefuseUndefined(argument);
            if (argument is Value.Dict dict)
            {
                renderer.Charge(dict.Members.Count);
                foreach (var (key, value) in dict.Members)
                    members[renderer.Key(key)] = value;
            }
            else
                foreach (var pair in renderer.Items(argument))
                    members[renderer.Key(Part(pair, 0))] = Part(pair, 1);
        }
        foreach (var (name, value) in arguments.Named)
            members[Value.Of(name)] = value;
        return members;

        Value Part(Value pair, int index) =>
            renderer.Items(pair) is { Count: 2 } parts ? parts[index] : throw renderer.Error("a dictionary is made of pairs, found something else.");
    }

    /// <summary>C's strftime in the C locale, as far as templates use it.</summary>
    private static string Format(TemplateRenderer renderer, DateTimeOffset now, string format)
    {
        var text = new StringBuilder();
        for (var i = 0; i < format.Length; i++)
        {
            if (format[i] != '%' || i + 1 == format.Length)
            {
                text.Append(format[i]);
                continue;
            }
            var unpadded = format[++i] == '-' && i + 1 < format.Length;
            var directive = unpadded ? format[++i] : format[i];
            var part = directive switch
            {
                'Y' => now.ToString("yyyy", CultureInfo.InvariantCulture),
                'y' => now.ToString("yy", CultureInfo.InvariantCulture),
                'm' => now.ToString("MM", CultureInfo.InvariantCulture),
                'd' => now.ToString("dd", CultureInfo.InvariantCulture),
                'e' => now.Day.ToString(CultureInfo.InvariantCulture).PadLeft(2),
                'H' => now.ToString("HH", CultureInfo.InvariantCulture),
                'I' => now.ToString("hh", CultureInfo.InvariantCulture),
                'M' => now.ToString("mm", CultureInfo.InvariantCulture),
                'S' => now.ToString("ss", CultureInfo.InvariantCulture),
                'f' => now.ToString("ffffff", CultureInfo.InvariantCulture),
                'p' => now.ToString("tt", CultureInfo.InvariantCulture),
                'B' => now.ToString("MMMM", CultureInfo.InvariantCulture),
                'b' or 'h' => now.ToString("MMM", CultureInfo.InvariantCulture),
                'A' => now.ToString("dddd", CultureInfo.InvariantCulture),
                'a' => now.ToString("ddd", CultureInfo.InvariantCulture),
                'j' => now.DayOfYear.ToString("000", CultureInfo.InvariantCulture),
                'F' => now.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
                'T' => now.ToString("HH:mm:ss", CultureInfo.InvariantCulture),
                'D' => now.ToString("MM/dd/yy", CultureInfo.InvariantCulture),
                'R' => now.ToString("HH:mm", CultureInfo.InvariantCulture),
                'Z' or 'z' => "", // Python's datetime.now() knows no zone
                '%' => "%",
                _ => throw renderer.Error($"strftime_now does not know '%{directive}'."),
            };
            text.Append(unpadded && part.Length > 1 ? part.TrimStart('0', ' ') is { Length: > 0 } trimmed ? trimmed : "0" : part);
        }
        return text.ToString();
    }
}
