using System.Collections.Immutable;
using FissionGrpo.Seeds;

namespace FissionGrpo.Environments.Workshop.Full;

/// <summary>What a user may want: how it is done in the live world, and how it is said.</summary>
/// <param name="Kind">Unique: <c>trading.order</c>.</param>
/// <param name="Weight">How often it is drawn beside the others of its classes; chosen so that calls come about as often as in the official tasks.</param>
/// <param name="Do">Makes the calls in the live world and returns the slots of the wording; null when the world does not suit the wish (then nothing was called).</param>
/// <param name="Say">
/// Wordings with <c>{slots}</c>: an imperative clause in lower case, which is framed, or a whole sentence. Every fourth is for tests only.
/// </param>
internal sealed record Wish(string Kind, double Weight, Func<Stage, (string Slot, string Text)[]?> Do, params ImmutableArray<string> Say)
{
    /// <summary>The classes that it needs.</summary>
    public ImmutableArray<string> Classes { get; init; } = [];

    /// <summary>Wordings that leave out a value without which nobody can act; empty when there are none.</summary>
    public ImmutableArray<string> Vague { get; init; } = [];

    /// <summary>What supplies the value afterwards.</summary>
    public ImmutableArray<string> Supply { get; init; } = [];

    /// <summary>One of the wordings that a side of the split may use.</summary>
    public static string Choose(ImmutableArray<string> wordings, bool heldOut, ref SampleRng rng)
    {
        var allowed = wordings.Length < 4 ? wordings : [.. wordings.Where((_, i) => i % 4 == 3 == heldOut)];
        return rng.Pick(allowed.AsSpan());
    }

    /// <summary>Fills a wording's slots.</summary>
    public static string Fill(string wording, (string Slot, string Text)[] slots)
    {
        var filled = wording;
        foreach (var (slot, text) in slots)
            filled = filled.Replace($"{{{slot}}}", text, StringComparison.Ordinal);
        return filled.Contains('{', StringComparison.Ordinal) ? throw new InvalidOperationException($"'{wording}' has a slot that its wish does not fill.") : filled;
    }
}

/// <summary>All wishes.</summary>
internal static class AllWishes
{
    public static ImmutableArray<Wish> List { get; } =
    [
        .. Of(FileWishes.List, "GorillaFileSystem"), .. Of(MathWishes.List, "MathAPI"), .. Of(MessageWishes.List, "MessageAPI"), .. Of(TwitterWishes.List, "TwitterAPI"),
        .. Of(TicketWishes.List, "TicketAPI"), .. Of(TradingWishes.List, "TradingBot"), .. Of(TravelWishes.List, "TravelAPI"), .. Of(VehicleWishes.List, "VehicleControlAPI"),
        .. CrossWishes.List,
    ];

    private static IEnumerable<Wish> Of(ImmutableArray<Wish> wishes, string api) => wishes.Select(w => w with { Classes = [api] });
}
