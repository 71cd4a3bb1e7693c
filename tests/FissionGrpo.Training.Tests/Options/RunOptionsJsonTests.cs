using System.Text.Json;
using System.Text.Json.Nodes;
using FissionGrpo.Episodes;
using FissionGrpo.Fission;

namespace FissionGrpo.Training.Tests.Options;

public sealed class RunOptionsJsonTests
{
    [Fact]
    public void Defaults_SurviveTheRoundTrip() =>
        Assert.Equal(new RunOptions(), RunOptionsJson.Read(RunOptionsJson.ToNode(new RunOptions()), "test"));

    [Fact]
    public void MissingMembers_KeepTheirDefaults()
    {
        var options = Read("""{ "grpo": { "group_size": 4 }, "simulator": { "kind": "raw_error" } }""");

        Assert.Equal(4, options.Grpo.GroupSize);
        Assert.Equal(new GrpoOptions().Tasks, options.Grpo.Tasks);
        Assert.Equal(SimulatorKind.RawError, options.Simulator.Kind);
    }

    [Fact]
    public void Words_AreSnakeCase()
    {
        var json = RunOptionsJson.Write(new RunOptions());

        Assert.Contains("\"advantage\": \"group_mean_std\"", json, StringComparison.Ordinal);
        Assert.Contains("\"warm_start\"", json, StringComparison.Ordinal);
        Assert.All(
            from section in typeof(RunOptions).GetProperties()
            from member in section.PropertyType.GetProperties()
            where member.PropertyType.IsEnum
            select JsonNamingPolicy.SnakeCaseLower.ConvertName(member.Name),
            name => Assert.Matches($"\"{name}\": \"", json));
    }

    [Fact]
    public void AllProblems_AreReportedTogetherWithPlaceFindingAndRemedy()
    {
        var error = Assert.Throws<UserErrorException>(() => Read(
            """{ "grpo": { "group_size": 1, "clip_low": "x", "tsks": 3 }, "fission": { "update": "later" }, "seed": -1, "rollout": 5 }"""));

        var lines = error.Message.Split(Environment.NewLine);
        Assert.Equal(6, lines.Length);
        Assert.Equal("runs/tiny.json: grpo.group_size is 1, expected 2 to 256. A group needs siblings to compare with; try 8.", lines[0]);
        Assert.StartsWith("runs/tiny.json: grpo.clip_low is \"x\", expected a number 0 to 1.", lines[1], StringComparison.Ordinal);
        Assert.EndsWith("Did you mean tasks?", lines[2], StringComparison.Ordinal);
        Assert.Contains("fission.update is \"later\", expected one of: separate, merged", lines[3], StringComparison.Ordinal);
        Assert.Contains("seed is -1, expected a whole number", lines[4], StringComparison.Ordinal);
        Assert.Contains("rollout is 5, expected an object", lines[5], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{ "reward": { "length_soft_tokens": 100, "length_hard_tokens": 100 } }""", "reward.length_hard_tokens is 100")]
    [InlineData("""{ "rollout": { "temperature": 0 } }""", "rollout.temperature is 0")]
    [InlineData("""{ "rollout": { "top_p": 0.8 } }""", "rollout.top_p")]
    [InlineData("""{ "policy": { "lora_rank": 4, "lora_targets": ["q_proj", "qkv"] } }""", "policy.lora_targets has qkv, expected some of q_proj")]
    [InlineData("""{ "policy": { "lora_targets": ["q_proj"] } }""", "policy.lora_targets is set, expected none")]
    [InlineData("""{ "policy": { "query_heads": 6, "key_value_heads": 4 } }""", "policy.key_value_heads is 4")]
    [InlineData("""{ "fission": { "update": "merged", "learning_rate_scale": 0.5 } }""", "fission.learning_rate_scale is 0.5, expected 1 with fission.update=merged")]
    [InlineData("""{ "fission": { "learning_rate_scale": -1 } }""", "fission.learning_rate_scale is -1, expected 0 to 10")]
    [InlineData("""{ "simulator": { "share": 1.5 } }""", "simulator.share is 1.5, expected 0 to 1")]
    [InlineData("""{ "simulator": { "placement": "before" } }""", "simulator.placement is \"before\", expected one of: replace, append")]
    [InlineData("""{ "fission": { "trigger": 200 } }""", "fission.trigger is 200")]
    [InlineData("""{ "grpo": { "group_size": 2.5 } }""", "grpo.group_size is 2.5, expected a whole number 2 to 256")]
    [InlineData("""{ "grpo": { "group_size": null } }""", "grpo.group_size is null")]
    [InlineData("""{ "grpo": { "group_size": 4, "train_per_group": 9 }, "fission": { "group_size": 8 } }""", "grpo.train_per_group is 9, expected at most 8")]
    [InlineData("""{ "grpo": { "importance_band": 0.5 } }""", "grpo.importance_band is 0.5, expected 0 (off), or 1 and more. Ratios from 1/band")]
    [InlineData("""{ "grpo": { "importance_cap": 0.5 } }""", "grpo.importance_cap is 0.5, expected 0 (off), or 1 and more")]
    [InlineData("""{ "seed": -5 }""", "seed is -5, expected a whole number from 0")]
    [InlineData("""{ "grpo": { "min_std": 1e400 } }""", "grpo.min_std")]
    public void WhatCannotBe_IsRefused(string json, string message) =>
        Assert.Contains(message, Assert.Throws<UserErrorException>(() => Read(json)).Message, StringComparison.Ordinal);

    [Fact]
    public void BoundsThemselves_AreAllowed()
    {
        Assert.Equal(1f, Read("""{ "grpo": { "clip_low": 1 } }""").Grpo.ClipLow);
        Assert.Equal(0.9999999f, Read("""{ "optimizer": { "beta2": 0.9999999 } }""").Optimizer.Beta2);
    }

    private static RunOptions Read(string json) => RunOptionsJson.Read((JsonObject)JsonNode.Parse(json)!, "runs/tiny.json");
}
