using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using FissionGrpo.Environments.Bfcl;
using FissionGrpo.Environments.Python;

namespace FissionGrpo.Environments.Workshop.Full;

/// <summary>What the classes can look up, as lists to draw from. Official tables give tasks that the official program can run.</summary>
/// <param name="Routes">Airport pairs that are flown, with the price that everything is a multiple of.</param>
/// <param name="AirportCities">Cities with an airport, and its code.</param>
/// <param name="ZipCities">Cities with a zip code.</param>
/// <param name="Distances">Pairs of cities with a known distance.</param>
/// <param name="Currencies">Currencies that USD is changed into.</param>
/// <param name="Companies">Company names and their symbols.</param>
/// <param name="Sectors">Sector names.</param>
/// <param name="Conversions">Units between which imperial and metric values are converted.</param>
internal sealed record LookUp(
    ImmutableArray<(string From, string To, double Cost)> Routes,
    ImmutableDictionary<string, string> AirportCities,
    ImmutableArray<(string City, string Zip)> ZipCities,
    ImmutableArray<(string From, string To)> Distances,
    ImmutableArray<string> Currencies,
    ImmutableArray<(string Name, string Symbol)> Companies,
    ImmutableArray<string> Sectors,
    ImmutableArray<(string From, string To)> Conversions)
{
    private static readonly ConditionalWeakTable<BfclConstants, LookUp> Known = [];

    public static LookUp Of(BfclConstants constants) => Known.GetValue(constants, Read);

    /// <summary>The city of an airport, or null.</summary>
    public string? CityOf(string airport) => AirportCities.Where(c => c.Value == airport).Select(c => c.Key).Order(StringComparer.Ordinal).FirstOrDefault();

    private static LookUp Read(BfclConstants constants)
    {
        var zips = Entries(constants.Table("VehicleControlAPI.zipcode_by_city"));
        return new LookUp(
            [.. Pairs(constants.Table("TravelAPI.flight_base_costs")).Select(p => (p.Item1, p.Item2, PyNumber.ToFloat(p.Item3)))],
            Entries(constants.Table("TravelAPI.airport_by_city")).ToImmutableDictionary(e => e.Item1, e => e.Item2, StringComparer.Ordinal),
            [.. zips],
            [.. from a in zips from b in zips where a.Item1 != b.Item1 && constants.Distance(a.Item2, b.Item2) is not null select (a.Item1, b.Item1)],
            [.. Pairs(constants.Table("TravelAPI.exchange_rates")).Where(p => p.Item1 == "USD").Select(p => p.Item2)],
            [.. Entries(constants.Table("TradingBot.symbol_by_name"))],
            [.. Entries(constants.Table("TradingBot.sectors")).Select(e => e.Item1)],
            [.. Entries(constants.Table("MathAPI.imperial_si")).Select(e => e.Item1.Split("_to_")).Where(u => u.Length == 2).Select(u => (u[0], u[1]))]);
    }

    private static List<(string, string)> Entries(PyDict table)
    {
        var entries = new List<(string, string)>();
        for (var i = 0; i < table.Count; i++)
            entries.Add(($"{table.Keys[i]}", $"{table.Values[i]}"));
        return entries;
    }

    private static List<(string, string, PyValue)> Pairs(PyDict table)
    {
        var pairs = new List<(string, string, PyValue)>();
        for (var i = 0; i < table.Count; i++)
            if (table.Keys[i].TryGet<PyTuple>(out var key))
                pairs.Add(($"{key.Items[0]}", $"{key.Items[1]}", table.Values[i]));
        return pairs;
    }
}
