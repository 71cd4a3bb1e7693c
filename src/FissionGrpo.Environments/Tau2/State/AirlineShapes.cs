using FissionGrpo.Environments.Tau.State;

namespace FissionGrpo.Environments.Tau2.State;

/// <summary>The records of the airline database, and those that tools make from what the agent sends.</summary>
internal static class AirlineShapes
{
    public static readonly Model FlightInfo = new("FlightInfo", ("flight_number", Shape.Text, null), ("date", Shape.Text, null));

    public static readonly Model Passenger = new(
        "Passenger", ("first_name", Shape.Text, null), ("last_name", Shape.Text, null), ("dob", Shape.Text, null));

    public static readonly Model Payment = new("Payment", ("payment_id", Shape.Text, null), ("amount", Shape.Whole, null));

    public static readonly Model Certificate = new(
        "Certificate", ("source", Shape.Text, null), ("id", Shape.Text, null), ("amount", Shape.Real, null));

    public static readonly Model Reservation = new(
        "Reservation",
        ("reservation_id", Shape.Text, null),
        ("user_id", Shape.Text, null),
        ("origin", Shape.Text, null),
        ("destination", Shape.Text, null),
        ("flight_type", Shape.OneOf("round_trip", "one_way"), null),
        ("cabin", Shape.OneOf("business", "economy", "basic_economy"), null),
        ("flights", Shape.ListOf(new Model(
            "ReservationFlight",
            ("flight_number", Shape.Text, null),
            ("origin", Shape.Text, null),
            ("destination", Shape.Text, null),
            ("date", Shape.Text, null),
            ("price", Shape.Whole, null))), null),
        ("passengers", Shape.ListOf(Passenger), null),
        ("payment_history", Shape.ListOf(Payment), null),
        ("created_at", Shape.Text, null),
        ("total_baggages", Shape.Whole, null),
        ("nonfree_baggages", Shape.Whole, null),
        ("insurance", Shape.OneOf("yes", "no"), null),
        ("status", Shape.Optional(Shape.Text), Value.None));

    private static readonly Model CreditCard = new(
        "CreditCard", ("source", Shape.Text, null), ("id", Shape.Text, null), ("brand", Shape.Text, null), ("last_four", Shape.Text, null));

    private static readonly Model GiftCard = new("GiftCard", ("source", Shape.Text, null), ("id", Shape.Text, null), ("amount", Shape.Real, null));

    public static readonly Model User = new(
        "User",
        ("user_id", Shape.Text, null),
        ("name", new Model("Name", ("first_name", Shape.Text, null), ("last_name", Shape.Text, null)), null),
        ("address", new Model(
            "Address",
            ("address1", Shape.Text, null),
            ("address2", Shape.Optional(Shape.Text), Value.None),
            ("city", Shape.Text, null),
            ("country", Shape.Text, null),
            ("state", Shape.Text, null),
            ("zip", Shape.Text, null)), null),
        ("email", Shape.Text, null),
        ("dob", Shape.Text, null),
        ("payment_methods", Shape.MapOf(Shape.ByMember("source", source => source switch
        {
            "gift_card" => GiftCard,
            "certificate" => Certificate,
            _ => CreditCard,
        })), null),
        ("saved_passengers", Shape.ListOf(Passenger), null),
        ("membership", Shape.Text, null),
        ("reservations", Shape.ListOf(Shape.Text), null));

    private static readonly Model Available = new(
        "FlightDateStatusAvailable", ("status", Shape.Text, null), ("available_seats", Shape.MapOf(Shape.Whole), null), ("prices", Shape.MapOf(Shape.Whole), null));

    private static readonly Model Landed = new(
        "FlightDateStatusLanded", ("status", Shape.Text, null), ("actual_departure_time_est", Shape.Text, null), ("actual_arrival_time_est", Shape.Text, null));

    private static readonly Model Expected = new(
        "FlightDateStatusOnTime", ("status", Shape.Text, null), ("estimated_departure_time_est", Shape.Text, null), ("estimated_arrival_time_est", Shape.Text, null));

    private static readonly Model Flying = new(
        "FlightDateStatusFlying", ("status", Shape.Text, null), ("actual_departure_time_est", Shape.Text, null), ("estimated_arrival_time_est", Shape.Text, null));

    private static readonly Model Cancelled = new("FlightDateStatusCancelled", ("status", Shape.Text, null));

    public static readonly Model Flight = new(
        "Flight",
        ("flight_number", Shape.Text, null),
        ("origin", Shape.Text, null),
        ("destination", Shape.Text, null),
        ("scheduled_departure_time_est", Shape.Text, null),
        ("scheduled_arrival_time_est", Shape.Text, null),
        ("dates", Shape.MapOf(Shape.ByMember("status", status => status switch
        {
            "available" => Available,
            "landed" => Landed,
            "flying" => Flying,
            "cancelled" => Cancelled,
            _ => Expected,
        })), null));
}
