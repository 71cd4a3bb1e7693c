using System.Collections.Immutable;
using System.ComponentModel.DataAnnotations;
using System.Text.Json;

namespace FissionGrpo.Environments.Workshop.Full;

/// <summary>BFCL's categories of multi-turn tasks.</summary>
public enum WorkshopCategory
{
    /// <summary>Everything that is needed is there.</summary>
    Base,

    /// <summary>A function is held out until a later turn.</summary>
    MissFunc,

    /// <summary>A turn lacks a value, which the next one supplies.</summary>
    MissParam,

    /// <summary>Results are padded with much that is beside the point.</summary>
    LongContext,
}

/// <summary>What tasks of the full profile look like. The defaults are near the official tasks.</summary>
/// <param name="Categories">BFCL's categories to draw, in turn; none means all four.</param>
/// <param name="MinTurns">Fewest user turns, before miss_func and miss_param add theirs.</param>
/// <param name="MaxTurns">Most user turns.</param>
/// <param name="Blocked">How likely a start state is one in which the obvious first call fails: logged out, doors open. The error then says what is needed.</param>
/// <param name="OfficialTables">Use the documents, tables and long-context texts of the official data that the user has added, rather than the Workshop's own.</param>
public sealed record FullOptions(
    ImmutableArray<WorkshopCategory> Categories = default,
    [property: Range(1, 7)] int MinTurns = 1,
    [property: Range(1, 7)] int MaxTurns = 7,
    [property: Range(0.0, 1.0)] double Blocked = 0.6,
    bool OfficialTables = false)
{
    /// <summary>The same with its defaults in words.</summary>
    public FullOptions InWords() => this with { Categories = Drawn };

    /// <summary>The categories drawn, by BFCL's names.</summary>
    internal ImmutableArray<string> DrawnCategories => [.. Drawn.Select(NameOf)];

    private ImmutableArray<WorkshopCategory> Drawn => Categories.IsDefaultOrEmpty ? [.. Enum.GetValues<WorkshopCategory>()] : Categories;

    private static string NameOf(WorkshopCategory category) => JsonNamingPolicy.SnakeCaseLower.ConvertName(category.ToString());

    /// <summary>What is wrong with these options, one sentence each; nothing when they are usable.</summary>
    public IEnumerable<string> Problems()
    {
        var attributes = new List<ValidationResult>();
        Validator.TryValidateObject(this, new ValidationContext(this), attributes, validateAllProperties: true);
        foreach (var problem in attributes)
            yield return $"workshop: full: {problem.ErrorMessage}";
        if (MinTurns > MaxTurns)
            yield return $"workshop: full: min_turns is {MinTurns} and max_turns {MaxTurns}, expected min_turns to be at most max_turns.";
        if (DrawnCategories.Distinct(StringComparer.Ordinal).Count() != DrawnCategories.Length)
            yield return "workshop: full: categories names one twice. Name each category once.";
    }
}
