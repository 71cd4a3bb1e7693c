using System.Collections.Immutable;
using FissionGrpo.Seeds;

namespace FissionGrpo.Environments.Faults;

/// <summary>What goes wrong.</summary>
public enum FaultKind
{
    /// <summary>The call is lost before anything happened.</summary>
    Timeout,

    /// <summary>The call is refused because there were too many.</summary>
    RateLimit,

    /// <summary>The call's arguments are said to be out of date; it works again after another successful call, a look-up for example.</summary>
    StaleId,

    /// <summary>The call is executed, but its reply comes in pieces: the state has changed, and nobody can read the answer.</summary>
    MalformedReply,

    /// <summary>The call is refused for want of permission.</summary>
    PermissionDenied,
}

/// <summary>A fault at a fixed place: one of the calls that would have succeeded.</summary>
/// <param name="Kind">What goes wrong.</param>
/// <param name="Call">Which call it strikes, from 0, counting those that would have succeeded (of <paramref name="Tool"/>, where that is given).</param>
/// <param name="Strikes">How many calls from there on it strikes (with the same tool): 1 is transient, <see cref="int.MaxValue"/> is permanent.</param>
/// <param name="Silent">The call's answer looks like a success with nothing in it, or like a shorter one; nobody is told of the fault.</param>
/// <param name="Tool">Only calls of this tool; null means any.</param>
public sealed record Fault(FaultKind Kind, int Call = 0, int Strikes = 1, bool Silent = false, string? Tool = null);

/// <summary>How to draw faults for a trajectory.</summary>
/// <param name="Kinds">The kinds to draw from; none means all.</param>
/// <param name="Rate">Probability that a trajectory has a fault at all.</param>
/// <param name="FirstCall">The earliest call that it may strike, from 0.</param>
/// <param name="LastCall">The latest.</param>
/// <param name="PermanentShare">Share of faults that never go away.</param>
/// <param name="SilentShare">Share of faults that nobody is told of.</param>
public sealed record FaultOptions(
    ImmutableArray<FaultKind> Kinds = default, double Rate = 1, int FirstCall = 0, int LastCall = 0, double PermanentShare = 0, double SilentShare = 0)
{
    /// <summary>A trajectory's faults: none or one.</summary>
    public ImmutableArray<Fault> Draw(Seed seed)
    {
        var rng = new SampleRng(seed.Derive("fault"));
        if (!rng.Chance(Rate))
            return [];
        var kinds = Kinds.IsDefaultOrEmpty ? [.. Enum.GetValues<FaultKind>()] : Kinds;
        return
        [
            new Fault(
                rng.Pick(kinds.AsSpan()), rng.Next(FirstCall, LastCall + 1), rng.Chance(PermanentShare) ? int.MaxValue : 1, rng.Chance(SilentShare)),
        ];
    }
}
