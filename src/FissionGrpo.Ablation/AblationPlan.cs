using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using FissionGrpo.Episodes;

namespace FissionGrpo.Ablation;

/// <summary>
/// What is compared, fixed before anything is run: settings of the world, arms, seeds, comparisons. Every arm meets every seed in every
/// setting; equal seeds give equal warm starts, tasks and test episodes, so differences are taken seed by seed.
/// </summary>
/// <param name="Schema">Version of this record: 1.</param>
/// <param name="Name">A word for file names.</param>
/// <param name="Question">What the plan is to answer, in a sentence.</param>
/// <param name="FrozenOn">The day on which the plan was fixed (yyyy-mm-dd).</param>
/// <param name="Seeds">Root seeds, at least two.</param>
/// <param name="Options">Run options that all runs share; an empty object keeps the defaults.</param>
/// <param name="Settings">Variants of the world, the primary one first.</param>
/// <param name="Arms">Variants of the method.</param>
/// <param name="Comparisons">Pairs of arms whose difference is reported.</param>
/// <param name="Profile">The profile of <c>fission train</c> below all options.</param>
public sealed record AblationPlan(
    int Schema,
    string Name,
    string Question,
    string FrozenOn,
    ImmutableArray<ulong> Seeds,
    JsonObject Options,
    ImmutableArray<PlanVariant> Settings,
    ImmutableArray<PlanVariant> Arms,
    ImmutableArray<PlanComparison> Comparisons,
    string Profile = "default")
{
    private static readonly JsonDocumentOptions Strict = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true, AllowDuplicateProperties = false };

    /// <summary>Reads a plan, strictly.</summary>
    /// <exception cref="UserErrorException">The file cannot be read, or does not make sense; all problems together.</exception>
    public static AblationPlan Read(string path)
    {
        AblationPlan? plan;
        try
        {
            var text = File.ReadAllText(path);
            using (JsonDocument.Parse(text, Strict)) // options are read as they stand, and a name given twice in them would be found much later
                plan = JsonSerializer.Deserialize(text, AblationJson.Default.AblationPlan);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new UserErrorException($"{path}: cannot be read as a plan: {(exception is JsonException json ? JsonFinding.Of(json) : exception is FileNotFoundException or DirectoryNotFoundException ? "there is no such file" : exception.Message)}. `runs/ablations` holds plans to start from.", exception);
        }
        var problems = plan is null ? ["the plan is null, expected an object with name, seeds, options, settings, arms and comparisons."] : plan.Problems();
        if (problems.Count > 0)
            throw new UserErrorException(string.Join(Environment.NewLine, problems.Select(p => $"{path}: {p}")));
        return plan!;
    }

    /// <summary>Every run of the plan: setting by setting, the primary one first, and seed by seed, so that an interrupted plan has whole pairs.</summary>
    public IEnumerable<Trial> Trials() =>
        from setting in Settings
        from seed in setting.Seeds == 0 ? Seeds : Seeds[..setting.Seeds]
        from arm in Arms
        select new Trial(setting.Name, arm.Name, seed);

    /// <summary>What a run's options are made of, lowest first, each with its place in the plan: shared, then the setting's, then the arm's, then the seed.</summary>
    public ImmutableArray<(string Place, JsonObject Options)> LayersOf(Trial trial) =>
    [
        ("options", Options),
        ($"settings.{trial.Setting}.options", Settings.Single(s => s.Name == trial.Setting).Options),
        ($"arms.{trial.Arm}.options", Arms.Single(a => a.Name == trial.Arm).Options),
        ("seeds", new JsonObject { ["seed"] = trial.Seed }),
    ];

    private List<string> Problems()
    {
        var problems = new List<string>();
        if (Schema != 1)
            problems.Add($"schema is {Schema}, expected 1.");
        if (string.IsNullOrWhiteSpace(Name) || Name.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_')))
            problems.Add($"name is '{Name}', expected letters, digits, - and _: it becomes a file name.");
        if (Seeds.IsDefault || Seeds.Distinct().Count() < 2)
            problems.Add("seeds needs at least two different seeds: differences are taken seed by seed. Five are few; the report prints what they can detect.");
        else if (Seeds.Distinct().Count() != Seeds.Length)
            problems.Add("seeds holds a seed twice.");
        if (Options is null)
            problems.Add("options is missing; {} keeps the defaults.");
        NoSeed("options", Options);
        Variants("settings", Settings);
        Variants("arms", Arms);
        foreach (var setting in Settings.IsDefault || Seeds.IsDefault ? [] : Settings.Where(s => s is not null && s.Seeds is not 0 && (s.Seeds < 2 || s.Seeds > Seeds.Length)))
            problems.Add($"settings.{setting.Name}: seeds is {setting.Seeds}, expected 2 to {Seeds.Length}: so many of the plan's seeds, from the first on; 0 or nothing means all.");
        foreach (var arm in Arms.IsDefault ? [] : Arms.Where(a => a is not null && a.Seeds != 0))
            problems.Add($"arms.{arm.Name} sets seeds; every arm meets every seed of a setting.");
        string[] arms = [.. (Arms.IsDefault ? [] : Arms).Select(a => a?.Name).OfType<string>()];
        for (var i = 0; i < (Comparisons.IsDefault ? 0 : Comparisons.Length); i++)
            if (Comparisons[i] is not { } comparison)
                problems.Add($"comparisons[{i}] is null, expected arm, and against which.");
            else if (comparison.Arm == comparison.Against)
                problems.Add($"comparisons[{i}] compares '{comparison.Arm}' with itself, expected two arms.");
            else
                foreach (var unknown in new[] { comparison.Arm, comparison.Against }.Except(arms))
                    problems.Add($"comparisons[{i}] names the arm '{unknown}', expected one of: {string.Join(", ", arms)}.");
        return problems;

        void Variants(string place, ImmutableArray<PlanVariant> variants)
        {
            if (variants.IsDefaultOrEmpty)
                problems.Add($"{place} is empty, expected at least one.");
            else if (variants.FirstOrDefault(v => string.IsNullOrEmpty(v?.Name)) is var nameless && variants.Any(v => string.IsNullOrEmpty(v?.Name)))
                problems.Add($"{place}[{variants.IndexOf(nameless!)}] has no name, expected one of letters, digits, - and _.");
            else
                foreach (var name in variants.GroupBy(v => v.Name).Where(g => g.Count() > 1 || g.Key.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_'))).Select(g => g.Key))
                    problems.Add($"{place}: the name '{name}' is used twice, or holds something else than letters, digits, - and _.");
            foreach (var variant in variants.IsDefault ? [] : variants.Where(v => v is not null))
                if (variant.Options is null)
                    problems.Add($"{place}.{variant.Name}: options is missing; {{}} changes nothing.");
                else
                    NoSeed($"{place}.{variant.Name}.options", variant.Options);
        }

        void NoSeed(string place, JsonObject? options)
        {
            if (options?.ContainsKey("seed") == true)
                problems.Add($"{place} sets seed; seeds come from the plan's own list, or arms would not be paired.");
        }
    }
}

/// <summary>A setting of the world or an arm of the method: a name and the run options that make it.</summary>
/// <param name="Name">Letters, digits, - and _.</param>
/// <param name="Options">Merged over the plan's options.</param>
/// <param name="Note">What it is, for the report.</param>
/// <param name="Seeds">Of a setting: how many of the plan's seeds it meets, from the first on; 0 means all.</param>
public sealed record PlanVariant(string Name, JsonObject Options, string Note = "", int Seeds = 0);

/// <summary>A difference to report: <paramref name="Arm"/> minus <paramref name="Against"/>.</summary>
public sealed record PlanComparison(string Arm, string Against)
{
    /// <summary><c>fission_static_vs_grpo_volume_matched</c>.</summary>
    [JsonIgnore]
    public string Key => $"{Arm}_vs_{Against}";
}

/// <summary>One run of a plan.</summary>
public sealed record Trial(string Setting, string Arm, ulong Seed)
{
    /// <summary>Its folder below the plan's.</summary>
    [JsonIgnore]
    public string Folder => Path.Combine(Setting, Arm, $"seed-{Seed}");
}
