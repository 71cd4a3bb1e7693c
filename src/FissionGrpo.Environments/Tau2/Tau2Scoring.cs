using System.Collections.Immutable;
using FissionGrpo.Environments.Python;
using FissionGrpo.Environments.Tau.State;
using FissionGrpo.Environments.Tau2.State;
using FissionGrpo.Environments.Tau2.Tasks;
using FissionGrpo.Episodes;

namespace FissionGrpo.Environments.Tau2;

/// <summary>The parts of a TAU2 reward (see <see cref="Tau2RewardBasis"/>), each 0 or 1.</summary>
internal static class Tau2Scoring
{
    public static EpisodeScore Score(Tau2Task task, Tau2World world, Tau2Record? record)
    {
        foreach (var (part, met, name) in Parts(task, world, record))
            if (task.RewardBasis.HasFlag(part) && !met())
                return new EpisodeScore(false, 0, name);
        return new EpisodeScore(true, 1, null);
    }

    /// <summary>The parts, the cheapest first. Each is computed when asked for.</summary>
    public static IEnumerable<(Tau2RewardBasis Part, Func<bool> IsMet, string Name)> Parts(Tau2Task task, Tau2World world, Tau2Record? record)
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
    private static bool HasActed(Tau2Task task, Tau2Record? record) => task.Gold.All(gold => Tau2Record.Any(record, entry => entry.Call is { } call && Matches(gold, call)));

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

    private static bool HasCommunicated(Tau2Task task, Tau2Record? record) => task.Communicate.All(info =>
    {
        var wanted = PyString.Lower(info);
        return Tau2Record.Any(record, entry => entry is { Side: Tau2Side.Agent, Call: null }
            && PyString.Lower(entry.Text).Replace(",", "", StringComparison.Ordinal).Contains(wanted, StringComparison.Ordinal));
    });
}
