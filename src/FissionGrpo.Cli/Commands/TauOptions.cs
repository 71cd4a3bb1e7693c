using System.CommandLine;
using FissionGrpo.Cli.Options;
using FissionGrpo.Cli.Shells;
using FissionGrpo.Cli.Worlds;
using FissionGrpo.Environments.Tau2.Tasks;
using FissionGrpo.Episodes;
using FissionGrpo.Evaluation.Endpoints;
using FissionGrpo.Evaluation.Reports;
using FissionGrpo.Seeds;

namespace FissionGrpo.Cli.Commands;

/// <summary>The options of <c>evaluate</c> that are about TAU-bench and TAU2-bench: which tasks, and who plays with the policy.</summary>
internal sealed class TauOptions
{
    private const string Pinned = "pinned";
    private const string Release = "release-0.2.0";

    private readonly Option<string[]> _domain = new("--domain") { Description = "tau, tau2: only these domains (retail, airline, telecom).", HelpName = "NAME", AllowMultipleArgumentsPerToken = true };
    private readonly Option<string?> _split = new("--split") { Description = "tau, tau2: the tasks; test in tau and base in tau2 by default.", HelpName = "NAME" };
    private readonly Option<string> _taskSet = new Option<string>("--task-set") { Description = "tau2: release-0.2.0 (scored without a judge) or pinned, the newer tasks, part of which a judge must score.", DefaultValueFactory = _ => Release }.OneOf(Release, Pinned);
    private readonly Option<bool> _solo = new("--solo") { Description = "tau2: without a user; the agent works from a ticket with both sides' tools." };
    private readonly Option<string?> _userEndpoint = new("--user-endpoint") { Description = "A server whose model plays the user in tau and tau2; the scripted user does without.", HelpName = "URL" };
    private readonly Option<string?> _userModel = new("--user-model") { Description = "That model's name.", HelpName = "NAME" };
    private readonly Option<string> _userKey = new("--user-api-key-variable") { Description = "The environment variable that holds that server's key.", DefaultValueFactory = _ => "OPENAI_API_KEY", HelpName = "NAME" };
    private readonly Option<string?> _userPolicy = new("--user-policy") { Description = "A run folder or checkpoint that plays the user in this process.", HelpName = "FOLDER" };
    private readonly Option<string?> _judgeEndpoint = new("--judge-endpoint") { Description = "A server whose model judges sentences, for tau2's pinned tasks.", HelpName = "URL" };
    private readonly Option<string?> _judgeModel = new("--judge-model") { Description = "That model's name.", HelpName = "NAME" };
    private readonly Option<string> _judgeKey = new("--judge-api-key-variable") { Description = "The environment variable that holds that server's key.", DefaultValueFactory = _ => "OPENAI_API_KEY", HelpName = "NAME" };

    public IEnumerable<Option> All => [_domain, _split, _taskSet, _solo, _userEndpoint, _userModel, _userKey, _userPolicy, _judgeEndpoint, _judgeModel, _judgeKey];

    /// <summary>Opens whoever was chosen.</summary>
    /// <param name="parse">The command line.</param>
    /// <param name="world">The world that is evaluated on.</param>
    /// <param name="choice">Whoever plays the policy; its patience with servers is theirs too.</param>
    /// <param name="run">The settings of the policy's own run: a policy that never read the whole prompt is shown what it knows.</param>
    /// <param name="shell">The outside.</param>
    /// <exception cref="UserErrorException">The options do not go together or with the world.</exception>
    public TauParty Open(ParseResult parse, string world, PlayerChoice choice, RunSettings? run, Shell shell)
    {
        if (!TauParty.IsFor(world))
        {
            var given = All.FirstOrDefault(option => parse.GetResult(option) is { Implicit: false });
            return given is null ? new TauParty(null, null, null, null) : throw new UserErrorException($"{given.Name} is for tau and tau2; this is an evaluation on {world}.");
        }
        var isSolo = parse.GetValue(_solo);
        var server = parse.GetValue(_userEndpoint);
        var checkpoint = parse.GetValue(_userPolicy);
        if (server is not null && checkpoint is not null)
            throw new UserErrorException("--user-endpoint and --user-policy are both given. One user plays; take one of them out.");
        if (isSolo && (server ?? checkpoint) is not null)
            throw new UserErrorException("--solo has no user; leave --user-endpoint and --user-policy out.");
        var user = server is not null
            ? TauUsers.Endpoint(Players.Endpoint("--user-", server, parse.GetValue(_userModel), Key(_userKey), 0, choice, shell), choice.Seed)
            : checkpoint is not null ? TauUsers.Engine(checkpoint, choice.Threads, choice.Seed)
            : OpenUser.Scripted;
        var judge = parse.GetValue(_judgeEndpoint) is { } address
            ? Players.Endpoint("--judge-", address, parse.GetValue(_judgeModel), Key(_judgeKey), 0, choice, shell)
            : null;
        var shown = run is not null && run.World == world ? run.Tau : new TauSettings();
        var tasks = new TauChoice(
            [.. parse.GetValue(_domain) ?? []], parse.GetValue(_split), parse.GetValue(_taskSet) == Pinned ? Tau2Version.Pinned : Tau2Version.Release020, isSolo,
            shown.ShowPolicy, shown.Tools, user.Factory, judge is null ? null : new EndpointJudge(judge, new Seed(choice.Seed)));
        if (!shown.Tools.IsEmpty && tasks.Domains.IsEmpty)
            tasks = tasks with { Domains = [shown.Domain] };
        return new TauParty(tasks, isSolo ? null : user.Name, user, judge);

        string? Key(Option<string> variable) => shell.Variables.GetValueOrDefault(parse.GetValue(variable)!);
    }
}

/// <summary>Which of TAU's tasks, and who plays with the policy. Owns the user and the judge.</summary>
/// <param name="tasks">Null in other worlds.</param>
/// <param name="userName">How reports call the user; null when there is none.</param>
/// <param name="user">The user.</param>
/// <param name="judge">The judge.</param>
internal sealed class TauParty(TauChoice? tasks, string? userName, OpenUser? user, EndpointPolicy? judge) : IDisposable
{
    public TauChoice? Tasks { get; } = tasks;

    public string? UserName { get; } = userName;

    public string? UserFingerprint() => user?.Fingerprint();

    public string? JudgeName => judge?.Name;

    public EvaluationCost? UserCost => user?.Counts is { } counts ? EvaluationCost.Of(counts) : null;

    public EvaluationCost? JudgeCost => judge is null ? null : EvaluationCost.Of(judge.Counts);

    public static bool IsFor(string world) => world is "tau" or "tau2";

    public void Dispose()
    {
        user?.Dispose();
        judge?.Dispose();
    }
}
