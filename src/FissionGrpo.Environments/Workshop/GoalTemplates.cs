using System.Collections.Immutable;

namespace FissionGrpo.Environments.Workshop;

/// <summary>All kinds of goals, by class.</summary>
internal static class GoalTemplates
{
    public static ImmutableArray<GoalTemplate> Of(WorkshopApi api) => api switch
    {
        WorkshopApi.Vehicle => VehicleGoals.All,
        WorkshopApi.Ticket => TicketGoals.All,
        WorkshopApi.Message => MessageGoals.All,
        WorkshopApi.Files => FileGoals.All,
        _ => throw new ArgumentOutOfRangeException(nameof(api), api, "not a class of the Workshop"),
    };
}
