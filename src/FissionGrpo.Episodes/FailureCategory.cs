namespace FissionGrpo.Episodes;

/// <summary>
/// The closed set of words for failures (docs/diagnosis.md), used by diagnoser, simulator, metrics and viewer alike.
/// In files they are written in snake_case.
/// </summary>
public enum FailureCategory
{
    /// <summary>The reply could not be parsed.</summary>
    MalformedOutput,

    /// <summary>The tool does not exist or is not offered.</summary>
    UnknownTool,

    /// <summary>A parameter that the tool does not have.</summary>
    UnknownParameter,

    /// <summary>A required parameter is not given.</summary>
    MissingParameter,

    /// <summary>A value of the wrong type.</summary>
    WrongType,

    /// <summary>A value of the right type that is not the right one.</summary>
    WrongValue,

    /// <summary>The call would be right, but the state does not permit it yet.</summary>
    UnmetPrecondition,

    /// <summary>The right calls in an order that does not work.</summary>
    WrongOrder,

    /// <summary>An expected call was not made.</summary>
    MissingCall,

    /// <summary>A call that nothing asked for.</summary>
    NeedlessCall,

    /// <summary>A failed call made again unchanged.</summary>
    RepeatedFailingCall,

    /// <summary>The turn was ended although the goal was not reached.</summary>
    PrematureStop,

    /// <summary>The reply claims a result that no tool gave.</summary>
    InventedResult,
}
