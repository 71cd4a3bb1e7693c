using FissionGrpo.Cli.Worlds;
using FissionGrpo.Environments.Workshop;

namespace FissionGrpo.Cli.Tests.Worlds;

public class WorkshopTaskSourceTests
{
    [Fact]
    public void OptionsThatNameNoApis_HaveAnIdentity_WhichTellsThemFromOthers()
    {
        string Identity(WorkshopOptions options) => new WorkshopTaskSource(options, 1, diagnose: null).Identity;

        Assert.Equal(Identity(new WorkshopOptions()), Identity(new WorkshopOptions(Apis: [])));
        Assert.NotEqual(Identity(new WorkshopOptions()), Identity(new WorkshopOptions(Apis: [WorkshopApi.Ticket])));
    }
}
