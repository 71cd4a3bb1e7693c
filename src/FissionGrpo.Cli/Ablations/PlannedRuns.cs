using System.Collections.Immutable;
using FissionGrpo.Ablation;
using FissionGrpo.Cli.Options;
using FissionGrpo.Cli.Shells;
using FissionGrpo.Cli.Worlds;
using FissionGrpo.Episodes;

namespace FissionGrpo.Cli.Ablations;

/// <summary>A plan with the settings of every run, read as strictly as <c>fission train</c> reads them and before anything runs.</summary>
internal sealed class PlannedRuns
{
    /// <summary>The one variable that a plan lets in: where warm starts are kept changes no result. Everything else is the plan's to say.</summary>
    private const string CacheFolder = "FISSION_WARM_START__CACHE_FOLDER";

    private readonly Dictionary<Trial, RunSettings> _settings = [];

    private PlannedRuns(AblationPlan plan) => Plan = plan;

    public AblationPlan Plan { get; }

    public RunSettings Of(Trial trial) => _settings[trial];

    /// <summary>Reads a plan.</summary>
    /// <exception cref="UserErrorException">All problems of the plan, or all problems of all arms' options.</exception>
    public static PlannedRuns Read(string path, Shell shell)
    {
        var plan = AblationPlan.Read(path);
        if (!Profiles.Names.Contains(plan.Profile))
            throw new UserErrorException($"{path}: profile is '{plan.Profile}', expected one of: {string.Join(", ", Profiles.Names)}.");
        var runs = new PlannedRuns(plan);
        var problems = new List<string>();
        foreach (var trial in plan.Trials())
        {
            try
            {
                runs._settings[trial] = Read(plan, path, trial, shell);
            }
            catch (UserErrorException exception)
            {
                problems.AddRange(exception.Message.Split(Environment.NewLine));
            }
        }
        if (problems.Count == 0)
            problems.AddRange(plan.Settings.SelectMany(setting => runs.Unfair(setting.Name)).Select(problem => $"{path}: {problem}"));
        return problems.Count == 0 ? runs : throw new UserErrorException(string.Join(Environment.NewLine, problems.Distinct()));
    }

    private static RunSettings Read(AblationPlan plan, string path, Trial trial, Shell shell)
    {
        var layers = new OptionLayers();
        layers.Add($"profile {plan.Profile}", Profiles.Of(plan.Profile));
        layers.AddVariables(shell.Variables.Where(v => v.Key == CacheFolder).ToImmutableDictionary());
        foreach (var (place, options) in plan.LayersOf(trial))
            layers.Add($"{path}: {place}", options);
        return ModelFolder.Settle(RunSettings.Read(layers));
    }

    /// <summary>What would make a comparison of arms one of unequal things.</summary>
    private IEnumerable<string> Unfair(string setting)
    {
        var arms = Plan.Arms.Select(arm => (arm.Name, Settings: Of(new Trial(setting, arm.Name, Plan.Seeds[0])))).ToList();
        var first = arms[0];
        foreach (var (name, settings) in arms)
        {
            if (SectionsOf(settings) != SectionsOf(first.Settings))
                yield return $"arms.{name}: its workshop or evaluation differs from that of {first.Name}. Arms meet the same tasks and the same tests; make settings of different worlds.";
            if (settings.Run.Train is { Steps: > 0, MaxSampledTokens: 0 })
                yield return $"arms.{name} in {setting}: train.max_sampled_tokens is 0, expected a budget: arms are compared at equal sampled tokens. Set it in options; train.steps 0 makes an arm that is not trained.";
        }
        var budgets = arms.Where(a => a.Settings.Run.Train.Steps > 0).GroupBy(a => a.Settings.Run.Train.MaxSampledTokens).ToList();
        if (budgets.Count > 1)
            yield return $"{setting}: unequal budgets of sampled tokens: {string.Join("; ", budgets.Select(b => $"{b.Key} for {string.Join(", ", b.Select(a => a.Name))}"))}. Set train.max_sampled_tokens once, in options.";
    }

    /// <summary>The world and the measurement, as comparable text: the records hold arrays, which compare by reference.</summary>
    private static string SectionsOf(RunSettings settings) => (settings with { Run = new() }).ToJson();
}
