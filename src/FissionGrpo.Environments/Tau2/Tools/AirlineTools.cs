using System.Text;
using FissionGrpo.Environments.Python;
using FissionGrpo.Environments.Tau.State;
using FissionGrpo.Environments.Tau2.State;

namespace FissionGrpo.Environments.Tau2.Tools;

/// <summary>The agent's tools in the airline domain: what looks up, and certificates.</summary>
internal static partial class AirlineTools
{
    public const int Flights = 0;
    public const int Reservations = 1;
    public const int Users = 2;

    public static readonly (string Name, Model Shape)[] Tables =
    [
        ("flights", AirlineShapes.Flight), ("reservations", AirlineShapes.Reservation), ("users", AirlineShapes.User),
    ];

    private static readonly string Airports = ValueText.Json(new Value.List([.. new[]
    {
        ("SFO", "San Francisco"), ("JFK", "New York"), ("LAX", "Los Angeles"), ("ORD", "Chicago"), ("DFW", "Dallas"),
        ("DEN", "Denver"), ("SEA", "Seattle"), ("ATL", "Atlanta"), ("MIA", "Miami"), ("BOS", "Boston"),
        ("PHX", "Phoenix"), ("IAH", "Houston"), ("LAS", "Las Vegas"), ("MCO", "Orlando"), ("EWR", "Newark"),
        ("CLT", "Charlotte"), ("MSP", "Minneapolis"), ("DTW", "Detroit"), ("PHL", "Philadelphia"), ("LGA", "LaGuardia"),
    }.Select(airport => Value.Dict.Of(("iata", airport.Item1), ("city", airport.Item2)))]));

    public static Toolkit Of(Database database)
    {
        var search = new FlightSearch(database.Tables[Flights]);
        return Toolkit.Of(
            "AirlineTools",
            [
                new(
                    "book_reservation",
                    ["user_id", "origin", "destination", "flight_type", "cabin", "flights", "passengers", "payment_methods", "total_baggages", "nonfree_baggages", "insurance"],
                    BookReservation),
                new("calculate", ["expression"], Tau2Common.Calculate),
                new("cancel_reservation", ["reservation_id"], CancelReservation),
                new("get_reservation_details", ["reservation_id"], (world, a) => Reservation(world, a[0]).Json),
                new("get_user_details", ["user_id"], (world, a) => User(world, a[0]).Json),
                new("list_all_airports", [], (_, _) => Airports),
                new("search_direct_flight", ["origin", "destination", "date"], (world, a) => search.Direct(world, a[0], a[1], a[2])),
                new("search_onestop_flight", ["origin", "destination", "date"], (world, a) => search.OneStop(world, a[0], a[1], a[2])),
                new("send_certificate", ["user_id", "amount"], SendCertificate),
                new("transfer_to_human_agents", ["summary"], Tau2Common.Transfer),
                new("update_reservation_baggages", ["reservation_id", "total_baggages", "nonfree_baggages", "payment_id"], UpdateReservationBaggages),
                new("update_reservation_flights", ["reservation_id", "cabin", "flights", "payment_id"], UpdateReservationFlights),
                new("update_reservation_passengers", ["reservation_id", "passengers"], UpdateReservationPassengers),
                new("get_flight_status", ["flight_number", "date"], (world, a) => ValueText.Str(Py.Get(Day(world, a[0], a[1]), "status"))),
            ]);
    }

    private static Record Reservation(Tau2World world, Value id) =>
        Tau2Common.Require(world, Reservations, id, $"Reservation {ValueText.Str(id)} not found");

    private static Record User(Tau2World world, Value id) => Tau2Common.Require(world, Users, id, $"User {ValueText.Str(id)} not found");

    private static Record Flight(Tau2World world, Value number) =>
        Tau2Common.Require(world, Flights, number, $"Flight {ValueText.Str(number)} not found");

    private static Value.Dict Day(Tau2World world, Value number, Value date)
    {
        var dates = Py.GetDict(Flight(world, number).Fields, "dates");
        return Py.Contains(dates, date)
            ? Py.AsDict(Py.Get(dates, date))
            : throw PyException.ValueError($"Flight {ValueText.Str(number)} not found on date {ValueText.Str(date)}");
    }

    private static string SendCertificate(Tau2World world, Value[] arguments)
    {
        var user = User(world, arguments[0]).Fields;
        var methods = Py.GetDict(user, "payment_methods");
        foreach (var id in (ReadOnlySpan<string>)["certificate_3221322", "certificate_3221323", "certificate_3221324"])
        {
            if (methods.Find(id) is not null)
                continue;
            var certificate = AirlineShapes.Certificate.Build(Value.Dict.Of(("source", "certificate"), ("id", id), ("amount", arguments[1])));
            world.Agent.Put(Users, ((Value.Text)arguments[0]).Content, user.With("payment_methods", methods.With(id, certificate)));
            return $"Certificate {id} added to user {ValueText.Str(arguments[0])} with amount {ValueText.Str(arguments[1])}.";
        }
        throw PyException.ValueError("Too many certificates");
    }

    /// <summary>Searches. Flights keep their routes, but their seats may have been sold.</summary>
    private sealed class FlightSearch(Table flights)
    {
        private readonly (string Id, string Origin, string Destination)[] _routes =
            [.. flights.Ids.Select((id, i) => (id, ValueText.Str(Py.Get(flights.Records[i].Fields, "origin")), ValueText.Str(Py.Get(flights.Records[i].Fields, "destination"))))];

        public string Direct(Tau2World world, Value origin, Value destination, Value date) =>
            ValueText.Json(new Value.List([.. Search(world, date, origin, destination).Select(found => Describe(found.Flight, found.Day, Value.None))]));

        public string OneStop(Tau2World world, Value origin, Value destination, Value date)
        {
            var pairs = new List<Value>();
            foreach (var first in Search(world, date, origin, Value.None))
            {
                var arrival = ValueText.Str(Py.Get(first.Flight, "scheduled_arrival_time_est"));
                var secondDate = arrival.Contains("+1", StringComparison.Ordinal) ? NextDay(date) : date;
                foreach (var second in Search(world, secondDate, Py.Get(first.Flight, "destination"), destination))
                {
                    if (PyString.Compare(ValueText.Str(Py.Get(second.Flight, "scheduled_departure_time_est")), arrival) < 0)
                        continue;
                    pairs.Add(new Value.List([Describe(first.Flight, first.Day, date), Describe(second.Flight, second.Day, secondDate)]));
                }
            }
            return ValueText.Json(new Value.List([.. pairs]));
        }

        /// <summary>Flights with seats on a date; null as an airport stands for any.</summary>
        private IEnumerable<(Value.Dict Flight, Value.Dict Day)> Search(Tau2World world, Value date, Value origin, Value destination)
        {
            foreach (var (id, from, to) in _routes)
            {
                if ((origin is not Value.Null && !Py.AreEqual(origin, from)) || (destination is not Value.Null && !Py.AreEqual(destination, to)))
                    continue;
                var flight = world.Agent.Find(Flights, id)!.Fields;
                var dates = Py.GetDict(flight, "dates");
                if (Py.Contains(dates, date) && Py.AsDict(Py.Get(dates, date)) is var day && Py.AreEqual(Py.Get(day, "status"), "available"))
                    yield return (flight, day);
            }
        }

        private static Value.Dict Describe(Value.Dict flight, Value.Dict day, Value date) => Value.Dict.Of(
            ("flight_number", Py.Get(flight, "flight_number")),
            ("origin", Py.Get(flight, "origin")),
            ("destination", Py.Get(flight, "destination")),
            ("status", "available"),
            ("scheduled_departure_time_est", Py.Get(flight, "scheduled_departure_time_est")),
            ("scheduled_arrival_time_est", Py.Get(flight, "scheduled_arrival_time_est")),
            ("date", date),
            ("available_seats", Py.Get(day, "available_seats")),
            ("prices", Py.Get(day, "prices")));

        /// <summary>Dates are texts here: a date that is found on a flight is one.</summary>
        private static Value NextDay(Value date)
        {
            var text = ValueText.Str(date);
            return $"2024-05-{PyLiteral.ParseInt(text[Math.Max(0, text.Length - 2)..]).Big + 1}";
        }
    }
}
