using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using FissionGrpo.Cli.Worlds;
using FissionGrpo.Environments.Workshop;
using FissionGrpo.Environments.Workshop.Full;
using FissionGrpo.Episodes;
using FissionGrpo.Training;

namespace FissionGrpo.Cli.Options;

/// <summary>Everything that decides a run: the training's options, the world that it trains on, and how it is measured.</summary>
/// <param name="Run">The training's options.</param>
/// <param name="World">Where its tasks come from: <c>workshop</c>, <c>tau</c>, <c>tau2</c>.</param>
/// <param name="Workshop">The Workshop's tasks.</param>
/// <param name="Tau">Those of TAU-bench and TAU2-bench.</param>
/// <param name="Evaluation">The measurement.</param>
internal sealed record RunSettings(RunOptions Run, string World, WorkshopOptions Workshop, TauSettings Tau, EvaluationSettings Evaluation)
{
    private const string WorldOption = "world";
    private const string WorkshopSection = "workshop";
    private const string TauSection = "tau";
    private const string EvaluationSection = "evaluation";

    /// <summary>What a checkpoint brings with it.</summary>
    private static readonly string[] Shape =
        ["policy.vocabulary", "policy.layers", "policy.channels", "policy.feed_forward", "policy.query_heads", "policy.key_value_heads", "policy.head_size"];

    private static readonly Dictionary<string, Type> Sections = new(StringComparer.Ordinal)
    {
        [WorkshopSection] = typeof(WorkshopOptions), [TauSection] = typeof(TauSettings), [EvaluationSection] = typeof(EvaluationSettings),
    };

    /// <summary>Reads merged layers once, strictly, and says of each problem in which layer it was written.</summary>
    /// <exception cref="UserErrorException">All problems of the training's options together, or the first of the other sections.</exception>
    public static RunSettings Read(OptionLayers layers)
    {
        var merged = layers.Merged;
        var written = merged.TryGetPropertyValue(WorldOption, out var named) ? named?.ToString() ?? "null" : WorkshopSection;
        var world = TrainingWorlds.Names.FirstOrDefault(name => name.Equals(written, StringComparison.OrdinalIgnoreCase))
            ?? throw new UserErrorException($"{layers.PlaceOf(WorldOption)}: world is {written}, expected one of: {string.Join(", ", TrainingWorlds.Names)}.");
        merged.Remove(WorldOption);
        var problems = OptionsCheck.Of(merged, typeof(RunOptions), Sections, [WorldOption]);
        if (!problems.IsEmpty)
            throw new UserErrorException(string.Join(Environment.NewLine, problems.Select(p => $"{layers.PlaceOf(p.Split(' ')[0])}: {p}")));
        OptionsCheck.SpellChoices(merged, typeof(RunOptions), Sections);
        var workshop = Section(merged, WorkshopSection, layers, RunSettingsJson.Default.WorkshopOptions) ?? new WorkshopOptions();
        if (workshop.Problems().ToArray() is { Length: > 0 } relations)
            throw new UserErrorException(string.Join(Environment.NewLine, relations.Select(p => $"{layers.PlaceOf(WorkshopSection)}: {p}")));
        if (workshop.Apis.IsDefaultOrEmpty)
            workshop = workshop with { Apis = [WorkshopApi.Vehicle] }; // the default in words, so that the run's own file says what it was
        workshop = workshop with { Full = (workshop.Full ?? new FullOptions()).InWords() };
        var evaluation = Section(merged, EvaluationSection, layers, RunSettingsJson.Default.EvaluationSettings) ?? new EvaluationSettings();
        var tau = Section(merged, TauSection, layers, RunSettingsJson.Default.TauSettings) ?? new TauSettings();
        tau.Check(layers.PlaceOf);
        foreach (var section in (string[])[WorkshopSection, TauSection, EvaluationSection])
            merged.Remove(section);
        var run = ReadRun(merged, layers);
        if (world != WorkshopSection && run.Rollout.Unit is TrajectoryUnit.Turn)
            throw new UserErrorException($"{layers.PlaceOf("rollout.unit")}: rollout.unit is turn, expected episode for world {world}: its user decides the turns as the conversation goes. runs/tau-retail.json has options that fit.");
        if (world == WorkshopSection && run.Train.TaskPool == 0 && (run.Grpo.SkipAllRightAfter > 0 || run.Grpo.SkipAllWrongAfter > 0))
        {
            var (option, visits) = run.Grpo.SkipAllRightAfter > 0 ? ("grpo.skip_all_right_after", run.Grpo.SkipAllRightAfter) : ("grpo.skip_all_wrong_after", run.Grpo.SkipAllWrongAfter);
            throw new UserErrorException($"{layers.PlaceOf(option)}: {option} is {visits}, expected 0 without train.task_pool: the Workshop's tasks do not come back, so none would be passed over. Set train.task_pool=512, say, or leave the option out.");
        }
        if (workshop.Profile is WorkshopProfile.Full && run.Policy.Checkpoint is null && workshop.Full.Categories.Contains(WorkshopCategory.LongContext))
            throw new UserErrorException(
                $"{layers.PlaceOf("workshop.profile")}: workshop.profile is full, but there is no policy.checkpoint. Tasks of the category long_context are longer than the embedded model's sequences: give a checkpoint, or set workshop.full.categories to [\"base\", \"miss_func\", \"miss_param\"].");
        if (run.Policy.Checkpoint is not null && Shape.Select(option => (Option: option, Place: layers.PlaceOf(option))).FirstOrDefault(o => IsGivenAlone(o.Place)) is { Option: { } unused, Place: var place })
            throw new UserErrorException($"{place}: {unused} would do nothing with policy.checkpoint, whose config.json has the model's shape. Leave it out.");
        return new RunSettings(run, world, workshop, tau, evaluation);
    }

    /// <summary>Profiles and the files of runs hold all options, whether they matter or not; what is given by itself is meant.</summary>
    private static bool IsGivenAlone(string place) => place.StartsWith("--set ", StringComparison.Ordinal) || place.StartsWith("FISSION_", StringComparison.Ordinal);

    /// <summary>All sections as one JSON object, every member written: a run file that repeats the run.</summary>
    public string ToJson()
    {
        var node = RunOptionsJson.ToNode(Run);
        node[WorldOption] = World;
        node[TauSection] = JsonSerializer.SerializeToNode(Tau, RunSettingsJson.Default.TauSettings);
        node[WorkshopSection] = JsonSerializer.SerializeToNode(Workshop, RunSettingsJson.Default.WorkshopOptions);
        node[EvaluationSection] = JsonSerializer.SerializeToNode(Evaluation, RunSettingsJson.Default.EvaluationSettings);
        return node.ToJsonString(new JsonSerializerOptions { WriteIndented = true });
    }

    private static RunOptions ReadRun(JsonObject json, OptionLayers layers)
    {
        const string Unplaced = "\0";
        try
        {
            return RunOptionsJson.Read(json, Unplaced);
        }
        catch (UserErrorException exception)
        {
            // Each line begins with the option that it speaks of; the layer that set it last is where the user must look.
            throw new UserErrorException(string.Join(Environment.NewLine, exception.Message.Split(Environment.NewLine).Select(line =>
                line.StartsWith(Unplaced + ": ", StringComparison.Ordinal)
                    ? $"{layers.PlaceOf(line[3..].Split(' ')[0])}: {line[3..]}"
                    : line)));
        }
    }

    private static T? Section<T>(JsonObject merged, string name, OptionLayers layers, JsonTypeInfo<T> type)
        where T : class
    {
        if (!merged.TryGetPropertyValue(name, out var node))
            return null;
        try
        {
            return node.Deserialize(type) ?? throw new JsonException("found null, expected an object.");
        }
        catch (JsonException exception)
        {
            var path = exception.Path is { Length: > 2 } inside ? $"{name}.{inside[2..]}" : name;
            throw new UserErrorException($"{layers.PlaceOf(path)}: {path}: {JsonFinding.Of(exception)}.", exception);
        }
    }
}

/// <summary>The sections that belong to the composition.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    Converters = [typeof(SnakeCaseEnumConverter<WorkshopApi>), typeof(SnakeCaseEnumConverter<WorkshopProfile>), typeof(SnakeCaseEnumConverter<WorkshopCategory>)])]
[JsonSerializable(typeof(WorkshopOptions))]
[JsonSerializable(typeof(TauSettings))]
[JsonSerializable(typeof(FullOptions))]
[JsonSerializable(typeof(EvaluationSettings))]
internal sealed partial class RunSettingsJson : JsonSerializerContext;
