using FissionGrpo.Environments.Python;
using FissionGrpo.Environments.Tau.State;
using FissionGrpo.Environments.Tau2.State;

namespace FissionGrpo.Environments.Tau2.Tools;

/// <summary>What makes and changes reservations.</summary>
internal static partial class AirlineTools
{
    private static string BookReservation(Tau2World world, Value[] arguments)
    {
        var cabin = arguments[4];
        var flights = Records(arguments[5], AirlineShapes.FlightInfo);
        var passengers = Records(arguments[6], AirlineShapes.Passenger);
        var payments = Records(arguments[7], AirlineShapes.Payment);
        var user = User(world, arguments[0]).Fields;
        var userId = ((Value.Text)arguments[0]).Content;
        var id = NewReservationId(world);
        var reservation = AirlineShapes.Reservation.Build(Value.Dict.Of(
            ("reservation_id", id),
            ("user_id", userId),
            ("origin", arguments[1]),
            ("destination", arguments[2]),
            ("flight_type", arguments[3]),
            ("cabin", cabin),
            ("flights", Value.List.Empty),
            ("passengers", passengers),
            ("payment_history", payments),
            ("created_at", "2024-05-15T15:00:00"),
            ("total_baggages", arguments[8]),
            ("nonfree_baggages", arguments[9]),
            ("insurance", arguments[10])));

        var total = Value.Zero;
        var booked = new List<Value>();
        foreach (var flight in Py.Iterate(flights))
        {
            var entry = Offer(world, flight, cabin, Py.Length(passengers));
            booked.Add(entry);
            total = Py.Add(total, Py.Multiply(Py.Get(entry, "price"), Py.Length(passengers)), "+=");
        }
        if (Py.AreEqual(arguments[10], "yes"))
            total = Py.Add(total, 30 * Py.Length(passengers), "+=");
        total = Py.Add(total, Py.Multiply(50, arguments[9]), "+=");
        RequirePayments(user, payments, total);

        foreach (var payment in Py.Iterate(payments))
            Pay(world, userId, OfPayment(payment, "payment_id"), OfPayment(payment, "amount"));
        foreach (var flight in booked)
            TakeSeats(world, flight, cabin, Py.Length(passengers));
        world.Agent.Put(Reservations, id, reservation.With("flights", new Value.List([.. booked])));
        var holder = world.Agent.Find(Users, userId)!.Fields;
        world.Agent.Put(Users, userId, holder.With("reservations", Py.GetList(holder, "reservations").Add(id)));
        return world.Agent.Find(Reservations, id)!.Json;
    }

    private static string CancelReservation(Tau2World world, Value[] arguments)
    {
        var reservation = Reservation(world, arguments[0]).Fields;
        var history = Py.GetList(reservation, "payment_history");
        var refunds = Array.ConvertAll(history.Items, payment => (Value)Payment(Py.Get(payment, "payment_id"), Py.Negate(Py.Get(payment, "amount"))));
        return Store(world, reservation.With(("payment_history", history.Add(refunds)), ("status", "cancelled")), arguments[0]);
    }

    private static string UpdateReservationBaggages(Tau2World world, Value[] arguments)
    {
        var (id, totalBaggages, nonfreeBaggages, paymentId) = (arguments[0], arguments[1], arguments[2], arguments[3]);
        var reservation = Reservation(world, id).Fields;
        _ = User(world, Py.Get(reservation, "user_id"));
        var more = Py.Subtract(nonfreeBaggages, Py.Get(reservation, "nonfree_baggages"));
        var total = Py.Multiply(50, Py.IsLess(Value.Zero, more) ? more : Value.Zero);
        var history = PayForUpdate(world, reservation, paymentId, total);
        return Store(
            world,
            reservation.With(("payment_history", history), ("total_baggages", totalBaggages), ("nonfree_baggages", nonfreeBaggages)),
            id);
    }

    private static string UpdateReservationFlights(Tau2World world, Value[] arguments)
    {
        var (id, cabin, paymentId) = (arguments[0], arguments[1], arguments[3]);
        var flights = Records(arguments[2], AirlineShapes.FlightInfo);
        var reservation = Reservation(world, id).Fields;
        _ = User(world, Py.Get(reservation, "user_id"));
        var before = Py.GetList(reservation, "flights").Items;
        Value passengers = Py.Length(Py.Get(reservation, "passengers"));

        var total = Value.Zero;
        var booked = new List<Value>();
        foreach (var flight in Py.Iterate(flights))
        {
            var entry = Kept(before, flight, cabin, reservation) ?? Offer(world, flight, cabin, passengers);
            booked.Add(entry);
            total = Py.Add(total, Py.Multiply(Py.Get(entry, "price"), passengers), "+=");
        }
        total = Py.Subtract(total, Py.Multiply(Py.Sum(before.Select(flight => Py.Get(flight, "price"))), passengers), "-=");
        var history = PayForUpdate(world, reservation, paymentId, total);
        return Store(world, reservation.With(("payment_history", history), ("flights", new Value.List([.. booked])), ("cabin", cabin)), id);
    }

    private static string UpdateReservationPassengers(Tau2World world, Value[] arguments)
    {
        var passengers = Records(arguments[1], AirlineShapes.Passenger);
        var reservation = Reservation(world, arguments[0]).Fields;
        if (Py.Length(passengers) != Py.Length(Py.Get(reservation, "passengers")))
            throw PyException.ValueError("Number of passengers does not match");
        return Store(world, reservation.With("passengers", passengers), arguments[0]);
    }

    /// <summary>Objects become records when all of them are objects; anything else stays what it is and fails later, or not at all.</summary>
    private static Value Records(Value value, Model model)
    {
        var items = Py.Iterate(value);
        return items.All(item => item is Value.Dict) ? new Value.List(Array.ConvertAll(items, item => (Value)model.Build((Value.Dict)item))) : value;
    }

    private static string NewReservationId(Tau2World world)
    {
        foreach (var id in (ReadOnlySpan<string>)["HATHAT", "HATHAU", "HATHAV"])
            if (world.Agent.Find(Reservations, id) is null)
                return id;
        throw PyException.ValueError("Too many reservations");
    }

    /// <summary>The attribute of a record. What is no record, because not all of its list were objects, has no attributes.</summary>
    private static Value Attribute(Value record, Model model, string name) =>
        model.HasMade(record) ? Py.Get(record, name) : throw new PyException("AttributeError", $"'{record.TypeName}' object has no attribute '{name}'");

    private static Value OfFlight(Value flight, string name) => Attribute(flight, AirlineShapes.FlightInfo, name);

    private static Value OfPayment(Value payment, string name) => Attribute(payment, AirlineShapes.Payment, name);

    private static Value? Kept(Value[] before, Value flight, Value cabin, Value.Dict reservation)
    {
        foreach (var old in before)
            if (Py.AreEqual(Py.Get(old, "flight_number"), OfFlight(flight, "flight_number"))
                && Py.AreEqual(Py.Get(old, "date"), OfFlight(flight, "date"))
                && Py.AreEqual(cabin, Py.Get(reservation, "cabin")))
                return old;
        return null;
    }

    /// <summary>The entry of a flight that has seats left.</summary>
    private static Value.Dict Offer(Tau2World world, Value flight, Value cabin, Value passengers)
    {
        var (number, date) = (OfFlight(flight, "flight_number"), OfFlight(flight, "date"));
        var record = Flight(world, number).Fields;
        var day = Day(world, number, date);
        if (!Py.AreEqual(Py.Get(day, "status"), "available"))
            throw PyException.ValueError($"Flight {ValueText.Str(number)} not available on date {ValueText.Str(date)}");
        if (Py.IsLess(Py.Get(Py.Get(day, "available_seats"), cabin), passengers))
            throw PyException.ValueError($"Not enough seats on flight {ValueText.Str(number)}");
        return Value.Dict.Of(
            ("flight_number", number),
            ("origin", Py.Get(record, "origin")),
            ("destination", Py.Get(record, "destination")),
            ("date", date),
            ("price", Py.Get(Py.Get(day, "prices"), cabin)));
    }

    private static void RequirePayments(Value.Dict user, Value payments, Value total)
    {
        var methods = Py.GetDict(user, "payment_methods");
        foreach (var payment in Py.Iterate(payments))
        {
            var (id, amount) = (OfPayment(payment, "payment_id"), OfPayment(payment, "amount"));
            if (!Py.Contains(methods, id))
                throw PyException.ValueError($"Payment method {ValueText.Str(id)} not found");
            var method = Py.Get(methods, id);
            if ((IsSource(method, "gift_card") || IsSource(method, "certificate")) && Py.IsLess(Py.Get(method, "amount"), amount))
                throw PyException.ValueError($"Not enough balance in payment method {ValueText.Str(id)}");
        }
        var paid = Py.Sum(Py.Iterate(payments).Select(payment => OfPayment(payment, "amount")));
        if (!Py.AreEqual(paid, total))
            throw PyException.ValueError($"Payment amount does not add up, total price is {ValueText.Str(total)}, but paid {ValueText.Str(paid)}");
    }

    private static void Pay(Tau2World world, string userId, Value paymentId, Value amount)
    {
        var user = world.Agent.Find(Users, userId)!.Fields;
        var methods = Py.GetDict(user, "payment_methods");
        var method = Py.AsDict(Py.Get(methods, paymentId));
        var id = ((Value.Text)paymentId).Content;
        if (IsSource(method, "gift_card"))
            methods = methods.With(id, method.With("amount", Py.Subtract(Py.Get(method, "amount"), amount, "-=")));
        else if (IsSource(method, "certificate"))
            methods = methods.Without(id);
        else
            return;
        world.Agent.Put(Users, userId, user.With("payment_methods", methods));
    }

    private static void TakeSeats(Tau2World world, Value flight, Value cabin, int passengers)
    {
        var number = ValueText.Str(Py.Get(flight, "flight_number"));
        var date = ValueText.Str(Py.Get(flight, "date"));
        var record = world.Agent.Find(Flights, number)!.Fields;
        var dates = Py.GetDict(record, "dates");
        var day = Py.GetDict(dates, date);
        var seats = Py.GetDict(day, "available_seats");
        var left = seats.With(((Value.Text)cabin).Content, Py.Subtract(Py.Get(seats, cabin), passengers, "-="));
        world.Agent.Put(Flights, number, record.With("dates", dates.With(date, day.With("available_seats", left))));
    }

    /// <summary>Takes what an update costs and returns the reservation's payments with it.</summary>
    private static Value.List PayForUpdate(Tau2World world, Value.Dict reservation, Value paymentId, Value total)
    {
        var userId = ValueText.Str(Py.Get(reservation, "user_id"));
        var methods = Py.GetDict(world.Agent.Find(Users, userId)!.Fields, "payment_methods");
        if (!Py.Contains(methods, paymentId))
            throw PyException.ValueError("Payment method not found");
        var method = Py.Get(methods, paymentId);
        if (IsSource(method, "certificate"))
            throw PyException.ValueError("Certificate cannot be used to update reservation");
        if (IsSource(method, "gift_card"))
        {
            if (Py.IsLess(Py.Get(method, "amount"), total))
                throw PyException.ValueError("Gift card balance is not enough");
            Pay(world, userId, paymentId, total);
        }
        var history = Py.GetList(reservation, "payment_history");
        return Py.AreEqual(total, Value.Zero) ? history : history.Add(Payment(paymentId, total));
    }

    private static Value.Dict Payment(Value id, Value amount) => AirlineShapes.Payment.Build(Value.Dict.Of(("payment_id", id), ("amount", amount)));

    private static string Store(Tau2World world, Value.Dict reservation, Value id)
    {
        var key = ((Value.Text)id).Content;
        world.Agent.Put(Reservations, key, reservation);
        return world.Agent.Find(Reservations, key)!.Json;
    }

    private static bool IsSource(Value method, string source) => Py.AreEqual(Py.Get(method, "source"), source);
}
