using System.Collections.Immutable;
using FissionGrpo.Environments.Bfcl;
using FissionGrpo.Episodes;

namespace FissionGrpo.Environments.Workshop;

/// <summary>
/// A failure that only some trajectories of a group meet: just before a certain call the world changes behind the policy's back, or the call
/// is lost. It can always be mended with the tools on offer so that the ground truth's state is reached again.
/// </summary>
/// <param name="Kind"><c>timeout</c>, or the id of the blocker whose error the policy then sees.</param>
/// <param name="Turn">The turn in which it happens.</param>
/// <param name="Tool">It happens before the first call of this tool in that turn that would have succeeded.</param>
/// <param name="Hidden">What happens, as calls that nobody sees; none for a time-out.</param>
internal sealed record Drift(string Kind, int Turn, string Tool, ImmutableArray<ToolCall> Hidden)
{
    /// <summary>What a call that is lost answers.</summary>
    public const string TimeoutText = """{"error": "Request timed out. Please try again."}""";

    /// <summary>Whether it happens before this call.</summary>
    public bool Strikes(BfclWorld world, int turn, ToolCall call) =>
        turn == Turn && call.Name == Tool && world.Fork().Execute(call) is ToolResult.Ok;

    /// <summary>Lets it happen.</summary>
    /// <returns>The answer to the call when the call is lost; null when it is to be executed in the changed world.</returns>
    public ToolResult? Strike(BfclWorld world)
    {
        foreach (var call in Hidden)
            world.Execute(call);
        return Hidden.IsEmpty ? new ToolResult.Failed(ToolErrorKind.Injected, TimeoutText) : null;
    }

    /// <summary>Everything that might happen before a call; whether it can be mended is tried out.</summary>
    public static IEnumerable<Drift> Before(int turn, ToolCall call)
    {
        yield return new Drift("timeout", turn, call.Name, []);
        switch (call.Name)
        {
            case "startEngine":
                yield return new Drift("doors", turn, call.Name, [ToolCall.Of("lockDoors", ("unlock", true), ("door", new[] { "passenger" }))]);
                break;
            case "setCruiseControl":
                yield return new Drift("engine-off", turn, call.Name, [ToolCall.Of("startEngine", ("ignitionMode", "STOP"))]);
                break;
            case "create_ticket":
                yield return new Drift("ticket-login", turn, call.Name, [ToolCall.Of("logout")]);
                break;
            default:
                break;
        }
    }
}
