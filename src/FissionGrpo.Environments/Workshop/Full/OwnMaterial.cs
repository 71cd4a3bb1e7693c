using System.Globalization;
using System.Text;
using FissionGrpo.Environments.Bfcl;
using FissionGrpo.Environments.Python;
using FissionGrpo.Seeds;

namespace FissionGrpo.Environments.Workshop.Full;

/// <summary>
/// What takes the place of the official data for who has none: look-up tables and long-context texts of our own, in the layout of
/// <c>env_constants.json</c>, and the prompts. Made from a fixed seed, so it is the same everywhere.
/// </summary>
internal static class OwnMaterial
{
    private static readonly (string City, string Airport)[] Cities =
    [
        ("Tidewick", "TDW"), ("Lanternmoor", "LNM"), ("Glassford", "GLF"), ("Saltmarsh", "SLM"), ("Kilnborough", "KLB"), ("Orchardstow", "ORS"), ("Ferrygate", "FRG"), ("Loomhaven", "LMH"),
        ("Quarrydale", "QRD"), ("Windmere", "WDM"), ("Mossbridge", "MSB"), ("Copperton", "CPT"), ("Regattaport", "RGP"), ("Beeholm", "BHL"),
    ];

    private static string ConstantsJson { get; } = PyText.JsonDumps(new PyDict(("default_state", new PyDict()), ("tables", Tables()), ("long_context", LongContext())));

    private static BfclPromptStrings Prompts { get; } = new(
        "You solve the user's requests by calling functions. Answer with nothing but the calls, as a list in Python's syntax: "
        + "[name(parameter=value, ...), ...]. When no function fits, or a value that a function needs was not given, say so instead of calling.\n"
        + "Stop calling when the request is dealt with.\nThese functions can be called, described in JSON:\n{functions}\n",
        "There are more functions now. Can you do it with them?",
        "{functions}\nThere are more functions now. Can you do it with them?",
        "");

    /// <summary>Everything together.</summary>
    public static BfclCatalog Catalog { get; } = new(OwnDocuments.ByClass, BfclConstants.Parse(ConstantsJson, "the Workshop's own tables"), Prompts);

    private static PyDict Tables()
    {
        var rng = new SampleRng(new Seed(0x7AB1E5));
        var (fares, distances, zips, airports) = (new PyList(), new PyList(), new PyDict(), new PyList());
        for (var i = 0; i < Cities.Length; i++)
        {
            airports.Add(Cities[i].Airport);
            zips[Cities[i].City] = (10_000 + 6143 * i).ToString(CultureInfo.InvariantCulture);
            for (var j = 0; j < Cities.Length; j++)
                if (i != j)
                    fares.Add(new PyList([new PyList([Cities[i].Airport, Cities[j].Airport]), 90 + 10 * rng.Next(60)]));
        }
        for (var i = 0; i < Cities.Length; i++)
            for (var j = i + 1; j < Cities.Length; j++)
                if (rng.Chance(0.5))
                    distances.Add(new PyList([zips[Cities[i].City], zips[Cities[j].City], (double)(40 + rng.Next(1400))]));
        var companies = new[] { ("Kestrel Kilns", "KLNW"), ("Tideworks", "TDWR"), ("Mossline", "MOSS"), ("Lantern Optics", "LNTN"), ("Quarry Union", "QRRY"), ("Regatta Sails", "RGTA"), ("Paper & Mill", "PPML"), ("Glassline", "GLST") };
        return new PyDict(
            ("TravelAPI.flight_base_costs", new PyDict(("$map", fares))),
            ("TravelAPI.exchange_rates", new PyDict(("$map", Rates()))),
            ("TravelAPI.airport_by_city", Map(Cities.Select(c => (c.City, c.Airport)))),
            ("TravelAPI.airports", airports),
            ("TradingBot.symbol_by_name", Map(companies)),
            ("TradingBot.sectors", new PyDict(("Technology", new PyList(["LNTN", "GLST", "TDWR"])), ("Crafts", new PyList(["KLNW", "MOSS", "PPML"])))),
            ("VehicleControlAPI.zipcode_by_city", zips),
            ("VehicleControlAPI.distance_km", distances),
            ("MathAPI.imperial_si", new PyDict(("cm_to_in", 0.3937), ("in_to_cm", 2.54), ("m_to_ft", 3.2808), ("ft_to_m", 0.3048), ("km_to_miles", 0.6214), ("miles_to_km", 1.6093), ("kg_to_lb", 2.2046), ("lb_to_kg", 0.4536))));
    }

    private static PyList Rates()
    {
        var rates = new PyList();
        foreach (var (currency, rate) in new (string, PyValue)[] { ("EUR", 0.9), ("GBP", 0.8), ("SEK", 10.5), ("CZK", 23), ("NOK", 11) })
        {
            rates.Add(new PyList([new PyList(["USD", currency]), rate]));
            rates.Add(new PyList([new PyList([currency, "USD"]), rate]));
        }
        return rates;
    }

    private static PyDict Map(IEnumerable<(string, string)> entries)
    {
        var map = new PyDict();
        foreach (var (key, value) in entries)
            map[key] = value;
        return map;
    }

    /// <summary>Additions of the official kinds and about their sizes.</summary>
    private static PyDict LongContext()
    {
        var rng = new SampleRng(new Seed(0x10_6C0));
        var pools = new Pools(heldOut: false);
        var (stocks, averages, files, transactions, cities) = (new PyList(), new PyList(), new PyList(), new PyList(), new PyList());
        for (var i = 0; i < 1000; i++)
        {
            stocks.Add(Symbol(ref rng));
            averages.Add(Math.Round(20 + 400 * rng.NextDouble(), 2));
            transactions.Add(new PyDict(("type", rng.Chance(0.5) ? "deposit" : "withdrawal"), ("amount", Math.Round(10_000 * rng.NextDouble(), 2)), ("timestamp", $"{Phrases.Iso(new DateOnly(2023, 1, 1).AddDays(rng.Next(600)))} 12:00:00")));
        }
        for (var i = 0; i < 30; i++)
            files.Add(Phrases.Text($"sketch_{rng.Next(1_000_000_000)}.png"));
        for (var i = 0; i < 300; i++)
            cities.Add($"{pools.LastName(ref rng)} {(rng.Chance(0.5) ? "Junction" : "Cross")}");
        return new PyDict(
            ("WATCH_LIST_EXTENSION", stocks), ("TRANSACTION_HISTORY_EXTENSION", transactions), ("MA_5_EXTENSION", averages), ("MA_20_EXTENSION", averages),
            ("TECHNOLOGY_EXTENSION", stocks), ("ORDER_DETAIL_EXTENSION", new PyDict(("overview", "{symbol}: " + Prose(pools, 60, ref rng)))),
            ("FILE_CONTENT_EXTENSION", "\n" + Prose(pools, 60, ref rng)), ("POPULATE_FILE_EXTENSION", files), ("FILES_TAIL_USED", new PyList()),
            ("CAR_STATUS_METADATA_EXTENSION", Prose(pools, 120, ref rng)), ("LONG_WEATHER_EXTENSION", new PyDict(("outlook", Prose(pools, 30, ref rng)))),
            ("PARKING_BRAKE_INSTRUCTION", Prose(pools, 150, ref rng)), ("INTERMEDIARY_CITIES", cities), ("CREDIT_CARD_EXTENSION", new PyDict()), ("BOOKING_RECORD_EXTENSION", new PyDict()));
    }

    private static string Prose(Pools pools, int sentences, ref SampleRng rng)
    {
        var text = new StringBuilder();
        for (var i = 0; i < sentences; i++)
            text.Append(i == 0 ? "" : " ").Append(pools.Sentence(ref rng));
        return text.ToString();
    }

    private static string Symbol(ref SampleRng rng)
    {
        Span<char> letters = stackalloc char[rng.Next(2, 6)];
        for (var i = 0; i < letters.Length; i++)
            letters[i] = (char)('A' + rng.Next(26));
        return new string(letters);
    }
}
