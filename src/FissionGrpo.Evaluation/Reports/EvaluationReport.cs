using System.Collections.Immutable;
using System.Text.Json;
using FissionGrpo.Episodes;
using FissionGrpo.Evaluation.Endpoints;
using FissionGrpo.Evaluation.Metrics;

namespace FissionGrpo.Evaluation.Reports;

/// <summary>How replies were produced; scores are not comparable without it.</summary>
/// <param name="Policy">The checkpoint's folder, the endpoint's model name, <c>ground-truth</c>, or the replayed file.</param>
/// <param name="World"><c>workshop</c>, <c>bfcl</c>, …</param>
/// <param name="Prompting"><c>native</c> tool calls in the model's own template, or the benchmark's text prompt.</param>
/// <param name="ThinkHistory">What becomes of earlier reasoning in the prompt: <c>none</c> when the model writes none.</param>
/// <param name="Temperature">0 is greedy.</param>
/// <param name="Samples">Episodes per task.</param>
/// <param name="Seed">The root of the draws.</param>
/// <param name="TaskSet">Which tasks of a world that has several sets, and how they are scored; null where there is one.</param>
/// <param name="User">Who plays the user; null in worlds whose users are written down.</param>
/// <param name="Judge">Who judges sentences that no rule can decide; null when nobody does.</param>
/// <param name="Fingerprint">What the checkpoint's files hold: with the same it is the same policy, wherever it lies. Null for what is no checkpoint.</param>
/// <param name="UserFingerprint">The same of a checkpoint that plays the user.</param>
public sealed record EvaluationSetting(
    string Policy, string World, string Prompting, string ThinkHistory, double Temperature, int Samples, ulong Seed,
    string? TaskSet = null, string? User = null, string? Judge = null, string? Fingerprint = null, string? UserFingerprint = null)
{
    /// <summary>In words, where these replies were produced in another way than is wanted; null when they were not.</summary>
    internal string? DifferenceFrom(EvaluationSetting wanted) => Differing.InWords(
        ("policy", Fingerprint is not null && Fingerprint == wanted.Fingerprint ? wanted.Policy : Policy, wanted.Policy), ("policy's fingerprint", Fingerprint, wanted.Fingerprint), ("world", World, wanted.World), ("prompting", Prompting, wanted.Prompting), ("think history", ThinkHistory, wanted.ThinkHistory),
        ("temperature", Temperature, wanted.Temperature), ("number of samples", Samples, wanted.Samples), ("seed", Seed, wanted.Seed),
        ("task set", TaskSet, wanted.TaskSet), ("user", UserFingerprint is not null && UserFingerprint == wanted.UserFingerprint ? wanted.User : User, wanted.User), ("user's fingerprint", UserFingerprint, wanted.UserFingerprint), ("judge", Judge, wanted.Judge));
}

/// <summary>What an evaluation cost: the policy's own figures, and beside them those of whoever plays with it. What a server was asked for is added up over all sittings of an evaluation that was gone on with.</summary>
/// <param name="PromptTokens">Tokens read, where the policy reports them.</param>
/// <param name="ReplyTokens">Tokens written.</param>
/// <param name="Requests">Requests sent to an endpoint, retries included.</param>
/// <param name="Retries">Of these, the repeated ones.</param>
/// <param name="Price">What it cost in the currency of the prices given; null without prices.</param>
public sealed record EvaluationCost(long PromptTokens, long ReplyTokens, long Requests, long Retries, double? Price)
{
    /// <summary>What the server that plays the user did, without a price; null where none does.</summary>
    public EvaluationCost? User { get; init; }

    /// <summary>What the server that judges did, without a price; null where none does.</summary>
    public EvaluationCost? Judge { get; init; }

    /// <summary>What a policy in this process wrote, in whatever sitting.</summary>
    /// <param name="episodes">All that was played.</param>
    public static EvaluationCost Of(IEnumerable<EvaluatedEpisode> episodes) =>
        new(0, episodes.Sum(e => e.Trajectory.Steps.Sum(s => (long)s.End - s.Start)), 0, 0, null);

    /// <summary>Together with what earlier sittings cost.</summary>
    /// <param name="earlier">Theirs; null where there were none.</param>
    public EvaluationCost Plus(EvaluationCost? earlier) => earlier is null ? this : new(
        PromptTokens + earlier.PromptTokens, ReplyTokens + earlier.ReplyTokens, Requests + earlier.Requests, Retries + earlier.Retries,
        Price is null && earlier.Price is null ? null : (Price ?? 0) + (earlier.Price ?? 0))
    {
        User = User?.Plus(earlier.User) ?? earlier.User,
        Judge = Judge?.Plus(earlier.Judge) ?? earlier.Judge,
    };

    /// <summary>As indented snake_case JSON.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, IndentedJson.Context.EvaluationCost);

    /// <summary>Reads what <see cref="ToJson"/> wrote.</summary>
    /// <exception cref="UserErrorException">The file does not read.</exception>
    public static EvaluationCost Read(string path)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllText(path), EvaluationJson.Default.EvaluationCost) ?? throw new JsonException("found null, expected an object.");
        }
        catch (JsonException exception)
        {
            throw new UserErrorException($"{path}: {JsonFinding.Of(exception)}. Remove the file; what earlier sittings cost is then not counted.", exception);
        }
    }

    /// <summary>What a server was asked for; all 0 where there is none.</summary>
    /// <param name="counts">Its counts.</param>
    /// <param name="pricePrompt">Price of a million prompt tokens.</param>
    /// <param name="priceReply">Price of a million reply tokens.</param>
    public static EvaluationCost Of(EndpointCounts? counts, double? pricePrompt = null, double? priceReply = null) => counts is null
        ? new EvaluationCost(0, 0, 0, 0, null)
        : new EvaluationCost(
            counts.PromptTokens, counts.ReplyTokens, counts.Requests, counts.Retries,
            pricePrompt is null && priceReply is null ? null : (counts.PromptTokens * (pricePrompt ?? 0) + counts.ReplyTokens * (priceReply ?? 0)) / 1e6);
}

/// <summary>Metrics of a part of the episodes.</summary>
/// <param name="Name">The slice or category.</param>
/// <param name="Metrics">Its metrics.</param>
public sealed record NamedMetrics(string Name, MetricSet Metrics);

/// <summary>The result of an evaluation, as it is written to <c>evaluation.json</c>.</summary>
/// <param name="Schema">The layout's number.</param>
/// <param name="Setting">How replies were produced.</param>
/// <param name="Overall">Over all episodes.</param>
/// <param name="Slices">By slice, in ordinal order.</param>
/// <param name="Categories">By category, in ordinal order.</param>
/// <param name="Cost">What it cost.</param>
public sealed record EvaluationReport(
    int Schema,
    EvaluationSetting Setting,
    MetricSet Overall,
    ImmutableArray<NamedMetrics> Slices,
    ImmutableArray<NamedMetrics> Categories,
    EvaluationCost Cost)
{
    /// <summary>
    /// BFCL's own overall figure: the plain mean of the four categories' accuracies. Null where one of them was not played, for other worlds, and for tasks in BFCL's
    /// form that are not the benchmark's (which have a <see cref="EvaluationSetting.TaskSet"/>).
    /// </summary>
    public double? OfficialOverall => Setting is { World: "bfcl", TaskSet: null } && Categories.Select(c => c.Metrics.Accuracy.Value).OfType<double>().ToArray() is { Length: OfficialCategories } all
        ? all.Average()
        : null;

    private const int OfficialCategories = 4;

    /// <summary>The layout that this version writes.</summary>
    public const int CurrentSchema = 1;

    /// <summary>Sums up. <paramref name="plan"/> names every episode that should have been played, so that what is missing stays visible.</summary>
    public static EvaluationReport Of(
        EvaluationSetting setting, IReadOnlyCollection<PlannedEpisode> plan, IReadOnlyCollection<EvaluatedEpisode> episodes, EvaluationCost cost) =>
        new(
            CurrentSchema,
            setting,
            Measure(plan, episodes),
            Parts(plan, episodes, p => p.Slice, e => e.Slice),
            Parts(plan, episodes, p => p.Category, e => e.Category),
            cost);

    /// <summary>As indented snake_case JSON.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, IndentedJson.Context.EvaluationReport);

    private static ImmutableArray<NamedMetrics> Parts(
        IReadOnlyCollection<PlannedEpisode> plan, IReadOnlyCollection<EvaluatedEpisode> episodes, Func<PlannedEpisode, string> planned, Func<EvaluatedEpisode, string> played)
    {
        var names = new SortedSet<string>(plan.Select(planned).Concat(episodes.Select(played)), StringComparer.Ordinal);
        return [.. names.Select(name => new NamedMetrics(name, Measure([.. plan.Where(p => planned(p) == name)], [.. episodes.Where(e => played(e) == name)])))];
    }

    private static MetricSet Measure(IReadOnlyCollection<PlannedEpisode> plan, IReadOnlyCollection<EvaluatedEpisode> episodes) =>
        MetricSet.Of(episodes, plan.Count, plan.Select(p => p.TaskId).Distinct(StringComparer.Ordinal).Count());
}

/// <summary>An episode that an evaluation is to play.</summary>
/// <param name="TaskId">The task.</param>
/// <param name="Category">Its category.</param>
/// <param name="Slice">Its slice.</param>
/// <param name="Sample">Which try.</param>
public readonly record struct PlannedEpisode(string TaskId, string Category, string Slice, int Sample);
