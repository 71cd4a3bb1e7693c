using System.Collections.Immutable;
using FissionGrpo.Environments.Python;
using FissionGrpo.Environments.Python.Source;
using FissionGrpo.Environments.Python.Syntax;

namespace FissionGrpo.Environments.Official;

/// <summary>The constants of BFCL's API classes and prompts, which its program keeps in <c>func_source_code</c>, <c>constants</c> and <c>utils.py</c>.</summary>
internal static class BfclSources
{
    private const string LongContext = "func_source_code/long_context.py";
    private const string Math = "func_source_code/math_api.py";
    private const string Prompts = "constants/default_prompts.py";

    private static readonly (string Class, string File)[] Classes =
    [
        ("MessageAPI", "func_source_code/message_api.py"),
        ("TwitterAPI", "func_source_code/posting_api.py"),
        ("TicketAPI", "func_source_code/ticket_api.py"),
        ("TradingBot", "func_source_code/trading_bot.py"),
        ("TravelAPI", "func_source_code/travel_booking.py"),
        ("VehicleControlAPI", "func_source_code/vehicle_control.py"),
    ];

    // Releases differ in which of the two holds the function.
    private static readonly string[] Hints = ["bfcl_eval/utils.py", "model_handler/utils.py"];

    public static ImmutableArray<DerivedFile> Files { get; } =
    [
        new("env_constants.json", [LongContext, Math, .. Classes.Select(c => c.File)]) { Indent = 0, Make = Constants },
        new("prompt_strings.json", [Prompts, .. Hints.Select(h => h + "?")]) { Make = PromptStrings },
    ];

    private static PyValue Constants(SourceFiles files)
    {
        var extensions = files.Module(LongContext);
        var values = extensions.Values();
        var longContext = new PyDict();
        foreach (var name in extensions.ConstantNames)
            longContext[name] = values.Of(name)!.Value;
        var defaults = new PyDict();
        foreach (var (type, file) in Classes)
            defaults[type] = files.Module(file).Constant("DEFAULT_STATE");
        return new PyDict(("long_context", longContext), ("default_state", defaults), ("tables", Tables(files)));
    }

    private static PyDict Tables(SourceFiles files)
    {
        var travel = files.Module("func_source_code/travel_booking.py");
        var trading = files.Module("func_source_code/trading_bot.py");
        var vehicle = files.Module("func_source_code/vehicle_control.py");
        return new PyDict(
            ("TravelAPI.flight_base_costs", Table(travel, "TravelAPI", "get_flight_cost", "base_costs")),
            ("TravelAPI.exchange_rates", Table(travel, "TravelAPI", "compute_exchange_rate", "exchange_rates")),
            ("TravelAPI.airport_by_city", Table(travel, "TravelAPI", "get_nearest_airport_by_city", "airport_map")),
            ("TravelAPI.airports", travel.Returned(travel.Function("list_all_airports", "TravelAPI"))),
            ("TradingBot.symbol_by_name", Table(trading, "TradingBot", "get_symbol_by_name", "symbol_map")),
            ("TradingBot.sectors", Table(trading, "TradingBot", "get_available_stocks", "sector_map")),
            ("VehicleControlAPI.zipcode_by_city", ZipCodes(vehicle)),
            ("VehicleControlAPI.distance_km", Distances(vehicle)),
            ("MathAPI.imperial_si", Factors(files.Module(Math))));
    }

    private static PyValue Table(PyModule module, string type, string method, string name) => module.Local(module.Function(method, type), name);

    /// <summary>A chain of <c>if city == "…": return {"zipcode": "…"}</c>.</summary>
    private static PyDict ZipCodes(PyModule module)
    {
        var codes = new PyDict();
        foreach (var (condition, branch) in Branches(module, module.Function("get_zipcode_based_on_city", "VehicleControlAPI")))
            if (Texts(condition) is [var city])
                codes[city] = Entry(module.Returned(branch), "zipcode");
        return codes;
    }

    /// <summary>A chain of <c>if (cityA == "…" and cityB == "…") or …: distance = {"distance": …}</c>, in the order of the zip codes.</summary>
    private static PyList Distances(PyModule module)
    {
        var pairs = new SortedDictionary<(string, string), PyValue>(Comparer<(string, string)>.Create((a, b) =>
            string.CompareOrdinal(a.Item1, b.Item1) is not 0 and var first ? first : string.CompareOrdinal(a.Item2, b.Item2)));
        foreach (var (condition, branch) in Branches(module, module.Function("estimate_distance", "VehicleControlAPI")))
        {
            if (Texts(condition) is not [var a, var b, ..])
                continue;
            pairs[string.CompareOrdinal(a, b) < 0 ? (a, b) : (b, a)] = Entry(module.Local(branch, "distance"), "distance");
        }
        return new PyList(pairs.Select(p => (PyValue)new PyList(p.Key.Item1, p.Key.Item2, p.Value)).ToArray());
    }

    /// <summary>The factors alone: temperatures are not a matter of a factor, and the class converts them itself.</summary>
    private static PyDict Factors(PyModule module)
    {
        var all = module.Local(module.Function("imperial_si_conversion", "MathAPI"), "conversion").Reference as PyDict ?? new PyDict();
        var factors = new PyDict();
        for (var i = 0; i < all.Count; i++)
            if (!$"{all.Keys[i]}".Contains("celsius", StringComparison.Ordinal))
                factors[all.Keys[i]] = all.Values[i];
        return factors;
    }

    private static IEnumerable<(PyNode Condition, PyStatement Branch)> Branches(PyModule module, PyStatement function) =>
        from statement in PyModule.Within(function)
        let start = statement.Text.StartsWith("if ", StringComparison.Ordinal) ? 3 : statement.Text.StartsWith("elif ", StringComparison.Ordinal) ? 5 : 0
        let end = PyStatement.Find(statement.Text, ':')
        where start > 0 && end > start
        select (module.Parse(statement, statement.Text[start..end]), statement);

    /// <summary>The texts that a condition compares with, in its order.</summary>
    private static string[] Texts(PyNode condition) => condition switch
    {
        PyNode.Logical logical => [.. logical.Operands.SelectMany(Texts)],
        PyNode.Comparison { Rest: [("==", PyNode.Constant { Value.Kind: PyKind.Str } text)] } => [$"{text.Value}"],
        _ => [],
    };

    private static PyValue PromptStrings(SourceFiles files)
    {
        var prompts = files.Module(Prompts);
        return new PyDict(
            ("max_steps_constant", prompts.Constant("MAXIMUM_STEP_LIMIT")),
            ("prompting_system_prompt", SystemPrompt(prompts)),
            ("functions_rendering", "JSON with 4-space indent of the list of function docs, ASCII-escaped"),
            ("additional_function_user_message_fc", prompts.Constant("DEFAULT_USER_PROMPT_FOR_ADDITIONAL_FUNCTION_FC")),
            ("additional_function_user_message_prompting", prompts.Constant("DEFAULT_USER_PROMPT_FOR_ADDITIONAL_FUNCTION_PROMPTING")),
            ("language_hint_suffix", Hint(files)));
    }

    /// <summary>
    /// The prompt of the default format, put together as the program does it: a template by format, filled with the parts of a style. Older
    /// releases have it whole.
    /// </summary>
    private static string SystemPrompt(PyModule prompts)
    {
        if (!prompts.Has("PROMPT_STYLE_TEMPLATES"))
            return $"{prompts.Constant("DEFAULT_SYSTEM_PROMPT")}";
        var format = new PyDict();
        foreach (var choice in $"{prompts.Constant("DEFAULT_SYSTEM_PROMPT_FORMAT")}".Split('&'))
            format[choice.Split('=')[0]] = choice.Split('=')[^1];
        var style = Entry(prompts.Constant("PROMPT_STYLE_TEMPLATES"), $"{format["style"]}");
        var template = $"{Entry(prompts.Constant("PROMPT_TEMPLATE_MAPPING"), $"{format["prompt_fmt"]}")}";
        var callFormat = Fill(
            $"{Entry(style, $"{format["tool_call_tag"]}" == "True" ? "tool_call_with_tag" : "tool_call_no_tag")}",
            ("output_format", $"{Entry(prompts.Constant("OUTPUT_FORMAT_MAPPING"), $"{format["ret_fmt"]}")}"),
            ("param_types", $"{Entry(prompts.Constant("PARAM_TYPE_MAPPING"), $"{format["ret_fmt"]}")}"));
        return Fill(
            template,
            ("persona", $"{Entry(style, "persona")}"),
            ("task", $"{Entry(style, "task")}"),
            ("tool_call_format", callFormat),
            ("multiturn_behavior", $"{Entry(style, "multiturn_behavior")}"),
            ("available_tools", Fill($"{Entry(style, "available_tools")}", ("format", $"{format["func_doc_fmt"]}"))));
    }

    private static PyValue Entry(PyValue table, string key) =>
        table.Reference is PyDict dict && dict.TryGetValue(key, out var value) ? value : throw PyException.KeyError(key);

    private static string Fill(string template, params (string Name, string Value)[] parts) =>
        parts.Aggregate(template, (text, part) => text.Replace($"{{{part.Name}}}", part.Value, StringComparison.Ordinal));

    /// <summary>What the program adds to each description in the end, that is for Python.</summary>
    private static PyValue Hint(SourceFiles files)
    {
        foreach (var path in Hints.Where(files.Has))
        {
            var module = files.Module(path);
            if (module.Statements.FirstOrDefault(s => s.Begins("def", "_get_language_specific_hint")) is { } function)
                return module.Returned(function);
        }
        throw PyException.KeyError("_get_language_specific_hint");
    }
}
