using System.Collections.Immutable;
using FissionGrpo.Environments.Python;
using FissionGrpo.Environments.Tau.State;
using FissionGrpo.Environments.Tau2.State;
using FissionGrpo.Environments.Tau2.Tasks;
using FissionGrpo.Episodes;

namespace FissionGrpo.Environments.Tau2;

/// <summary>What has been called, by either side, and said by the agent: lists that grow at one end and that forks share.</summary>
internal readonly record struct Tau2Record(Tau2Record.Link<ToolCall>? Calls, Tau2Record.Link<string>? Said)
{
    public Tau2Record Calling(ToolCall call) => this with { Calls = new(call, Calls) };

    public Tau2Record Saying(string text) => text.Length == 0 ? this : this with { Said = new(text, Said) };

    /// <summary>An entry and those before it.</summary>
    internal sealed record Link<T>(T Item, Link<T>? Before)
    {
        public static bool Any(Link<T>? last, Func<T, bool> condition)
        {
            for (var link = last; link is not null; link = link.Before)
                if (condition(link.Item))
                    return true;
            return false;
        }
    }
}

/// <summary>The parts of a TAU2 reward (see <see cref="Tau2RewardBasis"/>), each 0 or 1.</summary>
internal static class Tau2Scoring
{
    public static EpisodeScore Score(Tau2Task task, Tau2World world, Tau2Record record)
    {
        foreach (var (part, met, name) in Parts(task, world, record))
            if (task.RewardBasis.HasFlag(part) && !met())
                return new EpisodeScore(false, 0, name);
        return new EpisodeScore(true, 1, null);
    }

    /// <summary>The parts, the cheapest first. Each is computed when asked for.</summary>
    public static IEnumerable<(Tau2RewardBasis Part, Func<bool> IsMet, string Name)> Parts(Tau2Task task, Tau2World world, Tau2Record record)
    {
        yield return (Tau2RewardBasis.Communication, () => HasCommunicated(task, record), "COMMUNICATE");
        yield return (Tau2RewardBasis.Database, () => !task.HasGoal || world.HasSameHashAs(task.Expected), "DB");
        yield return (Tau2RewardBasis.EnvironmentAssertions, () => !task.HasGoal || AssertionsHold(task, world.Fork()), "ENV_ASSERTION");
        yield return (Tau2RewardBasis.Actions, () => HasActed(task, record), "ACTION");
    }

    private static bool AssertionsHold(Tau2Task task, Tau2World world)
    {
        foreach (var (step, expected) in task.Assertions)
        {
            try
            {
                if (task.Domain.CallMethod(world, step) != (expected ? "True" : "False"))
                    return false;
            }
            catch (PyException)
            {
                return false;
            }
        }
        return true;
    }

    /// <summary>Every gold action has a call of that name with the same arguments, whoever made it.</summary>
    private static bool HasActed(Tau2Task task, Tau2Record record) => task.Gold.All(gold => Tau2Record.Link<ToolCall>.Any(record.Calls, call => Matches(gold, call)));

    private static bool Matches(Tau2GoldAction gold, ToolCall call)
    {
        if (call.Name != gold.Call.Name)
            return false;
        var names = gold.CompareArguments ?? [.. call.Arguments.Select(argument => argument.Name).Distinct(StringComparer.Ordinal)];
        return AreEqual(Restrict(call, names), Restrict(gold.Call, names));
    }

    private static bool AreEqual(Value.Dict a, Value.Dict b) => Py.AreEqual(a, b);

    private static Value.Dict Restrict(ToolCall call, ImmutableArray<string> names)
    {
        var kept = Value.Dict.Empty;
        foreach (var (name, value) in call.Arguments)
            if (names.Contains(name))
                kept = kept.With(name, JsonReading.ToValue(value));
        return kept;
    }

    private static bool HasCommunicated(Tau2Task task, Tau2Record record) => task.Communicate.All(info =>
    {
        var wanted = PyString.Lower(info);
        return Tau2Record.Link<string>.Any(record.Said, text => PyString.Lower(text).Replace(",", "", StringComparison.Ordinal).Contains(wanted, StringComparison.Ordinal));
    });
}
