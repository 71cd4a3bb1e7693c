using System.Collections.Frozen;
using System.Collections.Immutable;
using FissionGrpo.Environments.Python;

namespace FissionGrpo.Environments.Bfcl.Api;

/// <summary>What a method does with the arguments, which are already bound: one value per parameter.</summary>
internal delegate PyValue ApiHandler(ApiClass self, ReadOnlySpan<PyValue> arguments);

/// <summary>A parameter; without a default it is required.</summary>
internal sealed record ApiParameter(string Name, bool IsRequired, PyValue Default);

/// <summary>A method of one of the classes.</summary>
/// <param name="ClassName">The class, for error texts.</param>
/// <param name="Name">The name that calls use.</param>
/// <param name="Parameters">In Python's order, <c>self</c> left out.</param>
/// <param name="Changes">How much of its object the body may change: as much must belong to the caller first.</param>
/// <param name="Handler">The body.</param>
internal sealed record ApiMethod(string ClassName, string Name, ImmutableArray<ApiParameter> Parameters, Ownership Changes, ApiHandler Handler)
{
    /// <summary>How many parameters have no default; they come first.</summary>
    public int Required { get; } = Parameters.Count(p => p.IsRequired);
}

/// <summary>An attribute of the state.</summary>
/// <param name="Name">As in Python.</param>
/// <param name="Key">The scenario's key for it.</param>
/// <param name="Neutral">The value when neither the scenario nor the constants have one.</param>
/// <param name="IsCompared">Public attributes decide the state check; private ones do not.</param>
/// <param name="IsFixed">No method changes what it holds (an expression of the model's may).</param>
internal sealed record ApiAttribute(string Name, string Key, Func<PyValue> Neutral, bool IsCompared = true, bool IsFixed = false);

/// <summary>How much of an object belongs to the world that holds it; what does not is shared with forks and must not change.</summary>
internal enum Ownership : byte
{
    /// <summary>Nothing: it may only be read.</summary>
    None,

    /// <summary>The attributes themselves, but not the lists and dicts that they hold.</summary>
    Attributes,

    /// <summary>All that methods change.</summary>
    Parts,

    /// <summary>Everything.</summary>
    All,
}

/// <summary>One of the eight classes: its attributes and methods.</summary>
internal sealed class ApiType
{
    private readonly Func<BfclConstants, ApiClass> _create;

    internal ApiType(string name, ImmutableArray<ApiAttribute> attributes, ImmutableArray<ApiMethod> methods, Func<BfclConstants, ApiClass> create)
    {
        Name = name;
        Attributes = attributes;
        Methods = methods.ToFrozenDictionary(m => m.Name);
        _create = create;
    }

    /// <summary><c>VehicleControlAPI</c>, …</summary>
    public string Name { get; }

    public ImmutableArray<ApiAttribute> Attributes { get; }

    public FrozenDictionary<string, ApiMethod> Methods { get; }

    /// <summary>A new object with its scenario loaded.</summary>
    /// <param name="constants">Default states, tables and long-context extensions.</param>
    /// <param name="scenario">The task's configuration of this class; null when it has none. It is copied.</param>
    /// <param name="longContext">The task is of the category long_context.</param>
    public ApiClass Create(BfclConstants constants, PyDict? scenario, bool longContext)
    {
        var created = _create(constants);
        created.Initialise(scenario, longContext);
        return created;
    }
}

/// <summary>The classes by name.</summary>
internal static class ApiTypes
{
    public static FrozenDictionary<string, ApiType> All { get; } = new[]
    {
        GorillaFileSystem.Type, MathApi.Type, MessageApi.Type, TwitterApi.Type, TicketApi.Type, TradingBot.Type, TravelApi.Type, VehicleControlApi.Type,
    }.ToFrozenDictionary(t => t.Name);

    /// <summary>The original's module of a class: messages about starred arguments name it.</summary>
    public static string ModuleOf(string className) => "bfcl_eval.eval_checker.multi_turn_eval.func_source_code." + className switch
    {
        "GorillaFileSystem" => "gorilla_file_system",
        "MathAPI" => "math_api",
        "MessageAPI" => "message_api",
        "TwitterAPI" => "posting_api",
        "TicketAPI" => "ticket_api",
        "TradingBot" => "trading_bot",
        "TravelAPI" => "travel_booking",
        _ => "vehicle_control",
    };
}
