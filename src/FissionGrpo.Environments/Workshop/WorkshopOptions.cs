using System.Collections.Immutable;
using System.ComponentModel.DataAnnotations;
using FissionGrpo.Environments.Workshop.Full;

namespace FissionGrpo.Environments.Workshop;

/// <summary>The BFCL classes over which the Workshop draws tasks.</summary>
public enum WorkshopApi
{
    /// <summary>VehicleControlAPI.</summary>
    Vehicle,

    /// <summary>TicketAPI.</summary>
    Ticket,

    /// <summary>MessageAPI.</summary>
    Message,

    /// <summary>GorillaFileSystem.</summary>
    Files,
}

/// <summary>Which of the two generators makes the tasks.</summary>
public enum WorkshopProfile
{
    /// <summary>Short tasks in few words over four classes, with dials for failures: for the embedded model.</summary>
    Small,

    /// <summary>Tasks like the official ones over all eight classes and four categories: for real models.</summary>
    Full,
}

/// <summary>Disjoint sources of tasks.</summary>
public enum WorkshopSplit
{
    /// <summary>Tasks to train on.</summary>
    Train,

    /// <summary>Fresh tasks from the same slot values and wordings as <see cref="Train"/>: learning without generalisation.</summary>
    InDistribution,

    /// <summary>Pairs of slot and value, and of opening and wording, that no training task has.</summary>
    HeldOut,

    /// <summary>Training values in phrases that no other split uses.</summary>
    Reworded,

    /// <summary>Every task meets an error kind that no demonstration shows.</summary>
    UnseenErrors,
}

/// <summary>
/// What tasks look like. Three dials decide where fission can pay (docs/workshop.md): how late a failure comes (<paramref name="Lateness"/>
/// with the number of turns and goals), how occasional it is (<paramref name="BlockerRate"/>, <paramref name="DriftRate"/>), and how hard the
/// way out is (<paramref name="Hardness"/>, <paramref name="MaxStack"/>).
/// </summary>
/// <param name="Apis">Classes to draw from; none means the vehicle alone, the most learnable world for a tiny model.</param>
/// <param name="ApisPerTask">How many of them meet in one task.</param>
/// <param name="MinTurns">Fewest user turns.</param>
/// <param name="MaxTurns">Most user turns.</param>
/// <param name="MinGoals">Fewest goals in one turn.</param>
/// <param name="MaxGoals">Most goals in one turn.</param>
/// <param name="BlockerRate">
/// Probability that a goal (of those late enough) starts behind a blocker: a state or a wording in which the obvious first call fails.
/// Every trajectory of a group meets it.
/// </param>
/// <param name="Lateness">0: a blocker may stand before any goal; 1: only before the last goal of the last turn; between: before the later part.</param>
/// <param name="Hardness">
/// 0: only blockers with a fix of one call or value that the error or the user names (all that a tiny model learns in minutes); 1: hardly any but
/// those that take several calls, copied values or knowledge.
/// </param>
/// <param name="MaxStack">How many blockers may stand before one goal.</param>
/// <param name="DriftRate">
/// Probability that a trajectory meets a failure of its own (a session that expires, a door that opens, an engine that stalls, a time-out) that its
/// siblings do not meet, always in the last turn. Needs <see cref="Episodes.EpisodeTask.Start(ulong)"/>.
/// </param>
/// <param name="DistractorTools">How many tools are offered beside those that the task needs; as many as there are when fewer.</param>
/// <param name="Profile">Small or full. The full profile has dials of its own; the others of this section are the small one's.</param>
/// <param name="Full">Dials of the full profile; null means its defaults.</param>
public sealed record WorkshopOptions(
    ImmutableArray<WorkshopApi> Apis = default,
    [property: Range(1, 4)] int ApisPerTask = 1,
    [property: Range(1, 8)] int MinTurns = 1,
    [property: Range(1, 8)] int MaxTurns = 2,
    [property: Range(1, 4)] int MinGoals = 1,
    [property: Range(1, 4)] int MaxGoals = 1,
    [property: Range(0.0, 1.0)] double BlockerRate = 0.5,
    [property: Range(0.0, 1.0)] double Lateness = 0,
    [property: Range(0.0, 1.0)] double Hardness = 0,
    [property: Range(1, 4)] int MaxStack = 2,
    [property: Range(0.0, 1.0)] double DriftRate = 0,
    [property: Range(0, 60)] int DistractorTools = 6,
    WorkshopProfile Profile = WorkshopProfile.Small,
    FullOptions? Full = null)
{
    /// <summary>All four classes, for <see cref="Apis"/>.</summary>
    public static ImmutableArray<WorkshopApi> AllApis { get; } =
        [WorkshopApi.Vehicle, WorkshopApi.Ticket, WorkshopApi.Message, WorkshopApi.Files];

    /// <summary>The classes drawn from, after the default has been filled in.</summary>
    internal ImmutableArray<WorkshopApi> DrawnApis => Apis.IsDefaultOrEmpty ? [WorkshopApi.Vehicle] : Apis;

    /// <summary>What is wrong with these options, one sentence each; nothing when they are usable.</summary>
    public IEnumerable<string> Problems()
    {
        var attributes = new List<ValidationResult>();
        Validator.TryValidateObject(this, new ValidationContext(this), attributes, validateAllProperties: true);
        foreach (var problem in attributes)
            yield return $"workshop: {problem.ErrorMessage}";
        if (MinTurns > MaxTurns)
            yield return $"workshop: min_turns is {MinTurns} and max_turns {MaxTurns}, expected min_turns to be at most max_turns.";
        if (MinGoals > MaxGoals)
            yield return $"workshop: min_goals is {MinGoals} and max_goals {MaxGoals}, expected min_goals to be at most max_goals.";
        if (ApisPerTask > DrawnApis.Length)
            yield return $"workshop: apis_per_task is {ApisPerTask}, but apis has {DrawnApis.Length}. Add classes to apis or lower apis_per_task.";
        foreach (var problem in Full?.Problems() ?? [])
            yield return problem;
        if (DrawnApis.Distinct().Count() != DrawnApis.Length)
            yield return "workshop: apis names a class twice. Name each class once.";
    }
}
