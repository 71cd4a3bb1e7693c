using System.Text.Json;

namespace FissionGrpo.Episodes;

public class EpisodesJsonTests
{
    private static readonly Trajectory Played = new(
        "step 1/explore/task/0", "task", "base", TrajectoryUnit.Turn, 1,
        new TokenSequence([5, 6, 7, 8], [TokenOrigin.Prompt, TokenOrigin.Policy, TokenOrigin.Policy, TokenOrigin.Tool], [0, -0.5f, -1.25f, 0]),
        [
            new Step(1, 1, 3, "text", null, [new ExecutedCall(ToolCall.Of("f", ("x", 1)), new ToolResult.Failed(ToolErrorKind.Rejected, "no"))]),
            new Step(1, 3, 4, "{", "not closed", []),
        ],
        TrajectoryEnd.StepLimit)
    {
        Score = new EpisodeScore(false, 0, "state differs"),
        Reward = new RewardBreakdown(0.5f, [new RewardTerm("format", 1, 2)]),
        Origin = new FissionOrigin("parent", 2, "diagnostic", 3),
    };

    [Fact]
    public void Trajectory_SurvivesTheFile()
    {
        var text = JsonSerializer.Serialize(Played, EpisodesJson.Default.Trajectory);

        var read = JsonSerializer.Deserialize(text, EpisodesJson.Default.Trajectory)!;

        Assert.Equal(text, JsonSerializer.Serialize(read, EpisodesJson.Default.Trajectory));
        Assert.Equal(Played.Tokens.LogProbs.AsEnumerable(), read.Tokens.LogProbs);
        Assert.Equal(Played.Tokens.Origins.AsEnumerable(), read.Tokens.Origins);
        Assert.Equal(Played.Steps[0].Calls[0], read.Steps[0].Calls[0]);
        Assert.Equal(Played.Origin, read.Origin);
        Assert.True(read.Steps[1].Failed);
        Assert.DoesNotContain('\n', text);
    }

    [Theory]
    [InlineData("""{"ids":[1,2],"origins":["policy",1],"log_probs":[0.1]}""")]
    [InlineData("""{"ids":[1],"origins":["policy",1],"log_probs":[]}""")]
    [InlineData("""{"ids":[1],"origins":["nobody",1],"log_probs":[]}""")]
    public void TokensThatDoNotFitTogether_AreRefused(string tokens)
    {
        var options = new JsonSerializerOptions { Converters = { new TokenSequenceConverter() } };

        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<TokenSequence>(tokens, options));
    }
}
