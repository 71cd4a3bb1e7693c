using System.Text.Json.Nodes;
using FissionGrpo.Cli.Worlds;
using FissionGrpo.Environments.Bfcl;
using FissionGrpo.Environments.Workshop;
using FissionGrpo.Episodes;

namespace FissionGrpo.Cli.Options;

public sealed class FullProfileTests
{
    [Fact]
    public void FullProfile_IsReadAndWrittenBack_AndGivesTasksForModelsInThisProcess()
    {
        var settings = Read("""{ "workshop": { "profile": "full", "full": { "categories": ["miss_func"], "max_turns": 3 } } }""");

        var again = RunSettings.Read(Layers(settings.ToJson()));
        var source = WorkshopWorld.Source(again, "nowhere");
        var task = Assert.IsType<BfclTask>(source.TrainingTask(4));

        Assert.Equal(WorkshopProfile.Full, again.Workshop.Profile);
        Assert.Equal(3, again.Workshop.Full!.MaxTurns);
        Assert.Equal("miss_func", task.Category);
        Assert.Equal(BfclReveal.TellInMessage, task.Reveal);
        Assert.Equal(task.Id, source.Find(task.Id).Id);
        Assert.NotNull(source.Demonstrate(4, DemonstrationKind.HappyPath));
    }

    [Fact]
    public void LongContextWithoutACheckpoint_IsRefusedWithTheRemedy()
    {
        var message = Assert.Throws<UserErrorException>(() => Read("""{ "workshop": { "profile": "full" } }""")).Message;

        Assert.Contains("policy.checkpoint", message, StringComparison.Ordinal);
        Assert.Contains("miss_param", message, StringComparison.Ordinal);
    }

    [Fact]
    public void OfficialTablesThatWereNotAdded_AreAskedFor()
    {
        var settings = Read("""{ "workshop": { "profile": "full", "full": { "categories": ["base"], "official_tables": true } } }""");

        Assert.Contains("data add bfcl", Assert.Throws<UserErrorException>(() => WorkshopWorld.Source(settings, "nowhere")).Message, StringComparison.Ordinal);
    }

    private static RunSettings Read(string json) => RunSettings.Read(Layers(json));

    private static OptionLayers Layers(string json)
    {
        var layers = new OptionLayers();
        layers.Add("test", (JsonObject)JsonNode.Parse(json)!);
        return layers;
    }
}
