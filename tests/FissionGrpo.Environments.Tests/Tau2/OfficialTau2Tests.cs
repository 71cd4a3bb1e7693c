using FissionGrpo.Environments.Tau2;
using FissionGrpo.Environments.Tau2.Tasks;
using FissionGrpo.Episodes;
using FissionGrpo.Testing;

namespace FissionGrpo.Environments.Tests.Tau2;

/// <summary>Against the benchmark's own files, where a developer has them.</summary>
public sealed class OfficialTau2Tests
{
    private static readonly Dictionary<string, Lazy<Tau2Domain>> Domains =
        Tau2Domain.Names.ToDictionary(name => name, name => new Lazy<Tau2Domain>(() => Tau2Domain.Load(SharedMaterial.Path("tau2/data"), name)));

    [SkippableTheory]
    [InlineData("airline", "124e39a664b56402bcd09cb8a6a9cece6acb8462337c969799d5658e3250f263", null)]
    [InlineData("retail", "b25c9cb211f5efcaee5dd646054a73c4a9f43f4f5acc32c10713cd9f9ac20e9c", null)]
    [InlineData("telecom", "304cf5ef059852e117ea801ab9a5efc24c9713ec887679dc2e30acceb4b6742d", "e1f3a8637388808221228ff3f87294444e6b64caf721f5eb243a85d0a9380b28")]
    public void ShippedDatabases_HaveTheOfficialHashes(string domain, string agent, string? user)
    {
        var world = Load(domain).NewWorld();

        Assert.Equal(agent, world.AgentHash());
        Assert.Equal(user, world.UserHash());
    }

    [SkippableTheory]
    [InlineData("airline", 50)]
    [InlineData("retail", 114)]
    [InlineData("telecom", 114)]
    public void GroundTruth_EarnsTheRewardOnEveryTask(string name, int count)
    {
        var tasks = Load(name).Tasks("base");

        Assert.Equal(count, tasks.Length);
        foreach (var task in tasks)
        {
            var environment = (Tau2Environment)(task with { ErrorLimit = int.MaxValue }).Start();
            foreach (var action in task.Gold)
                environment.Execute(action.Side, action.Call);
            foreach (var info in task.Communicate)
                environment.Hear(info);
            Assert.True(environment.Score().Correct, $"{task.Id}: {environment.Score().Reason}");
        }
    }

    [SkippableTheory]
    [InlineData("airline")]
    [InlineData("retail")]
    [InlineData("telecom")]
    public async Task ScriptedUser_EndsEveryConversation(string name)
    {
        foreach (var task in Load(name).Tasks("base"))
        {
            var environment = (task with { StepLimit = int.MaxValue, ErrorLimit = int.MaxValue }).Start();
            var turn = await environment.NextUserTurnAsync("", CancellationToken.None);
            for (var i = 0; turn is UserTurn.Says && i < 100; i++)
                turn = await environment.NextUserTurnAsync("Could you please check status bar, and tell me your user id, name and phone number?", CancellationToken.None);
            Assert.IsType<UserTurn.Ends>(turn);
        }
    }

    [SkippableFact]
    public async Task UserWithAPhone_LooksAtItWhenAsked()
    {
        var environment = Load("telecom").Tasks("base")[0].Start();
        await environment.NextUserTurnAsync("", CancellationToken.None);
        var fork = environment.Fork();

        var said = Assert.IsType<UserTurn.Says>(await environment.NextUserTurnAsync("Please run check_status_bar and tell me what it shows.", CancellationToken.None));

        Assert.StartsWith("Status Bar: ", said.Text, StringComparison.Ordinal);
        Assert.Equal(fork.Digest(), environment.Digest());
    }

    [SkippableFact]
    public void DualControl_AgentsCallReachesThePhoneOnlyThroughASearch()
    {
        var task = Load("telecom").TasksById(Tau2Version.Pinned).Values.Where(task => task.OfficialId.Contains("overdue_bill_suspension", StringComparison.Ordinal)).OrderBy(task => task.OfficialId.Length).First();
        var environment = (Tau2Environment)task.Start();
        var fork = (Tau2Environment)environment.Fork();

        environment.Execute(ToolCall.Of("resume_line", ("customer_id", "C1001"), ("line_id", "L1002")));

        Assert.Contains("No Signal", environment.Execute(Tau2Side.User, ToolCall.Of("check_status_bar")).Text, StringComparison.Ordinal);
        Assert.Contains("5G", environment.Execute(Tau2Side.User, ToolCall.Of("reboot_device")).Text, StringComparison.Ordinal);
        Assert.Contains("No Signal", fork.Execute(Tau2Side.User, ToolCall.Of("reboot_device")).Text, StringComparison.Ordinal);
        Assert.NotEqual(fork.Digest(), environment.Digest());
    }

    [SkippableFact]
    public async Task Solo_AgentHasBothSidesToolsAndEndsItself()
    {
        var task = Load("telecom").Tasks("base")[0] with { IsSolo = true };
        var environment = (Tau2Environment)task.Start();

        Assert.Equal(task.Ticket, Assert.IsType<UserTurn.Says>(await environment.NextUserTurnAsync("", CancellationToken.None)).Text);
        Assert.IsType<ToolResult.Ok>(environment.Execute(ToolCall.Of("check_status_bar")));
        foreach (var call in task.ExpectedCalls[0])
            environment.Execute(call);
        environment.Execute(ToolCall.Of("done"));

        Assert.True(environment.Score().Correct);
        Assert.Equal("done", environment.End);
    }

    [SkippableFact]
    public void UnknownNames_AreReportedWithTheKnownOnes()
    {
        Assert.Contains("retail, airline, telecom", Assert.Throws<UserErrorException>(() => Tau2Domain.Load(SharedMaterial.Path("tau2/data"), "bank")).Message, StringComparison.Ordinal);
        Assert.Contains("base", Assert.Throws<UserErrorException>(() => Load("retail").Tasks("dev")).Message, StringComparison.Ordinal);
        Assert.Contains("db.json", Assert.Throws<UserErrorException>(() => Tau2Domain.Load("/nowhere", "retail")).Message, StringComparison.Ordinal);
    }

    private static Tau2Domain Load(string domain) => Domains[domain].Value;
}
