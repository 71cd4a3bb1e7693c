using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using FissionGrpo.Episodes;

namespace FissionGrpo.Environments.Tau2.Tasks;

/// <summary>Reads a task as the benchmark's authors wrote it.</summary>
internal static class Tau2TaskReader
{
    private static readonly (string Key, string Title)[] InstructionParts =
    [
        ("domain", "Domain"),
        ("reason_for_call", "Reason for call"),
        ("known_info", "Known info"),
        ("unknown_info", "Unknown info"),
        ("task_instructions", "Task instructions"),
    ];

    public static Tau2Task Read(Tau2Domain domain, JsonElement task, string place)
    {
        try
        {
            var criteria = Member(task, "evaluation_criteria");
            return new Tau2Task(domain, task.GetProperty("id").ToString())
            {
                Scenario = Member(task, "user_scenario") is { } scenario ? ReadScenario(scenario) : new Tau2Scenario(null, []),
                Ticket = Text(task, "ticket"),
                Scene = ReadScene(Member(task, "initial_state")),
                Gold = [.. List(criteria, "actions").Select(ReadAction)],
                Assertions = [.. List(criteria, "env_assertions").Select(ReadAssertion)],
                Communicate = [.. List(criteria, "communicate_info").Select(text => text.GetString()!)],
                JudgedAssertions = [.. List(criteria, "nl_assertions").Select(text => text.GetString()!)],
                RewardBasis = ReadBasis(criteria),
                HasGoal = criteria is { } given && (Member(given, "actions") ?? Member(given, "env_assertions")) is not null,
            };
        }
        catch (Exception error) when (error is InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw new UserErrorException($"{place}: not a TAU2-bench task ({error.Message}). Use the file of the version named in docs/tau.md.", error);
        }
    }

    private static Tau2Scenario ReadScenario(JsonElement scenario)
    {
        var instructions = scenario.GetProperty("instructions");
        var parts = instructions.ValueKind is JsonValueKind.String
            ? [("", instructions.GetString()!)]
            : InstructionParts.Where(part => Text(instructions, part.Key) is not null).Select(part => (part.Title, Text(instructions, part.Key)!)).ToImmutableArray();
        return new Tau2Scenario(Text(scenario, "persona"), parts);
    }

    private static ImmutableArray<Tau2SceneStep> ReadScene(JsonElement? initialState)
    {
        if (initialState is not { } state)
            return [];
        if (Member(state, "initialization_data") is { } data && (Member(data, "agent_data") ?? Member(data, "user_data")) is not null)
            throw new FormatException("initial data that is merged into the databases is not supported; no shipped task has any");
        if (List(state, "message_history").Length > 0)
            throw new FormatException("a task that begins with a message history is not supported; no shipped task has one");
        return [.. List(state, "initialization_actions").Select(ReadStep)];
    }

    private static Tau2SceneStep ReadStep(JsonElement step) =>
        new(Side(step, "env_type"), new ToolCall(step.GetProperty("func_name").GetString()!, Arguments(step)));

    private static Tau2GoldAction ReadAction(JsonElement action) => new(
        Side(action, "requestor"),
        new ToolCall(action.GetProperty("name").GetString()!, Arguments(action)),
        Member(action, "compare_args") is { } names ? [.. names.EnumerateArray().Select(name => name.GetString()!)] : null);

    private static Tau2Assertion ReadAssertion(JsonElement assertion) =>
        new(ReadStep(assertion), Member(assertion, "assert_value") is not { ValueKind: JsonValueKind.False });

    private static Tau2RewardBasis ReadBasis(JsonElement? criteria)
    {
        if (criteria is not { } given || Member(given, "reward_basis") is not { } names)
            return Tau2RewardBasis.Database | Tau2RewardBasis.Communication;
        return names.EnumerateArray().Aggregate(Tau2RewardBasis.None, (basis, name) => basis | name.GetString() switch
        {
            "DB" => Tau2RewardBasis.Database,
            "ENV_ASSERTION" => Tau2RewardBasis.EnvironmentAssertions,
            "ACTION" => Tau2RewardBasis.Actions,
            "COMMUNICATE" => Tau2RewardBasis.Communication,
            "NL_ASSERTION" => Tau2RewardBasis.JudgedAssertions,
            var other => throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"the reward basis '{other}' is unknown")),
        });
    }

    private static ImmutableArray<ToolArgument> Arguments(JsonElement call) =>
        Member(call, "arguments") is { } arguments ? [.. arguments.EnumerateObject().Select(argument => new ToolArgument(argument.Name, argument.Value))] : [];

    private static Tau2Side Side(JsonElement element, string member) => Text(element, member) == "user" ? Tau2Side.User : Tau2Side.Agent;

    private static JsonElement[] List(JsonElement? element, string member) =>
        element is { } given && Member(given, member) is { } list ? [.. list.EnumerateArray()] : [];

    private static string? Text(JsonElement element, string member) => Member(element, member)?.GetString();

    /// <summary>A member that is there and not null.</summary>
    private static JsonElement? Member(JsonElement element, string member) =>
        element.ValueKind is JsonValueKind.Object && element.TryGetProperty(member, out var value) && value.ValueKind is not JsonValueKind.Null ? value : null;
}
