using System.Collections.Immutable;
using FissionGrpo.Training;

namespace FissionGrpo.Cli.Simulator;

public class CollectVerbTests
{
    [Theory]
    [InlineData(0, "No lessons from 1280 trajectories: the policy made no mistakes. Take a weaker checkpoint")]
    [InlineData(1280, "No lessons from 1280 trajectories: every failure was left out.")]
    public void NoLessons_AreNotTrainedOn(int malformed, string expected)
    {
        using var shell = new TestShell();
        var none = ImmutableSortedDictionary<string, int>.Empty;

        CollectVerb.Show(
            shell.Shell,
            new CollectionReport(0, 1280, none, malformed == 0 ? none : none.Add("malformed", malformed), ImmutableSortedDictionary<string, string>.Empty.Add("malformed", "a fixed message")),
            "lessons.jsonl", 40, asJson: false);

        Assert.Contains(expected, shell.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("Next:", shell.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("╭", shell.Out, StringComparison.Ordinal);
    }
}
