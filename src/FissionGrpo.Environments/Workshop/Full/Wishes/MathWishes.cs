using System.Collections.Immutable;
using FissionGrpo.Environments.Python;

namespace FissionGrpo.Environments.Workshop.Full;

/// <summary>MathAPI alone: all numbers are in the request.</summary>
internal static class MathWishes
{
    public static ImmutableArray<Wish> List { get; } =
    [
        Numbers("mean", 8, "work out the mean of {numbers}", "What do {numbers} average out to?", "average {numbers} for me", "give me the arithmetic mean of {numbers}"),
        Numbers("standard_deviation", 1.5, "get the standard deviation of {numbers}", "How widely do {numbers} spread? I need the standard deviation.", "calculate how far {numbers} scatter, as a standard deviation", "tell me the standard deviation for {numbers}"),
        Numbers("max_value", 0.4, "pick the largest of {numbers}", "Which is the biggest among {numbers}?", "find the maximum of {numbers}", "single out the highest of {numbers}"),
        Numbers("min_value", 0.4, "pick the smallest of {numbers}", "Which is the least among {numbers}?", "find the minimum of {numbers}", "single out the lowest of {numbers}"),
        Numbers("sum_values", 0.5, "sum up {numbers}", "What is the total of {numbers}?", "add {numbers} together in one go", "total {numbers}"),
        Pair("add", 0.3, "add {a} and {b}", "What do {a} and {b} make together?", "compute {a} plus {b}", "give me the sum of the two numbers {a} and {b}"),
        Pair("subtract", 0.3, "subtract {b} from {a}", "What remains of {a} after taking away {b}?", "compute {a} minus {b}", "take {b} off {a}"),
        Pair("multiply", 0.3, "multiply {a} by {b}", "What is {a} times {b}?", "compute the product of {a} and {b}", "find {a} multiplied with {b}"),
        Pair("divide", 0.3, "divide {a} by {b}", "What is {a} over {b}?", "compute {a} divided by {b}", "split {a} into {b} equal parts and tell me how much each is"),
        new("math.power", 0.3, s =>
            {
                var (x, n) = (s.Rng.Next(2, 13), s.Rng.Next(2, 6));
                s.Do("power", ("base", x), ("exponent", n));
                return [("a", $"{x}"), ("b", $"{n}")];
            },
            "raise {a} to the power of {b}", "What is {a} to the {b}th power?", "compute {a} with the exponent {b}", "take {a} to the power {b}"),
        new("math.root", 0.3, s =>
            {
                var (x, precision) = (s.Rng.Next(2, 900), s.Rng.Next(3, 9));
                s.Do("square_root", ("number", x), ("precision", precision));
                return [("a", $"{x}"), ("n", Phrases.Small(precision))];
            },
            "take the square root of {a} to a precision of {n} digits", "What is the square root of {a}, with precision {n}?", "compute the square root of {a} ({n} digits of precision)", "extract the square root of {a} at {n} digits precision"),
        new("math.logarithm", 3, s =>
            {
                var (x, b, precision) = (s.Rng.Next(3, 2000), s.Rng.Chance(0.6) ? 10 : 2, s.Rng.Next(4, 11));
                s.Do("logarithm", ("value", (double)x), ("base", b), ("precision", precision));
                return [("a", $"{x}"), ("b", $"{b}"), ("n", Phrases.Small(precision))];
            },
            "compute the base {b} logarithm of {a} with a precision of {n}", "What is the logarithm of {a} to the base {b}? Precision {n}, please.", "give me log {a} in base {b}, precise to {n} digits", "find the logarithm of {a} for base {b} at precision {n}")
        {
            Vague = ["compute the logarithm of {a} in base {b}", "What is the base {b} logarithm of {a}? I care about the precision.", "give me log {a} in base {b}, to a certain precision", "find the logarithm of {a} for base {b}, precisely enough"],
            Supply = ["Use a precision of {n}.", "The precision should be {n} digits.", "Precision {n}, please.", "Take {n} as the precision."],
        },
        new("math.absolute", 0.6, s =>
            {
                var x = -s.Cents(1, 500);
                s.Do("absolute_value", ("number", x));
                return [("a", Phrases.Number(x))];
            },
            "tell me the absolute value of {a}", "What is {a} without its sign?", "compute the absolute value of {a}", "drop the sign of {a} by taking its absolute value"),
        new("math.round", 0.3, s =>
            {
                var (x, places) = (Math.Round(s.Cents(1, 90) + 0.00321, 5), s.Rng.Next(1, 3));
                s.Do("round_number", ("number", x), ("decimal_places", places));
                return [("a", Phrases.Number(x)), ("n", places == 1 ? "one decimal place" : "two decimal places")];
            },
            "round {a} to {n}", "What is {a}, rounded to {n}?", "shorten {a} to {n} by rounding", "give {a} rounded to {n}"),
        new("math.percentage", 0.3, s =>
            {
                var (part, whole) = (s.Rng.Next(3, 90), s.Rng.Next(100, 400));
                s.Do("percentage", ("part", part), ("whole", whole));
                return [("a", $"{part}"), ("b", $"{whole}")];
            },
            "tell me what percentage {a} is of {b}", "What share of {b} is {a}, in percent?", "express {a} as a percentage of {b}", "work out how many percent of {b} the number {a} is"),
        new("math.si", 0.3, s =>
            {
                var names = new[] { ("km", "kilometers"), ("m", "meters"), ("cm", "centimeters"), ("mm", "millimeters") };
                s.Rng.Shuffle<(string, string)>(names);
                var x = s.Rng.Next(2, 400);
                s.Do("si_unit_conversion", ("value", x), ("unit_in", names[0].Item1), ("unit_out", names[1].Item1));
                return [("a", $"{x}"), ("from", names[0].Item2), ("to", names[1].Item2)];
            },
            "convert {a} {from} to {to}", "How many {to} are {a} {from}?", "express {a} {from} in {to}", "turn {a} {from} into {to}"),
        new("math.imperial", 0.3, s =>
            {
                if (s.Tables.Conversions.IsEmpty)
                    return null;
                var (from, to) = s.Rng.Pick(s.Tables.Conversions.AsSpan());
                var x = s.Rng.Next(2, 150);
                s.Do("imperial_si_conversion", ("value", x), ("unit_in", from), ("unit_out", to));
                return [("a", $"{x}"), ("from", from), ("to", to)];
            },
            "convert {a} {from} to {to} between imperial and metric", "How much is {a} {from} in {to}?", "express {a} {from} as {to}", "change {a} {from} over to {to}"),
    ];

    private static Wish Numbers(string method, double weight, params ImmutableArray<string> say) => new($"math.{method}", weight, s =>
    {
        var whole = s.Rng.Chance(0.5);
        var values = new double[s.Rng.Next(3, 6)];
        for (var i = 0; i < values.Length; i++)
            values[i] = whole ? s.Rng.Next(2, 400) : s.Cents(1, 300);
        s.Do(method, ("numbers", new PyList([.. values.Select(v => whole ? (PyValue)(int)v : v)])));
        return [("numbers", Phrases.List([.. values.Select(Phrases.Number)]))];
    }, say);

    private static Wish Pair(string method, double weight, params ImmutableArray<string> say) => new($"math.{method}", weight, s =>
    {
        var (a, b) = (s.Rng.Next(20, 900), s.Rng.Next(2, 20));
        s.Do(method, ("a", a), ("b", b));
        return [("a", $"{a}"), ("b", $"{b}")];
    }, say);
}
