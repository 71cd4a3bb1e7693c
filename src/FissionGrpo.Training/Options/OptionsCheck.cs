using System.Collections.Immutable;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using FissionGrpo.Fission;
using FissionGrpo.Model.Adapters;

namespace FissionGrpo.Training;

/// <summary>
/// Finds everything that is wrong with options before anything starts: <c>grpo.group_size is 1, expected 2 to 256. A group needs …</c>.
/// What is allowed is read from the records themselves: their members, types and ranges.
/// </summary>
public static class OptionsCheck
{
    /// <summary>Unknown members, wrong types and values out of range, in the order of the JSON. Each begins with the option that it speaks of.</summary>
    /// <param name="json">The merged layers.</param>
    /// <param name="record">The options record: snake_case names of its members are what is allowed.</param>
    /// <param name="sections">Sections of other records that stand in the same object.</param>
    /// <param name="others">Options that the caller reads itself: not in the object, but named where an unknown one is met.</param>
    public static ImmutableArray<string> Of(JsonObject json, Type record, IReadOnlyDictionary<string, Type>? sections = null, params IReadOnlyList<string> others)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(record);
        var problems = ImmutableArray.CreateBuilder<string>();
        var members = Members(record);
        foreach (var (name, value) in json)
            if (sections is not null && sections.TryGetValue(name, out var section))
                CheckSection(value, section, name, problems);
            else
                CheckMember(name, value, members, "", [.. members.Keys, .. sections?.Keys ?? [], .. others], problems);
        return problems.ToImmutable();
    }

    /// <summary>Puts the names of values, which may be written in any case, into the one in which options are read and written. For options that have been checked.</summary>
    /// <param name="json">The merged layers, changed in place.</param>
    /// <param name="record">The options record.</param>
    /// <param name="sections">Sections of other records that stand in the same object.</param>
    public static void SpellChoices(JsonObject json, Type record, IReadOnlyDictionary<string, Type>? sections = null)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(record);
        var members = Members(record);
        foreach (var (name, value) in json.ToArray())
        {
            var type = sections?.GetValueOrDefault(name) ?? members[name].PropertyType;
            if (type.IsEnum)
                json[name] = InLowerCase(value);
            else if (value is JsonArray list && type.IsGenericType && type.GenericTypeArguments[0].IsEnum)
                json[name] = new JsonArray([.. list.Select(InLowerCase)]);
            else if (value is JsonObject section)
                SpellChoices(section, type);
        }

        static JsonNode InLowerCase(JsonNode? name) => name!.GetValue<string>().ToLowerInvariant();
    }

    /// <summary>What must hold between members.</summary>
    internal static ImmutableArray<string> Relations(RunOptions options)
    {
        var problems = ImmutableArray.CreateBuilder<string>();
        var (policy, reward, warm, fission) = (options.Policy, options.Reward, options.WarmStart, options.Fission);
        if (reward.LengthHardTokens <= reward.LengthSoftTokens)
            problems.Add($"reward.length_hard_tokens is {reward.LengthHardTokens}, expected more than reward.length_soft_tokens ({reward.LengthSoftTokens}). R_len falls between the two; try {2 * reward.LengthSoftTokens}.");
        if (warm.RecoveryShare + warm.DiagnosedShare > 1)
            problems.Add($"warm_start.recovery_share and warm_start.diagnosed_share are {warm.RecoveryShare + warm.DiagnosedShare} together, expected at most 1. The rest are happy paths; try 0.03 each.");
        if (policy.QueryHeads % policy.KeyValueHeads != 0)
            problems.Add($"policy.key_value_heads is {policy.KeyValueHeads}, expected a divisor of policy.query_heads ({policy.QueryHeads}). Query heads share key/value heads evenly; try {policy.QueryHeads}.");
        if (policy.HeadSize % 2 != 0)
            problems.Add($"policy.head_size is {policy.HeadSize}, expected an even number. Rotary positions turn pairs; try {policy.HeadSize + 1}.");
        if (policy.LoraTargets.FirstOrDefault(target => !LoraOptions.AllTargets.Contains(target)) is { } unknown)
            problems.Add($"policy.lora_targets has {unknown}, expected some of {string.Join(", ", LoraOptions.AllTargets)}. None stands for all of them.");
        if (policy is { LoraTargets.IsEmpty: false, LoraRank: 0 })
            problems.Add("policy.lora_targets is set, expected none with policy.lora_rank 0. Without a rank all weights are trained; set it, or leave the targets out.");
        if (fission.Trigger > fission.Capacity)
            problems.Add($"fission.trigger is {fission.Trigger}, expected at most fission.capacity ({fission.Capacity}). The buffer would never fill; try {fission.Capacity}.");
        if (fission.BatchSize > fission.Capacity)
            problems.Add($"fission.batch_size is {fission.BatchSize}, expected at most fission.capacity ({fission.Capacity}). The buffer never holds more; try {fission.Capacity}.");
        if (fission is { Update: FissionUpdate.Merged, LearningRateScale: not 1 })
            problems.Add($"fission.learning_rate_scale is {fission.LearningRateScale.ToString(CultureInfo.InvariantCulture)}, expected 1 with fission.update=merged. Merged recoveries have no update of their own; set fission.update=separate, or leave the scale out.");
        if (policy.Checkpoint is not null && warm.Steps > 0)
            problems.Add($"warm_start.steps is {warm.Steps}, expected 0 with policy.checkpoint. The warm start is the embedded model's; it would make a trained checkpoint forget. Set warm_start.steps to 0 (`fission train --profile real-model` has a whole recipe).");
        if (options.Simulator.InExploration && fission.Enabled)
            problems.Add("simulator.in_exploration is true, expected false with fission. It is the ablation of diagnostics without fission; set fission.enabled to false, or leave it out.");
        var simulator = options.Simulator;
        if (simulator.Kind is SimulatorKind.Endpoint && (simulator.Endpoint is not { Length: > 0 } || simulator.EndpointModel is not { Length: > 0 }))
            problems.Add("simulator.endpoint and simulator.endpoint_model are needed with simulator.kind=endpoint. Give the server's address, such as http://localhost:8000/v1, and the model's name there.");
        if (simulator.Kind is not SimulatorKind.Learned && simulator.Checkpoint is not null)
            problems.Add($"simulator.checkpoint is {simulator.Checkpoint}, expected null with simulator.kind={JsonNamingPolicy.SnakeCaseLower.ConvertName(simulator.Kind.ToString())}. Only the learned simulator has weights; set simulator.kind=learned.");
        if (Math.Max(options.Grpo.GroupSize, fission.Enabled ? fission.GroupSize : 0) is var largest && options.Grpo.TrainPerGroup > largest)
            problems.Add($"grpo.train_per_group is {options.Grpo.TrainPerGroup}, expected at most {largest}, the larger of grpo.group_size and fission.group_size. A group has no more to train on; 0 trains on all.");
        foreach (var (name, value, remedy) in new[] { ("importance_cap", options.Grpo.ImportanceCap, "A cap below 1 would weigh down every token, also where sampler and trainer agree; try 2"), ("importance_band", options.Grpo.ImportanceBand, "Ratios from 1/band to band are kept; try 10") })
            if (value is > 0 and < 1)
                problems.Add(string.Create(CultureInfo.InvariantCulture, $"grpo.{name} is {value}, expected 0 (off), or 1 and more. {remedy}."));
        if (options.Grpo.TrainPerGroup == 1)
            problems.Add("grpo.train_per_group is 1, expected 0 (all) or 2 and more. A single trajectory has nothing to be compared with; try 4.");
        if (options.Rollout.Temperature == 0)
            problems.Add("rollout.temperature is 0, expected more than 0 in training. Greedy siblings are all the same and have no advantage; try 1.");
        if (options.Rollout is { TopK: not 0 } or { TopP: not 1 } or { MinP: not 0 })
            problems.Add("rollout.top_k, rollout.top_p and rollout.min_p cut the distribution, expected 0, 1 and 0 in training. The trainer sees the whole distribution, so its ratios would be biased; cut in evaluation only.");
        return problems.ToImmutable();
    }

    private static Dictionary<string, PropertyInfo> Members(Type record) => record.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p.CanWrite)
        .ToDictionary(p => JsonNamingPolicy.SnakeCaseLower.ConvertName(p.Name), StringComparer.Ordinal);

    private static void CheckSection(JsonNode? value, Type record, string place, ImmutableArray<string>.Builder problems)
    {
        if (value is not JsonObject inner)
        {
            problems.Add($"{place} is {Shown(value)}, expected an object.");
            return;
        }
        var members = Members(record);
        foreach (var (name, member) in inner)
            CheckMember(name, member, members, place + ".", members.Keys, problems);
    }

    private static void CheckMember(
        string name, JsonNode? value, Dictionary<string, PropertyInfo> members, string path, IEnumerable<string> known, ImmutableArray<string>.Builder problems)
    {
        if (members.TryGetValue(name, out var member))
            CheckValue(value, member, path + name, problems);
        else
            problems.Add($"{path}{name} is not an option. Expected one of: {string.Join(", ", known.Order(StringComparer.Ordinal))}.{Spelling.Suggestion(name, known)}");
    }

    private static void CheckValue(JsonNode? value, PropertyInfo member, string place, ImmutableArray<string>.Builder problems)
    {
        var type = member.PropertyType;
        if (type == typeof(string))
            Expect(value is null || value.GetValueKind() is JsonValueKind.String, "a text or null");
        else if (type == typeof(bool))
            Expect(value?.GetValueKind() is JsonValueKind.True or JsonValueKind.False, "true or false");
        else if (type.IsEnum)
            Expect(IsOneOf(type, value), "one of: " + string.Join(", ", Names(type)));
        else if (type.IsPrimitive)
            CheckNumber(value, member, place, problems);
        else if (type == typeof(ImmutableArray<string>))
            Expect(value is JsonArray texts && texts.All(item => item?.GetValueKind() is JsonValueKind.String), "a list of texts such as [\"one\", \"two\"]");
        else if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ImmutableArray<>))
            Expect(value is JsonArray items && items.All(item => IsOneOf(type.GenericTypeArguments[0], item)), "a list of: " + string.Join(", ", Names(type.GenericTypeArguments[0])));
        else
            CheckSection(value, type, place, problems);

        void Expect(bool fits, string expected)
        {
            if (!fits)
                problems.Add($"{place} is {Shown(value)}, expected {expected}.");
        }
    }

    private static string[] Names(Type type) => [.. Enum.GetNames(type).Select(JsonNamingPolicy.SnakeCaseLower.ConvertName)];

    private static bool IsOneOf(Type type, JsonNode? value) => value?.GetValueKind() is JsonValueKind.String && Names(type).Contains(value.GetValue<string>(), StringComparer.OrdinalIgnoreCase);

    private static void CheckNumber(JsonNode? value, PropertyInfo member, string place, ImmutableArray<string>.Builder problems)
    {
        var type = member.PropertyType;
        var range = member.GetCustomAttribute<RangeAttribute>();
        var whole = type != typeof(float) && type != typeof(double);
        var bounds = range is null ? "" : string.Create(CultureInfo.InvariantCulture, $" {AsWritten(range.Minimum, type)} to {AsWritten(range.Maximum, type)}");
        var kind = whole ? $"a whole number{(type == typeof(ulong) && range is null ? " from 0" : "")}" : "a number";
        var remedy = range?.ErrorMessage is { } message ? " " + message : "";
        if (value?.GetValueKind() is not JsonValueKind.Number)
        {
            problems.Add($"{place} is {Shown(value)}, expected {kind}{bounds}.{remedy}");
            return;
        }
        var text = value.ToJsonString();
        if (type == typeof(ulong) ? !ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out _)
            : whole && !long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _))
        {
            problems.Add($"{place} is {text}, expected {kind}{bounds}.{remedy}");
            return;
        }
        var number = double.Parse(text, CultureInfo.InvariantCulture);
        if (range is not null && !(number >= Bound(range.Minimum) && number <= Bound(range.Maximum)))
            problems.Add($"{place} is {text}, expected{bounds}.{remedy}");

        double Bound(object bound) => Convert.ToDouble(AsWritten(bound, type), CultureInfo.InvariantCulture);
    }

    /// <summary>A bound as it stands in the source: the attribute widens 0.01f to a double that is another number.</summary>
    private static string AsWritten(object bound, Type type) => type == typeof(float)
        ? Convert.ToSingle(bound, CultureInfo.InvariantCulture).ToString(CultureInfo.InvariantCulture)
        : Convert.ToString(bound, CultureInfo.InvariantCulture)!;

    private static string Shown(JsonNode? value) => value is null ? "null" : value.ToJsonString();
}
