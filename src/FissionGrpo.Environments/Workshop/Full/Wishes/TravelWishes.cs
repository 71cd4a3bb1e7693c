using System.Collections.Immutable;
using FissionGrpo.Environments.Python;

namespace FissionGrpo.Environments.Workshop.Full;

/// <summary>TravelAPI: fares, bookings, cards. Most calls carry the access token, which the user tells once or which a login gives.</summary>
internal static class TravelWishes
{
    private const string Api = "TravelAPI";

    private static readonly ImmutableArray<string> Classes = ["economy", "business", "first"];

    public static ImmutableArray<Wish> List { get; } =
    [
        new("travel.fare", 16, s =>
            {
                var trip = Trip(s);
                if (trip is not { } t)
                    return null;
                s.Do("get_flight_cost", ("travel_from", t.From), ("travel_to", t.To), ("travel_date", t.Day), ("travel_class", t.Cabin));
                return t.Slots;
            },
            "tell me what a flight from {from} to {to} on {date} costs in {cabin}", "What would {cabin} from {from} to {to} cost on {date}?", "check the price of flying {from} to {to}, {cabin}, on {date}", "quote me the fare between {from} and {to} for {date}, travelling {cabin}")
        {
            Vague = ["tell me what a flight from {from} to {to} costs in {cabin}", "What would {cabin} from {from} to {to} cost on my date?", "check the price of flying {from} to {to}, {cabin}", "quote me the fare between {from} and {to}, travelling {cabin}"],
            Supply = ["I would leave on {date}.", "The date is {date}.", "On {date}.", "Travel date: {date}."],
        },
        new("travel.book", 24, s =>
            {
                var trip = Trip(s);
                return trip is { } t && Book(s, t) is { } card ? [.. t.Slots, ("card", card)] : null;
            },
            "book a flight from {from} to {to} on {date} in {cabin}, paid with {card}", "reserve a {cabin} seat from {from} to {to} for {date}, charged to {card}", "I want to fly {from} to {to} on {date}, {cabin}; book it with {card}.",
            "get me a ticket from {from} to {to} for {date} in {cabin} and use {card} for it")
        {
            Vague = ["book a flight from {from} to {to} in {cabin}, paid with {card}", "reserve a {cabin} seat from {from} to {to}, charged to {card}", "I want to fly {from} to {to}, {cabin}; book it with {card}.", "get me a ticket from {from} to {to} in {cabin} and use {card} for it"],
            Supply = ["The day of travel is {date}.", "I fly on {date}.", "Make it {date}.", "The date would be {date}."],
        },
        new("travel.price-and-book", 15, s =>
            {
                if (Trip(s) is not { } t)
                    return null;
                s.Do("get_flight_cost", ("travel_from", t.From), ("travel_to", t.To), ("travel_date", t.Day), ("travel_class", t.Cabin));
                return Book(s, t) is { } card ? [.. t.Slots, ("card", card)] : s.Fail();
            },
            "check the fare from {from} to {to} on {date} in {cabin} and then book it with {card}", "look up what {cabin} from {from} to {to} costs on {date}, then reserve it on {card}", "First the price, then the booking: {from} to {to}, {date}, {cabin}, paid by {card}.",
            "quote and then book {from} to {to} for {date}, {cabin}, using {card}")
        {
            Vague = ["check the fare from {from} to {to} in {cabin} and then book it with {card}", "look up what {cabin} from {from} to {to} costs, then reserve it on {card}", "First the price, then the booking: {from} to {to}, {cabin}, paid by {card}.", "quote and then book {from} to {to}, {cabin}, using {card}"],
            Supply = ["It is for {date}.", "The date is {date}.", "I travel on {date}.", "{date} is the day."],
        },
        new("travel.invoice", 45, s => OnBooking(s, (id, said) =>
            {
                s.Do("retrieve_invoice", ("access_token", Token(s)), ("booking_id", id));
                return [("booking", said)];
            }),
            "get me the invoice of {booking}", "retrieve the invoice for {booking}", "I need the bill for {booking}.", "pull the invoice that belongs to {booking}"),
        new("travel.cancel", 32, s => OnBooking(s, (id, said) =>
            {
                s.Do("cancel_booking", ("access_token", Token(s)), ("booking_id", id));
                s.Forget("booking");
                return [("booking", said)];
            }),
            "cancel {booking}", "My plans fell through; cancel {booking}.", "call {booking} off and refund it", "annul {booking}"),
        new("travel.budget", 12, s =>
            {
                var limit = (double)(s.Rng.Next(4, 160) * 250);
                s.Do("set_budget_limit", ("access_token", Token(s)), ("budget_limit", limit));
                return [("limit", s.Money(limit))];
            },
            "set my travel budget to {limit}", "limit my travel budget at {limit}", "I do not want to spend more than {limit} on travel; set that as the budget limit.", "cap the travel budget at {limit}")
        {
            Vague = ["set a travel budget for me", "limit my travel budget", "I do not want to overspend on travel; set a budget limit.", "cap the travel budget"],
            Supply = ["The limit is {limit}.", "{limit} is my limit.", "Let us say {limit}.", "At most {limit}."],
        },
        new("travel.support", 28, s => OnBooking(s, (id, said) =>
            {
                var issue = s.Pools.Issue(ref s.Rng);
                s.Do("contact_customer_support", ("booking_id", id), ("message", issue));
                return [("booking", said), ("issue", s.Quote(issue))];
            }),
            "contact customer support about {booking} with the message {issue}", "write to the airline's support regarding {booking}: {issue}", "Support should hear about {booking}: {issue}", "tell customer support {issue}; it concerns {booking}")
        {
            Vague = ["contact customer support about {booking} with a message of mine", "write to the airline's support regarding {booking}", "Support should hear about {booking}.", "tell customer support something that concerns {booking}"],
            Supply = ["The message is {issue}.", "Write {issue}.", "Tell them {issue}.", "It should say {issue}."],
        },
        new("travel.exchange", 5, s =>
            {
                if (s.Tables.Currencies.IsEmpty)
                    return null;
                var currency = s.Rng.Pick(s.Tables.Currencies.AsSpan());
                var (amount, reverse) = ((double)(s.Rng.Next(4, 200) * 25), s.Rng.Chance(0.5));
                s.Do("compute_exchange_rate", ("base_currency", reverse ? currency : "USD"), ("target_currency", reverse ? "USD" : currency), ("value", amount));
                return [("amount", Phrases.Number(amount)), ("from", reverse ? currency : "USD"), ("to", reverse ? "USD" : currency)];
            },
            "convert {amount} {from} to {to}", "How much is {amount} {from} in {to}?", "work out what {amount} {from} come to in {to}", "exchange {amount} {from} into {to} on paper"),
        new("travel.exchange-budget", 6, s =>
            {
                if (s.Tables.Currencies.IsEmpty)
                    return null;
                var currency = s.Rng.Pick(s.Tables.Currencies.AsSpan());
                var amount = (double)(s.Rng.Next(8, 300) * 50);
                var dollars = s.Do("compute_exchange_rate", ("base_currency", currency), ("target_currency", "USD"), ("value", amount))["exchanged_value"];
                s.Do("set_budget_limit", ("access_token", Token(s)), ("budget_limit", dollars));
                return [("amount", Phrases.Number(amount)), ("from", currency)];
            },
            "set my travel budget to the equivalent of {amount} {from} in US dollars", "change {amount} {from} to USD and make the result my travel budget", "My budget is {amount} {from}; convert it to US dollars and set it as the limit.",
            "work out {amount} {from} in USD and use that as my budget limit"),
        new("travel.insurance", 20, s => OnBooking(s, (id, said) =>
            {
                var (plan, cost) = (s.Pools.Insurance(ref s.Rng), (double)(s.Rng.Next(4, 40) * 5));
                var card = CardOf(s);
                s.Do("purchase_insurance", ("access_token", Token(s)), ("insurance_type", plan), ("booking_id", id), ("insurance_cost", cost), ("card_id", card));
                return [("booking", said), ("plan", s.Quote(plan)), ("cost", s.Money(cost)), ("card", CardWords(s, card))];
            }),
            "insure {booking} with the {plan} plan for {cost}, paid by {card}", "buy the {plan} insurance for {booking}; it costs {cost} and goes on {card}", "I want {plan} insurance at {cost} on {booking}, charged to {card}.", "add {plan} cover for {cost} to {booking}, using {card}")
        {
            Vague = ["insure {booking} with the {plan} plan, paid by {card}", "buy the {plan} insurance for {booking}; it goes on {card}", "I want {plan} insurance on {booking}, charged to {card}.", "add {plan} cover to {booking}, using {card}"],
            Supply = ["It costs {cost}.", "The price of the plan is {cost}.", "They ask {cost} for it.", "The cost would be {cost}."],
        },
        new("travel.verify", 7, s =>
            {
                var (first, last) = (s.Look(Api, "user_first_name"), s.Look(Api, "user_last_name"));
                if (first.IsNone)
                    return null;
                var born = new DateOnly(1955, 1, 1).AddDays(s.Rng.Next(16_000));
                var passport = Phrases.Text($"US{s.Rng.Next(1_000_000, 99_999_999)}");
                s.Do("verify_traveler_information", ("first_name", first), ("last_name", last), ("date_of_birth", Phrases.Iso(born)), ("passport_number", passport));
                return [("name", $"{first} {last}"), ("born", Phrases.Date(born, ref s.Rng)), ("passport", passport)];
            },
            "verify my traveller details: {name}, born {born}, passport {passport}", "check that I may travel; I am {name}, my birthday is {born} and my passport number {passport}", "My name is {name}, date of birth {born}, passport {passport}. Are these details valid?",
            "confirm the identity of {name} with the birth date {born} and passport {passport}")
        {
            Vague = ["verify my traveller details: {name}, born {born}", "check that I may travel; I am {name} and my birthday is {born}", "My name is {name}, date of birth {born}. Are my passport details valid?", "confirm the identity of {name} with the birth date {born}"],
            Supply = ["My passport number is {passport}.", "Passport {passport}.", "The passport says {passport}.", "It is passport {passport}."],
        },
        new("travel.airport", 7, s =>
            {
                if (s.Tables.AirportCities.IsEmpty)
                    return null;
                var city = s.Rng.Pick<string>([.. s.Tables.AirportCities.Keys.Order(StringComparer.Ordinal)]);
                s.Do("get_nearest_airport_by_city", ("location", city));
                return [("city", city)];
            },
            "find the airport nearest to {city}", "Which airport is closest to {city}?", "tell me where I would fly from in {city}", "look up the airport code for {city}")
        {
            Vague = ["find the airport nearest to my town", "Which airport is closest to where I live?", "tell me where I would fly from", "look up the airport code for my city"],
            Supply = ["I live in {city}.", "The city is {city}.", "I am asking about {city}.", "It is {city}."],
        },
        new("travel.airports", 5, s =>
            {
                s.Do("list_all_airports");
                return [];
            },
            "list all airports that I can fly to", "show me every airport in the system", "Which airports are there?", "name all the airports on offer"),
        new("travel.login", 4, s => s.Look(Api, "access_token").IsNone && Token(s).Kind == PyKind.Str ? [] : null,
            "authenticate me with the travel service", "sign me in for travel booking", "I need to be authenticated for travel.", "open a travel session in my name"),
        new("travel.card", 3, s =>
            {
                var (number, code) = (Phrases.Text($"{s.Rng.Next(4000, 5999)}{s.Rng.Next(1000, 9999)}{s.Rng.Next(1000, 9999)}{s.Rng.Next(1000, 9999)}"), s.Rng.Next(100, 1000));
                var expires = Phrases.Text($"{s.Rng.Next(1, 13):00}/{s.Rng.Next(2028, 2036)}");
                var holder = $"{s.Look(Api, "user_first_name")} {s.Look(Api, "user_last_name")}";
                var card = s.Do("register_credit_card", ("access_token", Token(s)), ("card_number", number), ("expiration_date", expires), ("cardholder_name", holder), ("card_verification_number", code));
                s.Mention("card", $"{card["card_id"]}");
                return [("number", number), ("expires", expires), ("holder", holder), ("code", $"{code}")];
            },
            "register my credit card {number}, valid until {expires}, holder {holder}, verification number {code}", "add a credit card for travel: number {number}, expires {expires}, name {holder}, code {code}",
            "I have a new credit card: {number}, good through {expires}, issued to {holder}, verification {code}. Please register it.", "save the card {number} ({expires}, {holder}, code {code}) for my bookings"),
        new("travel.balance", 1.5, s =>
            {
                var card = CardOf(s);
                s.Do("get_credit_card_balance", ("access_token", Token(s)), ("card_id", card));
                return [("card", CardWords(s, card))];
            },
            "tell me the balance of {card}", "How much is left on {card}?", "check what {card} still holds", "look up the remaining balance on {card}"),
        new("travel.cards", 0.6, s =>
            {
                s.Do("get_all_credit_cards");
                return [];
            },
            "list all my registered credit cards", "show every credit card that is registered", "Which credit cards have I registered?", "give me an overview of my credit cards"),
        new("travel.history", 0.8, s =>
            {
                s.Do("get_booking_history", ("access_token", Token(s)));
                return [];
            },
            "show my booking history", "list all bookings that I have made", "Which flights have I booked so far?", "bring up the history of my bookings"),
        new("travel.fiscal", 0.4, s =>
            {
                s.Do("get_budget_fiscal_year");
                return [];
            },
            "tell me the fiscal year of the travel budget", "Which fiscal year does the budget belong to?", "look up the budget's fiscal year", "get the fiscal year for budgets"),
        new("travel.status", 0.5, s =>
            {
                s.Do("travel_get_login_status");
                return [];
            },
            "check whether I am logged in to the travel service", "tell me my travel login status", "Am I signed in for travel booking?", "verify my travel login"),
    ];

    /// <summary>The token that calls carry: the user tells it once; where there is none, the user signs in first.</summary>
    public static PyValue Token(Stage s)
    {
        var token = s.Look(Api, "access_token");
        if (!token.IsNone)
        {
            s.TellOnce("token", s.OneOf($"My access token is '{token}'.", $"Use the access token {token}.", $"(Access token: '{token}')"));
            return token;
        }
        var (first, last) = (s.Pools.FirstName(ref s.Rng), s.Pools.LastName(ref s.Rng));
        var (client, secret, refresh) = (Phrases.Text($"client_{s.Rng.Next(1000, 9999)}"), Phrases.Text($"secret_{s.Rng.Next(100_000, 999_999)}"), Phrases.Text($"refresh_{s.Rng.Next(1000, 9999)}"));
        var grant = s.OneOf("read_write", "full_access");
        s.Do("authenticate_travel", ("client_id", client), ("client_secret", secret), ("refresh_token", refresh), ("grant_type", grant), ("user_first_name", first), ("user_last_name", last));
        s.TellOnce("token", s.OneOf(
            $"To sign me in for travel: I am {first} {last}, client id '{client}', client secret '{secret}', refresh token '{refresh}', grant type '{grant}'.",
            $"My travel credentials are client id '{client}', secret '{secret}' and refresh token '{refresh}' with the grant type '{grant}', in the name of {first} {last}."));
        return s.Look(Api, "access_token");
    }

    /// <summary>A card that has money on it.</summary>
    private static PyValue CardOf(Stage s)
    {
        var cards = s.Dict(Api, "credit_card_list");
        return s.TryLast("card", out var last) && cards.ContainsKey(last) && s.Rng.Chance(0.7) ? last : cards.Keys[s.Rng.Next(Math.Min(cards.Count, 3))];
    }

    private static string CardWords(Stage s, PyValue card) => s.Refer("card", $"{card}", s.OneOf($"card '{card}'", $"my card with the id '{card}'", $"the credit card {card}"), "the same card", $"card {card}");

    private readonly record struct Voyage(string From, string To, string Day, string Cabin, double Cost, (string, string)[] Slots);

    private static Voyage? Trip(Stage s)
    {
        if (s.Tables.Routes.IsEmpty)
            return null;
        // The same trip again: after a quote comes the booking.
        if (s.TryLast("trip", out var last) && s.Rng.Chance(0.6))
        {
            var parts = last.Split('|');
            var known = s.Tables.Routes.First(r => r.From == parts[0] && r.To == parts[1]);
            return new Voyage(parts[0], parts[1], parts[2], parts[3], known.Cost * Factor(parts[2], parts[3]),
                [("from", parts[0]), ("to", parts[1]), ("date", s.OneOf("the same day", parts[2])), ("cabin", $"{parts[3]} class")]);
        }
        var (from, to, cost) = s.Rng.Pick(s.Tables.Routes.AsSpan());
        var day = s.FutureDate();
        var cabin = s.Rng.Pick(Classes.AsSpan());
        s.Mention("trip", $"{from}|{to}|{Phrases.Iso(day)}|{cabin}");
        return new Voyage(from, to, Phrases.Iso(day), cabin, cost * Factor(Phrases.Iso(day), cabin),
            [("from", Airport(s, from)), ("to", Airport(s, to)), ("date", Phrases.Date(day, ref s.Rng)), ("cabin", $"{cabin} class")]);
    }

    /// <summary>What the class multiplies the base price by.</summary>
    private static int Factor(string day, string cabin) =>
        (cabin switch { "economy" => 1, "business" => 2, _ => 5 }) * (day.Where(char.IsAsciiDigit).Sum(c => c - '0') % 2 == 0 ? 2 : 1);

    private static string Airport(Stage s, string code) => s.Tables.CityOf(code) is { } city && s.Rng.Chance(0.5) ? $"{city} ({code})" : code;

    /// <summary>Books the trip on a card that can pay for it; the words for the card.</summary>
    private static string? Book(Stage s, Voyage trip)
    {
        var cards = s.Dict(Api, "credit_card_list");
        var limit = s.Look(Api, "budget_limit");
        for (var i = 0; i < cards.Count; i++)
        {
            var balance = ((PyDict)cards.Values[i].Reference!)["balance"];
            if (!balance.IsNumber || PyNumber.ToFloat(balance) < trip.Cost || (limit.IsNumber && PyNumber.ToFloat(balance) < PyNumber.ToFloat(limit)))
                continue;
            var card = cards.Keys[i];
            var words = CardWords(s, card);
            var booking = s.Do("book_flight", ("access_token", Token(s)), ("card_id", card), ("travel_date", trip.Day), ("travel_from", trip.From), ("travel_to", trip.To), ("travel_class", trip.Cabin));
            s.Mention("booking", $"{booking["booking_id"]}");
            s.Forget("trip");
            return words;
        }
        return null;
    }

    private static (string, string)[]? OnBooking(Stage s, Func<PyValue, string, (string, string)[]> act)
    {
        var bookings = s.Dict(Api, "booking_record");
        if (bookings.Count == 0)
            return null;
        var id = s.TryLast("booking", out var last) && bookings.ContainsKey(last) ? last : bookings.Keys[s.Rng.Next(Math.Min(2, bookings.Count))];
        if (bookings[id].TryGet<PyDict>(out var record) && !record.ContainsKey("transaction_id"))
            return null;
        return act(id, s.Refer("booking", $"{id}", s.OneOf($"booking {id}", $"the booking with the id {id}", $"my reservation {id}"), "that booking", "the flight I just booked", "my reservation"));
    }
}
