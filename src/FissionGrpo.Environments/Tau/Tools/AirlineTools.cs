using System.Collections.Immutable;
using FissionGrpo.Environments.Tau.State;

namespace FissionGrpo.Environments.Tau.Tools;

/// <summary>The tools of the airline domain: looking up, and certificates. Seats are never reduced, as in the original.</summary>
internal sealed partial class AirlineTools
{
    public const int Flights = 0;
    public const int Reservations = 1;
    public const int Users = 2;

    public static readonly string[] TableNames = ["flights", "reservations", "users"];

    private static readonly string Airports = ValueText.Json(Value.Dict.Of(
        ("SFO", "San Francisco"),
        ("JFK", "New York"),
        ("LAX", "Los Angeles"),
        ("ORD", "Chicago"),
        ("DFW", "Dallas"),
        ("DEN", "Denver"),
        ("SEA", "Seattle"),
        ("ATL", "Atlanta"),
        ("MIA", "Miami"),
        ("BOS", "Boston"),
        ("PHX", "Phoenix"),
        ("IAH", "Houston"),
        ("LAS", "Las Vegas"),
        ("MCO", "Orlando"),
        ("EWR", "Newark"),
        ("CLT", "Charlotte"),
        ("MSP", "Minneapolis"),
        ("DTW", "Detroit"),
        ("PHL", "Philadelphia"),
        ("LGA", "LaGuardia")));

    private readonly FlightIndex _flights;

    public AirlineTools(Database database)
    {
        _flights = new FlightIndex(database.Tables[Flights]);
        All =
        [
            .. SharedTools.All,
            new(
                "book_reservation",
                ["user_id", "origin", "destination", "flight_type", "cabin", "flights", "passengers", "payment_methods", "total_baggages", "nonfree_baggages", "insurance"],
                BookReservation),
            new("cancel_reservation", ["reservation_id"], CancelReservation),
            new("get_reservation_details", ["reservation_id"], (state, a) => state.Find(Reservations, a[0])?.Json ?? "Error: user not found"),
            new("get_user_details", ["user_id"], (state, a) => state.Find(Users, a[0])?.Json ?? "Error: user not found"),
            new("list_all_airports", [], (_, _) => Airports),
            new("search_direct_flight", ["origin", "destination", "date"], (_, a) => _flights.SearchDirect(a[0], a[1], a[2])),
            new("search_onestop_flight", ["origin", "destination", "date"], (_, a) => _flights.SearchOneStop(a[0], a[1], a[2])),
            new("send_certificate", ["user_id", "amount"], SendCertificate),
            new("update_reservation_baggages", ["reservation_id", "total_baggages", "nonfree_baggages", "payment_id"], UpdateReservationBaggages),
            new("update_reservation_flights", ["reservation_id", "cabin", "flights", "payment_id"], UpdateReservationFlights),
            new("update_reservation_passengers", ["reservation_id", "passengers"], UpdateReservationPassengers),
        ];
    }

    public ImmutableArray<TauTool> All { get; }

    /// <summary>Null when the three certificates are used up: the original then fails outside the tool.</summary>
    private static string? SendCertificate(WorldState state, Value[] arguments)
    {
        var amount = arguments[1];
        if (state.Find(Users, arguments[0]) is not { } record)
            return "Error: user not found";
        var user = record.Fields;
        var methods = Py.GetDict(user, "payment_methods");
        foreach (var id in (ReadOnlySpan<string>)["certificate_3221322", "certificate_3221323", "certificate_3221324"])
        {
            if (methods.Find(id) is not null)
                continue;
            var certificate = Value.Dict.Of(("source", "certificate"), ("amount", amount), ("id", id));
            var userId = ((Value.Text)arguments[0]).Content;
            state.Put(Users, userId, user.With("payment_methods", methods.With(id, certificate)));
            return $"Certificate {id} added to user {userId} with amount {ValueText.Str(amount)}.";
        }
        return null;
    }
}
