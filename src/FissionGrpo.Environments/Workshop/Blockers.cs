using System.Collections.Frozen;

namespace FissionGrpo.Environments.Workshop;

/// <summary>A state or a wording in which the obvious first call fails with an informative error.</summary>
/// <param name="Id">Short name for categories and tables.</param>
/// <param name="Api">The class that raises the error.</param>
/// <param name="Difficulty">
/// 1: one call or one changed value, named by the error or by the user. 2: a value must be copied from a result, or the error does not name
/// the fix, or the first call is unlike those where nothing fails. 3: several calls, each with a copied value.
/// </param>
/// <param name="Unseen">No demonstration shows it.</param>
internal sealed record Blocker(string Id, WorkshopApi Api, int Difficulty, bool Unseen = false);

/// <summary>The error kinds of the Workshop.</summary>
internal static class Blockers
{
    public static readonly FrozenDictionary<string, Blocker> All = new Blocker[]
    {
        new("doors", WorkshopApi.Vehicle, 1),
        new("brake-soft", WorkshopApi.Vehicle, 1),
        new("brake", WorkshopApi.Vehicle, 1, Unseen: true),
        new("engine-off", WorkshopApi.Vehicle, 1),
        new("speed", WorkshopApi.Vehicle, 1, Unseen: true),
        new("overfull", WorkshopApi.Vehicle, 1),
        new("fan", WorkshopApi.Vehicle, 2),
        new("liters", WorkshopApi.Vehicle, 2),
        new("city", WorkshopApi.Vehicle, 3),
        new("ticket-login", WorkshopApi.Ticket, 1),
        new("priority-range", WorkshopApi.Ticket, 1),
        new("priority-word", WorkshopApi.Ticket, 2),
        new("resolved", WorkshopApi.Ticket, 2),
        new("closed", WorkshopApi.Ticket, 1, Unseen: true),
        new("message-login", WorkshopApi.Message, 1),
        new("receiver-name", WorkshopApi.Message, 2),
        new("new-contact", WorkshopApi.Message, 3),
        new("contact-exists", WorkshopApi.Message, 1, Unseen: true),
        new("in-folder", WorkshopApi.Files, 1),
        new("lost-file", WorkshopApi.Files, 3),
        new("no-file", WorkshopApi.Files, 1),
        new("exists", WorkshopApi.Files, 1),
        new("folder-path", WorkshopApi.Files, 2),
        new("not-empty", WorkshopApi.Files, 2, Unseen: true),
    }.ToFrozenDictionary(b => b.Id, StringComparer.Ordinal);
}
