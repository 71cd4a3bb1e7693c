using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using FissionGrpo.Environments.Tau2;
using FissionGrpo.Environments.Tau2.State;
using FissionGrpo.Environments.Tau2.Tasks;
using FissionGrpo.Episodes;

namespace FissionGrpo.Conformance;

/// <summary>
/// <c>-- tau2 RECORDINGS --data DATA</c>: replays recordings of the original TAU2-bench (ground truth, single calls, dual-control walks, whole
/// episodes) and compares every result text, hash, assertion and reward. RECORDINGS is a folder with some of <c>gt_replays</c>,
/// <c>tool_cases</c>, <c>telecom_walks</c> and <c>episodes</c> (<c>.jsonl</c> or <c>.jsonl.gz</c>).
/// </summary>
internal static class Tau2Suite
{
    public static int Run(string[] args, Verdicts verdicts)
    {
        if (args is not [var recordings, "--data", var data])
        {
            Console.Error.WriteLine("usage: FissionGrpo.Conformance tau2 RECORDINGS --data DATA");
            return 2;
        }
        var domains = Tau2Domain.Names.ToDictionary(name => name, name => Tau2Domain.Load(data, name));
        Recordings.Each(recordings, "gt_replays", verdicts, replay => Replay(Domain(replay), replay, verdicts));
        var untouched = domains.ToDictionary(domain => domain.Key, domain => Hashes(domain.Value.NewWorld()));
        Recordings.Each(recordings, "tool_cases", verdicts, call => Case(Domain(call), call, untouched, verdicts));
        Recordings.Each(recordings, "telecom_walks", verdicts, walk => Walk(Domain(walk), walk, verdicts));
        Recordings.Each(recordings, "episodes", verdicts, episode => Episode(Domain(episode), episode, verdicts));
        return 0;

        Tau2Domain Domain(JsonElement record) => domains[record.GetProperty("domain").GetString()!];
    }

    private static void Replay(Tau2Domain domain, JsonElement replay, Verdicts verdicts)
    {
        var place = replay.GetProperty("key").GetString()!;
        var task = TaskOf(domain, replay.GetProperty("task_id"));
        verdicts.Equal("initial hashes", place, Hashes(replay, "init_agent_hash", "init_user_hash"), Hashes(task.StartWorld()));
        var world = task.StartWorld();
        Steps(domain, world, replay.GetProperty("steps"), place, verdicts);
        verdicts.Equal("live hashes", place, Hashes(replay, "live_agent_hash", "live_user_hash"), Hashes(world));
        Assertions(domain, world, replay.GetProperty("env_assertions"), place, verdicts);
        verdicts.Equal("gold hashes", place, Hashes(replay, "gold_agent_hash", "gold_user_hash"), Hashes(task.Expected));
        verdicts.Equal("reward basis", place, string.Join(',', replay.GetProperty("reward_basis").EnumerateArray().Order(Comparer<JsonElement>.Create((a, b) => string.CompareOrdinal(a.GetString(), b.GetString())))), Names(task.RewardBasis));
        var idle = task.StartWorld();
        var expected = replay.GetProperty("env_assertions_met_without_actions").EnumerateArray().Select(met => met.GetBoolean()).ToList();
        for (var i = 0; i < expected.Count; i++)
            verdicts.Equal("assertion without actions", $"{place} {i}", expected[i].ToString(), (domain.CallMethod(idle, task.Assertions[i].Step) == (task.Assertions[i].Expected ? "True" : "False")).ToString());
    }

    private static void Case(Tau2Domain domain, JsonElement recorded, Dictionary<string, string> untouched, Verdicts verdicts)
    {
        var place = $"{domain.Name} {recorded.GetProperty("kind").GetString()} {recorded.GetProperty("id").GetInt32()} {recorded.GetProperty("name").GetString()}";
        var task = recorded.GetProperty("init_task");
        var world = task.ValueKind is JsonValueKind.Null ? domain.NewWorld() : TaskOf(domain, task).StartWorld();
        var before = task.ValueKind is JsonValueKind.Null ? untouched[domain.Name] : Hashes(world);
        var expected = recorded.TryGetProperty("setup_results", out var results) ? results.EnumerateArray().Select(result => result.ValueKind is JsonValueKind.String ? result.GetString() : null).ToList() : null;
        var step = 0;
        foreach (var setup in recorded.GetProperty("setup").EnumerateArray())
        {
            var content = Respond(domain, world, setup).Content;
            if (expected?[step] is { } wantedSetup)
                verdicts.Equal("set-up result", $"{place} step {step}", wantedSetup, content);
            step++;
        }
        if (recorded.TryGetProperty("get_response_raises", out _))
            return;
        var (found, isError) = Respond(domain, world, recorded);
        var wanted = recorded.GetProperty("result").GetString()!;
        if (recorded.TryGetProperty("pydantic", out _))
            (wanted, found) = (WithoutAddress(wanted), WithoutAddress(found));
        verdicts.Equal("result", place, $"{recorded.GetProperty("error").GetBoolean()} {wanted}", $"{isError} {found}");
        if (recorded.TryGetProperty("hash_raises", out _))
            return;
        var hashes = recorded.TryGetProperty("agent_hash", out _) ? Hashes(recorded, "agent_hash", "user_hash") : before;
        verdicts.Equal("hashes", place, hashes, Hashes(world));
    }

    private static void Walk(Tau2Domain domain, JsonElement walk, Verdicts verdicts)
    {
        var place = walk.GetProperty("task_id").GetString()!;
        var world = TaskOf(domain, walk.GetProperty("task_id")).StartWorld();
        Steps(domain, world, walk.GetProperty("steps"), place, verdicts);
        if (walk.TryGetProperty("env_assertions", out var assertions))
            Assertions(domain, world, assertions, place, verdicts);
    }

    private static void Episode(Tau2Domain domain, JsonElement episode, Verdicts verdicts)
    {
        var place = episode.GetProperty("key").GetString()!;
        var task = episode.TryGetProperty("task", out var own) && own.ValueKind is JsonValueKind.Object
            ? Tau2TaskReader.Read(domain, own, place)
            : TaskOf(domain, episode.GetProperty("task_id"));
        var isSolo = episode.GetProperty("solo_mode").GetBoolean();
        var environment = new Tau2Environment(task with { IsSolo = isSolo, ErrorLimit = int.MaxValue }, task.StartWorld(), null);
        var mismatches = episode.GetProperty("result_mismatches").EnumerateArray().Select(mismatch => mismatch.GetProperty("id").GetString()).ToHashSet();
        var pending = new Queue<(JsonElement Call, ToolResult Result)>();
        foreach (var message in episode.GetProperty("messages").EnumerateArray())
        {
            var role = message.GetProperty("role").GetString();
            if (role == "tool" && pending.TryDequeue(out var made))
            {
                if (!mismatches.Contains(made.Call.GetProperty("id").GetString()))
                    verdicts.Equal("episode result", $"{place} {made.Call.GetProperty("name").GetString()}", WithoutAddress(message.GetProperty("content").GetString() ?? ""), WithoutAddress(made.Result.Text));
                continue;
            }
            if (role == "assistant" && message.TryGetProperty("content", out var content) && content.GetString() is { } said)
                environment.Hear(said);
            if (!message.TryGetProperty("tool_calls", out var calls) || calls.ValueKind is not JsonValueKind.Array)
                continue;
            foreach (var call in calls.EnumerateArray())
                pending.Enqueue((call, environment.Execute(role == "user" ? Tau2Side.User : Tau2Side.Agent, CallOf(call))));
        }
        var replayed = episode.GetProperty("replayed");
        if (replayed.TryGetProperty("components", out var components) && components.ValueKind is JsonValueKind.Object)
            foreach (var (_, isMet, name) in Tau2Scoring.Parts(environment.Task, environment.World, environment.Spoken))
                if (components.TryGetProperty(name, out var component))
                    verdicts.Equal($"episode {name}", place, Number(component.GetDouble()), Number(isMet() ? 1 : 0));
        var ended = episode.GetProperty("termination_reason").GetString() is "agent_stop" or "user_stop";
        verdicts.Equal("episode reward", place, Number(replayed.GetProperty("reward").GetDouble()), Number(ended ? environment.Score().Reward : 0));
    }

    private static void Steps(Tau2Domain domain, Tau2World world, JsonElement steps, string place, Verdicts verdicts)
    {
        var number = 0;
        foreach (var step in steps.EnumerateArray())
        {
            number++;
            var (content, isError) = Respond(domain, world, step);
            var name = step.GetProperty("name").GetString();
            verdicts.Equal("result", $"{place} step {number} {name}", $"{step.GetProperty("error").GetBoolean()} {WithoutAddress(step.GetProperty("result").GetString()!)}", $"{isError} {WithoutAddress(content)}");
            if (step.TryGetProperty("agent_hash", out _))
                verdicts.Equal("step hashes", $"{place} step {number} {name}", Hashes(step, "agent_hash", "user_hash"), Hashes(world));
        }
    }

    private static void Assertions(Tau2Domain domain, Tau2World world, JsonElement assertions, string place, Verdicts verdicts)
    {
        foreach (var assertion in assertions.EnumerateArray())
        {
            var side = assertion.GetProperty("env_type").GetString() == "user" ? Tau2Side.User : Tau2Side.Agent;
            var step = new Tau2SceneStep(side, new ToolCall(assertion.GetProperty("func_name").GetString()!, Arguments(assertion)));
            var met = domain.CallMethod(world, step) == (assertion.GetProperty("assert_value").GetBoolean() ? "True" : "False");
            verdicts.Equal("assertion", $"{place} {step.Call.Name}", assertion.GetProperty("met").GetBoolean().ToString(), met.ToString());
        }
    }

    private static (string Content, bool IsError) Respond(Tau2Domain domain, Tau2World world, JsonElement step)
    {
        var side = step.TryGetProperty("requestor", out var requestor) && requestor.GetString() == "user" ? Tau2Side.User : Tau2Side.Agent;
        var (content, isError, _) = domain.Respond(world, side, CallOf(step), isSolo: false);
        return (content, isError);
    }

    private static Tau2Task TaskOf(Tau2Domain domain, JsonElement id)
    {
        // Golden files were recorded with the tasks of the pinned version.
        return domain.TasksById(Tau2Version.Pinned)[id.ToString()];
    }

    /// <summary>The address in a validation message holds the library's version, which is none of ours.</summary>
    private static string WithoutAddress(string text) => string.Join('\n', text.Split('\n').Where(line => !line.Contains("errors.pydantic.dev", StringComparison.Ordinal)));

    private static ToolCall CallOf(JsonElement step) => new(step.GetProperty("name").GetString()!, Arguments(step));

    private static ImmutableArray<ToolArgument> Arguments(JsonElement step) =>
        [.. step.GetProperty("arguments").EnumerateObject().Select(argument => new ToolArgument(argument.Name, argument.Value))];

    private static string Hashes(Tau2World world) => $"{world.AgentHash()} {world.UserHash()}";

    private static string Hashes(JsonElement record, string agent, string user) => $"{record.GetProperty(agent).GetString()} {record.GetProperty(user).GetString()}";

    private static string Names(Tau2RewardBasis basis)
    {
        (Tau2RewardBasis Part, string Name)[] names =
        [
            (Tau2RewardBasis.Actions, "ACTION"), (Tau2RewardBasis.Communication, "COMMUNICATE"), (Tau2RewardBasis.Database, "DB"),
            (Tau2RewardBasis.EnvironmentAssertions, "ENV_ASSERTION"), (Tau2RewardBasis.JudgedAssertions, "NL_ASSERTION"),
        ];
        return string.Join(',', names.Where(part => basis.HasFlag(part.Part)).Select(part => part.Name));
    }

    private static string Number(double number) => number.ToString("R", CultureInfo.InvariantCulture);
}
