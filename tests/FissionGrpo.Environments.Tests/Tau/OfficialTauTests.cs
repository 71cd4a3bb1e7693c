using FissionGrpo.Environments.Tau.State;
using FissionGrpo.Environments.Tau.Tasks;
using FissionGrpo.Environments.Tau.Tools;
using FissionGrpo.Testing;

namespace FissionGrpo.Environments.Tests.Tau;

/// <summary>Against the benchmark's own files, where a developer has them.</summary>
public sealed class OfficialTauTests
{
    [SkippableTheory]
    [InlineData("retail", "c49125b83c32941ba527a31dce753cef1dee9a65fe2633c3a3c50816cef083ab")]
    [InlineData("airline", "9ab3635c8e275dcb1b79a2dc1ec3df27f26700f0e0982900dd5666824b63af77")]
    public void ShippedDatabase_HasTheOfficialDigest(string domain, string digest) =>
        Assert.Equal(digest, OfficialHash.OfJson(new WorldState(Load(domain).Database)));

    [SkippableTheory]
    [InlineData("retail", 115 + 500 + 20)]
    [InlineData("airline", 50)]
    public void GroundTruth_EarnsTheRewardOnEveryTask(string name, int count)
    {
        var domain = Load(name);
        var tasks = domain.Splits.SelectMany(split => domain.Tasks(split)).ToList();

        Assert.Equal(count, tasks.Count);
        foreach (var task in tasks)
        {
            var environment = (FissionGrpo.Environments.Tau.TauEnvironment)(task with { StepLimit = int.MaxValue }).Start();
            foreach (var call in task.Actions.Where(call => call.Name != SharedTools.TransferToHuman))
                environment.Execute(call);
            foreach (var output in task.Outputs)
                environment.Say(output);
            // An output with a comma can never be said: the official scoring removes commas from what the agent says only.
            Assert.Equal(task.Outputs.All(output => !output.Contains(',', StringComparison.Ordinal)), environment.Score().Correct);
        }
    }

    [SkippableFact]
    public async Task ScriptedUser_EndsEveryConversation()
    {
        foreach (var task in Load("retail").Tasks("test").Concat(Load("airline").Tasks("test")))
        {
            var environment = (task with { StepLimit = int.MaxValue }).Start();
            var turn = await environment.NextUserTurnAsync("", CancellationToken.None);
            for (var i = 0; turn is Episodes.UserTurn.Says && i < 100; i++)
                turn = await environment.NextUserTurnAsync("Could you please confirm, and tell me your user id, name, and payment method?", CancellationToken.None);
            Assert.IsType<Episodes.UserTurn.Ends>(turn);
        }
    }

    private static TauDomain Load(string domain) => TauDomain.Load(SharedMaterial.Path("tau/data"), domain);
}
