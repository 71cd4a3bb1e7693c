using FissionGrpo.Environments.Workshop;

namespace FissionGrpo.Environments.Tests.Workshop;

public sealed class WorkshopDocsTests
{
    [Fact]
    public void TheTableOfErrorKinds_IsTheOneInTheCode()
    {
        var rows = File.ReadAllLines(Path.Combine(Root(), "docs", "workshop.md")).Where(l => l.StartsWith("| `", StringComparison.Ordinal)).ToArray();

        var told = rows.SelectMany(r => r.Split('|')[1].Split('`').Where((_, i) => i % 2 == 1).Select(id => (Id: id, Last: r.Split('|')[^2].Trim())))
            .Select(k => (k.Id, int.Parse(k.Last[..1]), k.Last.Contains("unseen", StringComparison.Ordinal)));

        Assert.Equal(Blockers.All.Values.Select(b => (b.Id, b.Difficulty, b.Unseen)).Order(), told.Order());
    }

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder!.FullName, "FissionGrpo.slnx")))
            folder = folder.Parent;
        return folder.FullName;
    }
}
