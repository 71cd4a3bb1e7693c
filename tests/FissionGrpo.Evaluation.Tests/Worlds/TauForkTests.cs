using System.Collections.Immutable;
using System.Text.Json;
using FissionGrpo.Environments.Faults;
using FissionGrpo.Environments.Tau.Tasks;
using FissionGrpo.Environments.Tau2.Tasks;
using FissionGrpo.Episodes;
using FissionGrpo.Evaluation.Endpoints;
using FissionGrpo.Model.Policy;
using FissionGrpo.Rollouts;
using FissionGrpo.Seeds;
using FissionGrpo.Testing;

namespace FissionGrpo.Evaluation.Worlds;

/// <summary>
/// A conversation forked anywhere goes on as the original did, whoever plays the user: databases, phone, limits, faults still to come, and what the
/// user remembers. And played again from the beginning, it is the same conversation.
/// </summary>
public sealed class TauForkTests
{
    private const int Walks = 8;
    private const int Actions = 10;

    [SkippableTheory]
    [InlineData("tau", "retail")]
    [InlineData("tau", "airline")]
    [InlineData("tau2", "retail")]
    [InlineData("tau2", "airline")]
    [InlineData("tau2", "telecom")]
    public async Task ScriptedUser(string world, string domain) => await EveryForkGoesOnAsync(world, domain, null);

    [SkippableTheory]
    [InlineData("tau", "airline")]
    [InlineData("tau2", "telecom")]
    public async Task UserInThisProcess(string world, string domain)
    {
        var model = new EngineUserModel("toy", new ScriptedPolicy(ToyDialogue.Format, Talk), ToyDialogue.Format, new SamplingOptions(), MaxReplyTokens: 100, MaxTokens: 1 << 20);

        await EveryForkGoesOnAsync(world, domain, brief => new EngineUser(model, brief, new Seed(7)));
    }

    [SkippableTheory]
    [InlineData("tau", "retail")]
    [InlineData("tau2", "telecom")]
    public async Task UserBehindAServer(string world, string domain)
    {
        await using var server = await FakeEndpoint.StartAsync((context, body, _) =>
        {
            using var document = JsonDocument.Parse(body);
            var messages = document.RootElement.GetProperty("messages").GetRawText();
            return messages.Length % 3 == 0 && body.Contains("check_status_bar", StringComparison.Ordinal)
                ? FakeEndpoint.AnswerAsync(context, "", ("check_status_bar", "{}"))
                : FakeEndpoint.AnswerAsync(context, $"I have heard {messages.Length} letters.");
        });
        using var endpoint = new EndpointPolicy(EndpointOptions.For(server.Address, "user"), TimeProvider.System);

        await EveryForkGoesOnAsync(world, domain, brief => new EndpointUser(endpoint, brief, new Seed(7)));
    }

    /// <summary>What a user says depends on all that was said, and now and then they look at their phone.</summary>
    private static string Talk(string dialogue, ulong bits) =>
        dialogue.Length % 3 == 0 && dialogue.Contains("check_status_bar", StringComparison.Ordinal) ? ScriptedPolicy.Call(ToolCall.Of("check_status_bar")) : $"I have heard {dialogue.Length} letters, and {bits % 10}.";

    private static async Task EveryForkGoesOnAsync(string world, string domain, UserSimulatorFactory? user)
    {
        var tasks = Tasks(world, domain, user);
        for (var walk = 0; walk < Walks; walk++)
        {
            var rng = new SampleRng(new Seed((ulong)walk).Derive(domain));
            var task = tasks[rng.Next(tasks.Length)];
            var played = walk % 2 == 0 ? task : new FaultyTask(task, new FaultOptions(LastCall: 3), new Seed((ulong)walk));
            var actions = Enumerable.Range(0, Actions).Select(_ => Action(task, ref rng)).ToList();
            var environment = played.Start();
            await environment.NextUserTurnAsync("", default);
            var (forks, seen) = (new List<IEnvironment>(), new List<string>());
            foreach (var action in actions)
            {
                forks.Add(environment.Fork());
                seen.Add(await ActAsync(environment, action));
            }

            for (var i = 0; i < actions.Count; i++)
                Assert.Equal(seen.Skip(i), await PlayAsync(forks[i], actions.Skip(i)));
            var again = played.Start();
            await again.NextUserTurnAsync("", default);
            Assert.Equal(seen, await PlayAsync(again, actions));
        }
    }

    private static async Task<List<string>> PlayAsync(IEnvironment environment, IEnumerable<object> actions)
    {
        var seen = new List<string>();
        foreach (var action in actions)
            seen.Add(await ActAsync(environment, action));
        return seen;
    }

    private static async Task<string> ActAsync(IEnvironment environment, object action)
    {
        if (action is ImmutableArray<ToolCall> calls)
        {
            var taken = environment.BeginReply("One moment.", calls.Length);
            return string.Join('|', calls[..taken].Select(call => environment.Execute(call).ToString())) + After(environment);
        }
        return await environment.NextUserTurnAsync((string)action, default) + After(environment);

        static string After(IEnvironment environment) => $" {environment.Digest()} {environment.End} {environment.Score()}";
    }

    /// <summary>Something said, right calls, or wrong ones.</summary>
    private static object Action(EpisodeTask task, ref SampleRng rng)
    {
        var expected = task.ExpectedCalls[0];
        string[] texts = ["Could you tell me your user id?", "Please run check_network_status() and toggle_data().", "Is there anything else?", "Shall I go ahead?"];
        if (expected.IsEmpty || rng.Chance(0.4))
            return rng.Pick<string>(texts);
        var calls = ImmutableArray.CreateBuilder<ToolCall>();
        for (var i = rng.Next(1, 3); i > 0; i--)
            calls.Add(rng.Chance(0.3) ? ToolCall.Of("get_order_details", ("order_id", "W1")) : expected[rng.Next(expected.Length)]);
        return calls.ToImmutable();
    }

    private static ImmutableArray<EpisodeTask> Tasks(string world, string domain, UserSimulatorFactory? user) => world == "tau"
        ? [.. TauDomain.Load(SharedMaterial.Path("tau/data"), domain).Tasks("test").Select(task => task with { User = user })]
        : [.. Tau2Domain.Load(SharedMaterial.Path("tau2/data"), domain).Tasks("base").Select(task => task with { User = user })];
}
