using System.Collections.Immutable;
using System.Text.Json;
using FissionGrpo.Environments.Tau;
using FissionGrpo.Environments.Tau.State;
using FissionGrpo.Environments.Tau.Tasks;
using FissionGrpo.Episodes;

namespace FissionGrpo.Conformance;

/// <summary>
/// <c>-- tau RECORDINGS --data DATA</c>: replays recordings of the original TAU-bench (ground truth, single calls, whole episodes) and compares
/// every result text, digest and reward. RECORDINGS is a folder with some of <c>gt_replays</c>, <c>tool_cases</c> and <c>episodes</c>
/// (<c>.jsonl</c> or <c>.jsonl.gz</c>).
/// </summary>
internal static class TauSuite
{
    public static int Run(string[] args, Verdicts verdicts)
    {
        if (args is not [var recordings, "--data", var data])
        {
            Console.Error.WriteLine("usage: FissionGrpo.Conformance tau RECORDINGS --data DATA");
            return 2;
        }
        var domains = TauDomain.Names.ToDictionary(name => name, name => TauDomain.Load(data, name));
        Recordings.Each(recordings, "gt_replays", verdicts, replay => Replay(Domain(replay), replay, verdicts));
        var untouched = domains.ToDictionary(domain => domain.Key, domain => OfficialHash.OfJson(new WorldState(domain.Value.Database)));
        Recordings.Each(recordings, "tool_cases", verdicts, call => Case(Domain(call), call, untouched, verdicts));
        Recordings.Each(recordings, "episodes", verdicts, episode => Episode(Domain(episode), episode, verdicts));
        return 0;

        TauDomain Domain(JsonElement record) => domains[record.GetProperty("domain").GetString()!];
    }

    private static void Replay(TauDomain domain, JsonElement replay, Verdicts verdicts)
    {
        var place = replay.GetProperty("key").GetString()!;
        var environment = (TauEnvironment)(domain.Tasks(replay.GetProperty("split").GetString()!)[replay.GetProperty("task_index").GetInt32()] with { StepLimit = int.MaxValue }).Start();
        var step = 0;
        foreach (var recorded in replay.GetProperty("steps").EnumerateArray())
        {
            step++;
            if (recorded.TryGetProperty("skipped_in_gt_replay", out var skipped) && skipped.ValueKind is JsonValueKind.True)
                continue;
            verdicts.Equal("ground-truth result", $"{place} step {step}", recorded.GetProperty("result").GetString()!, environment.Execute(CallOf(recorded)).Text);
        }
        verdicts.Equal("native hash", place, replay.GetProperty("native_hash").GetString()!, OfficialHash.OfTuples(environment.State));
        verdicts.Equal("state digest", place, replay.GetProperty("state_digest").GetString()!, OfficialHash.OfJson(environment.State));
        foreach (var output in replay.GetProperty("outputs").EnumerateArray())
            environment.Say(output.GetString()!);
        verdicts.Equal("reward", place, Number(replay, "reward_if_outputs_said"), Number(environment.Score().Reward));
    }

    private static void Case(TauDomain domain, JsonElement recorded, Dictionary<string, string> untouched, Verdicts verdicts)
    {
        var place = $"{domain.Name} {recorded.GetProperty("kind").GetString()} {recorded.GetProperty("id").GetInt32()} {recorded.GetProperty("name").GetString()}";
        var state = new WorldState(domain.Database);
        var expected = recorded.TryGetProperty("setup_results", out var results) ? results.EnumerateArray().Select(result => result.GetString()).ToList() : null;
        var step = 0;
        foreach (var setup in recorded.GetProperty("setup").EnumerateArray())
        {
            var text = domain.Call(state, CallOf(setup)).Text;
            if (expected is not null)
                verdicts.Equal("set-up result", $"{place} step {step}", expected[step] ?? "nothing", text ?? "nothing");
            step++;
        }
        var found = domain.Call(state, CallOf(recorded)).Text ?? "ValidationError";
        var wanted = recorded.TryGetProperty("result", out var result) ? result.GetString()! : recorded.GetProperty("step_raises").GetString()!;
        verdicts.Equal("result", place, wanted, found);
        var digest = recorded.TryGetProperty("state_digest", out var changed) ? changed.GetString()! : untouched[domain.Name];
        verdicts.Equal("state digest", place, digest, state.ChangedRecords == 0 ? untouched[domain.Name] : OfficialHash.OfJson(state));
    }

    private static void Episode(TauDomain domain, JsonElement episode, Verdicts verdicts)
    {
        var place = episode.GetProperty("key").GetString()!;
        var index = episode.GetProperty("task_id").GetInt32();
        var task = episode.GetProperty("task") is { ValueKind: JsonValueKind.Object } own ? domain.TaskFrom(own, "test", index) : domain.Tasks("test")[index];
        var environment = new TauEnvironment(task, new RecordedUser(episode));
        Wait(environment.NextUserTurnAsync("", CancellationToken.None));
        var number = 0;
        foreach (var step in episode.GetProperty("steps").EnumerateArray())
        {
            number++;
            if (step.TryGetProperty("injected_fault", out var fault) && fault.ValueKind is not (JsonValueKind.False or JsonValueKind.Null))
                continue;
            if (step.GetProperty("type").GetString() == "respond")
            {
                Wait(environment.NextUserTurnAsync(step.GetProperty("content").GetString() ?? "", CancellationToken.None));
                continue;
            }
            using var arguments = JsonDocument.Parse(step.GetProperty("arguments").GetString()!);
            var found = environment.Execute(new ToolCall(step.GetProperty("name").GetString()!, Arguments(arguments.RootElement))).Text;
            var wanted = step.GetProperty("replayed_result_equal").GetBoolean() ? step.GetProperty("recorded_result") : step.GetProperty("replayed_result");
            verdicts.Equal("episode result", $"{place} step {number}", wanted.GetString()!, found);
        }
        if (episode.TryGetProperty("recorded_reward_binary", out var info))
        {
            // This publisher subtracts penalties from the reward, and what was replayed is the official `info`: the outputs where the task
            // asks for any, else the database. A wrong episode has no reward to subtract from.
            verdicts.Equal("episode info", place, Number(info.GetDouble()), Number(environment.End is not (null or "step limit") && environment.OfficialInfo ? 1 : 0));
            if (episode.GetProperty("recorded_reward").GetDouble() > 0)
                verdicts.Equal("episode reward", place, Number(1), Number(environment.Score().Reward));
            return;
        }
        verdicts.Equal("episode reward", place, Number(episode, "replayed_reward"), Number(environment.End is null ? 0 : environment.Score().Reward));
    }

    private static ToolCall CallOf(JsonElement step) => new(step.GetProperty("name").GetString()!, Arguments(step.GetProperty("kwargs")));

    private static ImmutableArray<ToolArgument> Arguments(JsonElement kwargs) =>
        [.. kwargs.EnumerateObject().Select(argument => new ToolArgument(argument.Name, argument.Value))];

    private static string Number(JsonElement record, string name) => Number(record.GetProperty(name).GetDouble());

    private static string Number(double number) => number.ToString("R", System.Globalization.CultureInfo.InvariantCulture);

    private static void Wait(ValueTask<UserTurn> turn) => turn.AsTask().GetAwaiter().GetResult();

    /// <summary>Says what the recorded user said.</summary>
    private sealed class RecordedUser(JsonElement episode) : IUserSimulator
    {
        private readonly List<string> _lines =
        [
            episode.GetProperty("first_user").GetString() ?? "",
            .. episode.GetProperty("steps").EnumerateArray()
                .Where(step => step.GetProperty("type").GetString() == "respond")
                .Select(step => step.GetProperty("user").GetString() ?? ""),
        ];

        private int _next;

        public string Name => "recorded";

        public ValueTask<Message.Assistant> ReplyAsync(ImmutableArray<Message> news, CancellationToken cancel) =>
            ValueTask.FromResult(new Message.Assistant(_lines[_next++], []));

        public IUserSimulator Fork() => throw new NotSupportedException();
    }
}
