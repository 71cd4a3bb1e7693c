using FissionGrpo.Environments.Python;
using FissionGrpo.Environments.Tau.State;

namespace FissionGrpo.Environments.Tau.Tools;

/// <summary>What makes and changes reservations.</summary>
internal sealed partial class AirlineTools
{
    private static string BookReservation(WorldState state, Value[] arguments)
    {
        var (cabin, flights, passengers, payments) = (arguments[4], arguments[5], arguments[6], arguments[7]);
        var (nonfreeBaggages, insurance) = (arguments[9], arguments[10]);
        if (state.Find(Users, arguments[0]) is not { } record)
            return "Error: user not found";
        var userId = ((Value.Text)arguments[0]).Content;
        var id = state.Find(Reservations, "HATHAT") is null ? "HATHAT" : state.Find(Reservations, "HATHAU") is null ? "HATHAU" : "HATHAV";

        var total = Value.Zero;
        var booked = new List<Value>();
        foreach (var flight in Py.Iterate(flights))
        {
            if (Seats(state, flight, cabin, () => passengers, out var offer) is { } refused)
                return refused;
            booked.Add(offer!);
            total = Py.Add(total, Py.Multiply(Py.Get(offer!, "price"), Py.Length(passengers)), "+=");
        }
        if (Py.AreEqual(insurance, "yes"))
            total = Py.Add(total, 30 * Py.Length(passengers), "+=");
        total = Py.Add(total, Py.Multiply(50, nonfreeBaggages), "+=");

        var methods = Py.GetDict(record.Fields, "payment_methods");
        foreach (var payment in Py.Iterate(payments))
        {
            var paymentId = Py.Get(payment, "payment_id");
            var amount = Py.Get(payment, "amount");
            if (!Py.Contains(methods, paymentId))
                return $"Error: payment method {ValueText.Str(paymentId)} not found";
            var method = Py.Get(methods, paymentId);
            if ((IsSource(method, "gift_card") || IsSource(method, "certificate")) && Py.IsLess(Py.Get(method, "amount"), amount))
                return $"Error: not enough balance in payment method {ValueText.Str(paymentId)}";
        }
        var paid = Py.Sum(Py.Iterate(payments).Select(payment => Py.Get(payment, "amount")));
        if (!Py.AreEqual(paid, total))
            return $"Error: payment amount does not add up, total price is {ValueText.Str(total)}, but paid {ValueText.Str(paid)}";

        // A certificate is used up whole; the same one given twice fails here, with what was paid before it gone.
        foreach (var payment in Py.Iterate(payments))
        {
            var paymentId = Py.Get(payment, "payment_id");
            var user = state.Find(Users, userId)!.Fields;
            methods = Py.GetDict(user, "payment_methods");
            var method = Py.Get(methods, paymentId);
            if (IsSource(method, "gift_card"))
                AddToBalance(state, userId, paymentId, Py.Negate(Py.Get(payment, "amount")));
            else if (IsSource(method, "certificate"))
                state.Put(Users, userId, user.With("payment_methods", methods.Without(((Value.Text)paymentId).Content)));
        }
        state.Put(Reservations, id, Value.Dict.Of(
            ("reservation_id", id),
            ("user_id", userId),
            ("origin", arguments[1]),
            ("destination", arguments[2]),
            ("flight_type", arguments[3]),
            ("cabin", cabin),
            ("flights", flights is Value.List ? new Value.List([.. booked]) : flights),
            ("passengers", passengers),
            ("payment_history", payments),
            ("created_at", "2024-05-15T15:00:00"),
            ("total_baggages", arguments[8]),
            ("nonfree_baggages", nonfreeBaggages),
            ("insurance", insurance)));
        var holder = state.Find(Users, userId)!.Fields;
        state.Put(Users, userId, holder.With("reservations", Py.GetList(holder, "reservations").Add(id)));
        return state.Find(Reservations, id)!.Json;
    }

    private static string CancelReservation(WorldState state, Value[] arguments)
    {
        if (state.Find(Reservations, arguments[0]) is not { } record)
            return "Error: reservation not found";
        var reservation = record.Fields;
        var history = Py.Get(reservation, "payment_history");
        var refunds = Array.ConvertAll(Py.Iterate(history), payment => (Value)Value.Dict.Of(
            ("payment_id", Py.Get(payment, "payment_id")),
            ("amount", Py.Negate(Py.Get(payment, "amount")))));
        return Store(state, reservation.With(("payment_history", Extend(history, refunds)), ("status", "cancelled")), arguments[0]);
    }

    private static string UpdateReservationBaggages(WorldState state, Value[] arguments)
    {
        var (id, totalBaggages, nonfreeBaggages, paymentId) = (arguments[0], arguments[1], arguments[2], arguments[3]);
        if (state.Find(Reservations, id) is not { } record)
            return "Error: reservation not found";
        var reservation = record.Fields;
        var more = Py.Subtract(nonfreeBaggages, Py.Get(reservation, "nonfree_baggages"));
        var total = Py.Multiply(50, Py.IsLess(Value.Zero, more) ? more : Value.Zero);
        if (RefusePayment(state, reservation, paymentId, total) is { } refused)
            return refused;
        reservation = reservation.With(("total_baggages", totalBaggages), ("nonfree_baggages", nonfreeBaggages));
        Put(state, reservation, id);
        PayByGiftCard(state, reservation, paymentId, total);
        return AppendPayment(state, reservation, id, paymentId, total);
    }

    private static string UpdateReservationFlights(WorldState state, Value[] arguments)
    {
        var (id, cabin, flights, paymentId) = (arguments[0], arguments[1], arguments[2], arguments[3]);
        if (state.Find(Reservations, id) is not { } record)
            return "Error: reservation not found";
        var reservation = record.Fields;
        var before = Py.Iterate(Py.Get(reservation, "flights"));

        var total = Value.Zero;
        var booked = new List<Value>();
        foreach (var flight in Py.Iterate(flights))
        {
            if (Kept(before, flight, cabin, reservation) is { } kept)
            {
                total = Py.Add(total, Py.Multiply(Py.Get(kept, "price"), Passengers()), "+=");
                booked.Add(Offer(flight, Py.Get(kept, "price"), Py.Get(kept, "origin"), Py.Get(kept, "destination")));
                continue;
            }
            if (Seats(state, flight, cabin, () => Py.Get(reservation, "passengers"), out var offer) is { } refused)
                return refused;
            booked.Add(offer!);
            total = Py.Add(total, Py.Multiply(Py.Get(offer!, "price"), Passengers()), "+=");
        }
        var old = Py.Sum(before.Select(flight => Py.Get(flight, "price")));
        total = Py.Subtract(total, Py.Multiply(old, Passengers()), "-=");
        if (RefusePayment(state, reservation, paymentId, total) is { } notPaid)
            return notPaid;
        PayByGiftCard(state, reservation, paymentId, total);
        // The cabin stays as it was: a known defect of the original.
        reservation = reservation.With("flights", flights is Value.List ? new Value.List([.. booked]) : flights);
        Put(state, reservation, id);
        return AppendPayment(state, reservation, id, paymentId, total);

        Value Passengers() => Py.Length(Py.Get(reservation, "passengers"));
    }

    private static string UpdateReservationPassengers(WorldState state, Value[] arguments)
    {
        if (state.Find(Reservations, arguments[0]) is not { } record)
            return "Error: reservation not found";
        if (Py.Length(arguments[1]) != Py.Length(Py.Get(record.Fields, "passengers")))
            return "Error: number of passengers does not match";
        return Store(state, record.Fields.With("passengers", arguments[1]), arguments[0]);
    }

    /// <summary>The flight as the reservation has it already, in the same cabin.</summary>
    private static Value? Kept(Value[] before, Value flight, Value cabin, Value.Dict reservation)
    {
        foreach (var old in before)
            if (Py.AreEqual(Py.Get(old, "flight_number"), Py.Get(flight, "flight_number"))
                && Py.AreEqual(Py.Get(old, "date"), Py.Get(flight, "date"))
                && Py.AreEqual(cabin, Py.Get(reservation, "cabin")))
                return old;
        return null;
    }

    /// <summary>The flight with its price and airports, or the text that says why it cannot be booked.</summary>
    private static string? Seats(WorldState state, Value flight, Value cabin, Func<Value> passengers, out Value? offer)
    {
        offer = null;
        var number = Py.Get(flight, "flight_number");
        if (state.Find(Flights, number) is not { } record)
            return $"Error: flight {ValueText.Str(number)} not found";
        var dates = Py.GetDict(record.Fields, "dates");
        var date = Py.Get(flight, "date");
        if (!Py.Contains(dates, date))
            return $"Error: flight {ValueText.Str(number)} not found on date {ValueText.Str(date)}";
        var day = Py.Get(dates, date);
        if (!Py.AreEqual(Py.Get(day, "status"), "available"))
            return $"Error: flight {ValueText.Str(number)} not available on date {ValueText.Str(date)}";
        var seats = Py.Get(Py.Get(day, "available_seats"), cabin);
        if (Py.IsLess(seats, Py.Length(passengers())))
            return $"Error: not enough seats on flight {ValueText.Str(number)}";
        offer = Offer(
            flight,
            Py.Get(Py.Get(day, "prices"), cabin),
            Py.Get(record.Fields, "origin"),
            Py.Get(record.Fields, "destination"));
        return null;
    }

    private static Value.Dict Offer(Value flight, Value price, Value origin, Value destination) =>
        Py.AsDict(flight).With(("price", price), ("origin", origin), ("destination", destination));

    private static string? RefusePayment(WorldState state, Value.Dict reservation, Value paymentId, Value total)
    {
        var methods = Py.GetDict(Holder(state, reservation), "payment_methods");
        if (!Py.Contains(methods, paymentId))
            return "Error: payment method not found";
        var method = Py.Get(methods, paymentId);
        if (IsSource(method, "certificate"))
            return "Error: certificate cannot be used to update reservation";
        return IsSource(method, "gift_card") && Py.IsLess(Py.Get(method, "amount"), total) ? "Error: gift card balance is not enough" : null;
    }

    private static void PayByGiftCard(WorldState state, Value.Dict reservation, Value paymentId, Value total)
    {
        if (IsSource(Py.Get(Py.Get(Holder(state, reservation), "payment_methods"), paymentId), "gift_card"))
            AddToBalance(state, ValueText.Str(Py.Get(reservation, "user_id")), paymentId, Py.Negate(total));
    }

    private static string AppendPayment(WorldState state, Value.Dict reservation, Value id, Value paymentId, Value total)
    {
        if (Py.AreEqual(total, Value.Zero))
            return state.Find(Reservations, id)!.Json;
        var payment = Value.Dict.Of(("payment_id", paymentId), ("amount", total));
        var history = Py.Get(reservation, "payment_history") is Value.List list
            ? list.Add(payment)
            : throw PyException.TypeError($"'{Py.Get(reservation, "payment_history").TypeName}' object has no attribute 'append'");
        return Store(state, reservation.With("payment_history", history), id);
    }

    private static void AddToBalance(WorldState state, string userId, Value paymentId, Value amount)
    {
        var user = state.Find(Users, userId)!.Fields;
        var methods = Py.GetDict(user, "payment_methods");
        var method = Py.AsDict(Py.Get(methods, paymentId));
        var changed = method.With("amount", Py.Add(Py.Get(method, "amount"), amount, "-="));
        state.Put(Users, userId, user.With("payment_methods", methods.With(((Value.Text)paymentId).Content, changed)));
    }

    private static Value.List Extend(Value list, Value[] more) =>
        list is Value.List items ? items.Add(more) : throw new PyException("AttributeError", $"'{list.TypeName}' object has no attribute 'extend'");

    private static string Store(WorldState state, Value.Dict reservation, Value id)
    {
        Put(state, reservation, id);
        return state.Find(Reservations, id)!.Json;
    }

    private static void Put(WorldState state, Value.Dict reservation, Value id) => state.Put(Reservations, ((Value.Text)id).Content, reservation);

    private static Value.Dict Holder(WorldState state, Value.Dict reservation)
    {
        var user = Py.Get(reservation, "user_id");
        return state.Find(Users, user)?.Fields ?? throw Py.KeyError(user);
    }

    private static bool IsSource(Value method, string source) => Py.AreEqual(Py.Get(method, "source"), source);
}
