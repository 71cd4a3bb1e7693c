using System.Collections.Immutable;
using FissionGrpo.Episodes;

namespace FissionGrpo.Ablation.Tests;

public sealed class AblationTests : IDisposable
{
    private const string Plan = """
        {
          // two settings, two arms
          "schema": 1, "name": "tiny", "question": "Does it help?", "frozen_on": "2026-11-22", "seeds": [1, 2, 3],
          "options": { "grpo": { "tasks": 4, "group_size": 8 } },
          "settings": [ { "name": "late", "options": { "world": { "late": true } } }, { "name": "early", "options": {} } ],
          "arms": [ { "name": "fission", "options": {} }, { "name": "grpo", "options": { "grpo": { "tasks": 8 } }, "note": "no fission" } ],
          "comparisons": [ { "arm": "fission", "against": "grpo" } ]
        }
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("fission-ablation-").FullName;
    private readonly List<string> _told = [];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void LayersOfATrial_AreSharedSettingArmAndSeed() =>
        Assert.Equal(
            ["""options {"grpo":{"tasks":4,"group_size":8}}""", """settings.late.options {"world":{"late":true}}""", """arms.grpo.options {"grpo":{"tasks":8}}""", """seeds {"seed":2}"""],
            Read().LayersOf(new Trial("late", "grpo", 2)).Select(l => $"{l.Place} {l.Options.ToJsonString()}"));

    [Fact]
    public async Task Interrupted_GoesOnWithWhatIsMissing()
    {
        var plan = Read();
        var first = new FakeRunner(failAfter: 5);
        await Assert.ThrowsAsync<OperationCanceledException>(() => Runner(first).RunAsync(plan, default));
        var second = new FakeRunner(failAfter: int.MaxValue);

        var results = await Runner(second).RunAsync(plan, default);

        Assert.Equal(12, results.Length);
        Assert.Equal(5, first.Ran);
        Assert.Equal(7, second.Ran);
    }

    [Fact]
    public async Task StoppedPlan_IsReportedOnItsWholePairs()
    {
        var plan = Read();
        var stopped = Runner(new FakeRunner(failAfter: 5)); // two seeds of the first setting, and half of the third
        await Assert.ThrowsAsync<OperationCanceledException>(() => stopped.RunAsync(plan, default));

        var results = AblationResults.Of(plan, stopped.Finished(plan));

        Assert.Equal([1ul, 2], results.Seeds.ToArray());
        Assert.Equal("late", Assert.Single(results.Settings).Name);
        Assert.All(results.Settings[0].Arms, arm => Assert.Equal(2, arm.Seeds));
    }

    [Fact]
    public void PlanOfWhichNothingIsFinished_HasNoReport() =>
        Assert.Contains("Run the plan first", Assert.Throws<UserErrorException>(() => Runner(new FakeRunner(0)).Finished(Read())).Message, StringComparison.Ordinal);

    [Fact]
    public async Task SeveralAtOnce_GiveTheSameResultsInThePlansOrder()
    {
        var together = new MeetingRunner(3);

        var results = await Runner(together, parallel: 3).RunAsync(Read(), default);

        Assert.Equal(Read().Trials(), results.Select(r => r.Trial));
        Assert.Equal(12, _told.Count);
        Assert.StartsWith("12/12", _told[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task FailingRun_StopsTheOthersAndKeepsWhatIsDone()
    {
        await Assert.ThrowsAsync<UserErrorException>(() => Runner(new FakeRunner(3, new UserErrorException("no"))).RunAsync(Read(), default));

        Assert.Equal(3, Directory.GetFiles(_folder, "trial.json", SearchOption.AllDirectories).Length);
    }

    [Fact]
    public async Task ResultOfAnOlderVersion_IsMeasuredAnew()
    {
        await Runner(new FakeRunner(int.MaxValue)).RunAsync(Read(), default);
        var file = Directory.GetFiles(_folder, "trial.json", SearchOption.AllDirectories)[0];
        File.WriteAllText(file, File.ReadAllText(file).Replace($"\"schema\": {TrialResult.CurrentSchema}", "\"schema\": 1", StringComparison.Ordinal));
        var again = new FakeRunner(int.MaxValue);

        await Runner(again).RunAsync(Read(), default);

        Assert.Equal(1, again.Ran);
    }

    [Fact]
    public async Task DamagedResult_IsNamed()
    {
        await Runner(new FakeRunner(int.MaxValue)).RunAsync(Read(), default);
        var file = Directory.GetFiles(_folder, "trial.json", SearchOption.AllDirectories)[0];
        File.WriteAllText(file, File.ReadAllText(file)[..40]);

        var error = await Assert.ThrowsAsync<UserErrorException>(() => Runner(new FakeRunner(0)).RunAsync(Read(), default));

        Assert.Contains(file, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void MeanCurve_IsTakenAtEqualTokens()
    {
        // Steps of 10 and of 20 tokens; both rise by one a token.
        ImmutableArray<CurvePoint> Rising(int step, int last) => [.. Enumerable.Range(0, last / step + 1).Select(i => new CurvePoint(
            i * step, ImmutableSortedDictionary<string, double>.Empty.Add("reward", i * step)))];

        var mean = MeanCurve.Of([Rising(10, 400), Rising(20, 440)]);

        Assert.Equal(25, mean.Length);
        Assert.All(mean, p => Assert.InRange(p.Values["reward"], p.SampledTokens - 10, p.SampledTokens + 10));
        Assert.Equal((0, 400), (mean[0].SampledTokens, mean[^1].SampledTokens));
    }

    [Fact]
    public void PlainNames_ComeFirstAndOnce() =>
        Assert.Equal(
            ["episode_recovery_rate", "accuracy", "unseen_errors.accuracy", "zero_variance.explored"],
            MetricNames.Shown(["zero_variance.explored", "held_out.accuracy", "accuracy", "unseen_errors.accuracy", "episode_recovery_rate", "held_out.episode_recovery_rate"]));

    [Fact]
    public async Task Differences_ArePairedBySeedWithinASetting()
    {
        var plan = Read();

        var results = AblationResults.Of(plan, await Runner(new FakeRunner(int.MaxValue)).RunAsync(plan, default));

        // The fake arms differ by 0.1 on every seed, whatever the seed's own level.
        var difference = results.Comparisons["fission_vs_grpo"]["held_out.accuracy"];
        Assert.Equal(0.1, difference.Mean, 1e-9);
        Assert.Equal(0, difference.Deviation, 1e-9);
        Assert.Equal(0.2, results.Settings[0].Arms[0].Metrics["held_out.accuracy"].Deviation, 1e-9);
        Assert.Contains("\"fission_vs_grpo\"", results.ToJson(), StringComparison.Ordinal);
        Assert.Contains("| held_out.accuracy | +0.100 |", AblationMarkdown.Write(results, "fission ablate plan.json", "a machine"), StringComparison.Ordinal);
        Assert.Contains("<svg", AblationPage.Write(results, "fission ablate plan.json", "a machine"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnotherPlanInTheFolder_IsRefused()
    {
        await Runner(new FakeRunner(int.MaxValue)).RunAsync(Read(), default);

        var changed = Read(Plan.Replace("[1, 2, 3]", "[1, 2, 4]", StringComparison.Ordinal));
        var error = await Assert.ThrowsAsync<UserErrorException>(() => Runner(new FakeRunner(int.MaxValue)).RunAsync(changed, default));

        Assert.Contains("another version of the plan", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void BadPlan_ReportsAllProblemsTogether()
    {
        var bad = Plan.Replace("[1, 2, 3]", "[1]", StringComparison.Ordinal).Replace("\"against\": \"grpo\"", "\"against\": \"dapo\"", StringComparison.Ordinal);

        var error = Assert.Throws<UserErrorException>(() => Read(bad));

        Assert.Contains("at least two different seeds", error.Message, StringComparison.Ordinal);
        Assert.Contains("'dapo'", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"name\": \"grpo\",", "", "arms[", "] has no name")]
    [InlineData("\"name\": \"early\",", "\"name\": null,", "settings[", "] has no name")]
    [InlineData("\"arms\": [", "\"arms\": [null, ", "arms[0]", " has no name")]
    [InlineData("\"comparisons\": [", "\"comparisons\": [null, ", "comparisons[0]", " is null")]
    [InlineData("\"against\": \"grpo\"", "\"against\": \"fission\"", "comparisons[0]", " with itself")]
    public void WhatIsForgotten_IsNamedWithItsPlace(string there, string instead, string place, string finding)
    {
        Assert.Contains(there, Plan, StringComparison.Ordinal);

        var message = Assert.Throws<UserErrorException>(() => Read(Plan.Replace(there, instead, StringComparison.Ordinal))).Message;

        Assert.Contains(place, message, StringComparison.Ordinal);
        Assert.Contains(finding, message, StringComparison.Ordinal);
    }

    [Fact]
    public void SettingWithFewerSeeds_MeetsTheFirstOfThemAndComesAfterThePrimary()
    {
        var plan = Read(Plan.Replace("\"name\": \"early\",", "\"name\": \"early\", \"seeds\": 2,", StringComparison.Ordinal));

        Assert.Equal([1ul, 1, 2, 2, 3, 3, 1, 1, 2, 2], plan.Trials().Select(t => t.Seed));
        Assert.Equal(["late", "early"], plan.Trials().Select(t => t.Setting).Distinct());
        Assert.Throws<UserErrorException>(() => Read(Plan.Replace("\"name\": \"early\",", "\"name\": \"early\", \"seeds\": 4,", StringComparison.Ordinal)));
    }

    [Fact]
    public void UnknownMember_IsAnError() =>
        Assert.Throws<UserErrorException>(() => Read(Plan.Replace("\"question\"", "\"qestion\"", StringComparison.Ordinal)));

    private AblationRunner Runner(ITrialRunner runner, int parallel = 1) => new(runner, Path.Combine(_folder, "out"), parallel, (trial, _, done, of) => _told.Add($"{done}/{of} {trial.Folder}"));

    private AblationPlan Read(string text = Plan)
    {
        var path = Path.Combine(_folder, "plan.json");
        File.WriteAllText(path, text);
        return AblationPlan.Read(path);
    }

    private sealed class FakeRunner(int failAfter, Exception? failure = null) : ITrialRunner
    {
        public int Ran { get; private set; }

        public Task<TrialResult> RunAsync(Trial trial, string folder, CancellationToken cancel)
        {
            if (Ran == failAfter)
                throw failure ?? new OperationCanceledException();
            Ran++;
            var accuracy = (0.2 * trial.Seed) + (trial.Arm == "fission" ? 0.1 : 0);
            var values = ImmutableSortedDictionary<string, double>.Empty.Add("reward", accuracy);
            return Task.FromResult(new TrialResult(
                TrialResult.CurrentSchema, trial, ImmutableSortedDictionary<string, Measured>.Empty.Add("held_out.accuracy", new(accuracy, 100)),
                [new(10, values), new(20, values)], ImmutableSortedDictionary<string, int>.Empty.Add("wrong_value", 7),
                ImmutableSortedDictionary<string, int>.Empty.Add("wrong_value", 3), "hash", 20, 1.5));
        }
    }

    /// <summary>No run ends before as many have begun as may run at once.</summary>
    private sealed class MeetingRunner(int atOnce) : ITrialRunner
    {
        private readonly TaskCompletionSource _met = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _begun;

        public async Task<TrialResult> RunAsync(Trial trial, string folder, CancellationToken cancel)
        {
            if (Interlocked.Increment(ref _begun) == atOnce)
                _met.SetResult();
            await _met.Task.WaitAsync(TimeSpan.FromSeconds(20), cancel);
            return await new FakeRunner(int.MaxValue).RunAsync(trial, folder, cancel);
        }
    }
}
