using FissionGrpo.Environments.Python;

namespace FissionGrpo.Environments.Bfcl.Api;

/// <summary><c>TravelAPI</c>: flights, bookings, credit cards, insurance (specification section 12).</summary>
internal sealed class TravelApi(BfclConstants constants) : ApiClass(Type, constants)
{
    private const int CardsAt = 0;
    private const int BookingsAt = 1;
    private const int AccessToken = 2;
    private const int TokenType = 3;
    private const int ExpiresIn = 4;
    private const int Scope = 5;
    private const int FirstName = 6;
    private const int LastName = 7;
    private const int BudgetLimit = 8;
    private const int LongContextFlag = 9;
    private const int AdultAge = 18;

    public static readonly new ApiType Type = new(
        "TravelAPI",
        [
            Container("credit_card_list", () => new PyDict()), Container("booking_record", () => new PyDict()), Attribute("access_token"),
            Attribute("token_type"), Attribute("token_expires_in"), Attribute("token_scope"), Attribute("user_first_name"),
            Attribute("user_last_name"), Attribute("budget_limit"), Attribute("long_context", false),
        ],
        new MethodTable<TravelApi>("TravelAPI")
            .Sets("authenticate_travel", (t, a) => t.Authenticate(a[3], a[4], a[5]),
                Required("client_id"), Required("client_secret"), Required("refresh_token"), Required("grant_type"), Required("user_first_name"), Required("user_last_name"))
            .Reads("travel_get_login_status", (t, _) => new PyDict(("status", !t[ExpiresIn].IsNone && !PyOps.Equals(t[ExpiresIn], 0))))
            .Reads("get_budget_fiscal_year", (_, _) => new PyDict(("budget_fiscal_year", "2018")), Optional("lastModifiedAfter"), Optional("includeRemoved"))
            .Changes("register_credit_card", (t, a) => t.RegisterCard(a[0], a[1], a[2], a[3], a[4]),
                Required("access_token"), Required("card_number"), Required("expiration_date"), Required("cardholder_name"), Required("card_verification_number"))
            .Reads("get_flight_cost", (t, a) => t.FlightCost(a[0], a[1], a[2], a[3]),
                Required("travel_from"), Required("travel_to"), Required("travel_date"), Required("travel_class"))
            .Reads("get_credit_card_balance", (t, a) => t.CardBalance(a[0], a[1]), Required("access_token"), Required("card_id"))
            .Changes("book_flight", (t, a) => t.BookFlight(a[0], a[1], a[2], a[3], a[4], a[5]),
                Required("access_token"), Required("card_id"), Required("travel_date"), Required("travel_from"), Required("travel_to"), Required("travel_class"))
            .Reads("retrieve_invoice", (t, a) => t.Invoice(a[0], a[1]), Required("access_token"), Optional("booking_id"), Optional("insurance_id"))
            .Reads("get_booking_history", (t, a) => t.BookingHistory(a[0]), Required("access_token"))
            .Reads("list_all_airports", (t, _) => new PyList(t.Constants.Airports.Items))
            .Changes("cancel_booking", (t, a) => t.CancelBooking(a[0], a[1]), Required("access_token"), Required("booking_id"))
            .Reads("compute_exchange_rate", (t, a) => t.ExchangeRate(a[0], a[1], a[2]), Required("base_currency"), Required("target_currency"), Required("value"))
            .Reads("verify_traveler_information", (t, a) => t.VerifyTraveler(a[0], a[1], a[2], a[3]),
                Required("first_name"), Required("last_name"), Required("date_of_birth"), Required("passport_number"))
            .Sets("set_budget_limit", (t, a) => t.SetBudgetLimit(a[0], a[1]), Required("access_token"), Required("budget_limit"))
            .Reads("get_nearest_airport_by_city", (t, a) => t.NearestAirport(a[0]), Required("location"))
            .Changes("purchase_insurance", (t, a) => t.PurchaseInsurance(a[0], a[2], a[3], a[4]),
                Required("access_token"), Required("insurance_type"), Required("booking_id"), Required("insurance_cost"), Required("card_id"))
            .Reads("contact_customer_support", (t, a) => t.ContactSupport(a[0]), Required("booking_id"), Required("message"))
            .Reads("get_all_credit_cards", (t, _) => new PyDict(("credit_card_list", t.Cards)))
            .Build(),
        constants => new TravelApi(constants));

    protected override int? DefaultSeed => 141053;

    private PyDict Cards => (PyDict)this[CardsAt].Reference!;

    private PyDict Bookings => (PyDict)this[BookingsAt].Reference!;

    /// <summary>The extension's cards and bookings are the same objects on both sides of an official comparison.</summary>
    public override bool ShareWith(ApiClass other)
    {
        if (!LongContext)
            return false;
        var travel = (TravelApi)other;
        Share("CREDIT_CARD_EXTENSION", CardsAt);
        Share("BOOKING_RECORD_EXTENSION", BookingsAt);
        return true;

        void Share(string extension, int attribute)
        {
            if (!Constants.Extension(extension).TryGet<PyDict>(out var added))
                return;
            var (mine, theirs) = ((PyDict)this[attribute].Reference!, (PyDict)travel[attribute].Reference!);
            foreach (var id in added.Keys)
                if (mine.TryGetValue(id, out var entry) && PyOps.EqualOrSame(entry, added[id]))
                    theirs[id] = entry;
        }
    }

    protected override void Loaded(PyDict? scenario)
    {
        this[LongContextFlag] = LongContext;
        if (!LongContext)
            return;
        var copier = new PyCopier();
        Extend("CREDIT_CARD_EXTENSION", Cards);
        Extend("BOOKING_RECORD_EXTENSION", Bookings);

        void Extend(string name, PyDict into)
        {
            if (!Constants.Extension(name).TryGet<PyDict>(out var added))
                return;
            for (var i = 0; i < added.Count; i++)
                if (!into.ContainsKey(added.Keys[i]))
                    into[added.Keys[i]] = copier.Copy(added.Values[i]);
        }
    }

    private string? TokenError(PyValue token) => PyOps.Equals(this[ExpiresIn], 0) ? "Token expired"
        : !PyOps.EqualOrSame(token, this[AccessToken]) ? "Invalid access token" : null;

    private PyDict Authenticate(PyValue grantType, PyValue firstName, PyValue lastName)
    {
        this[ExpiresIn] = 2;
        this[AccessToken] = $"{Draw.NextInt(100000, 999999)}";
        this[TokenType] = "Bearer";
        this[Scope] = grantType;
        this[FirstName] = firstName;
        this[LastName] = lastName;
        return new PyDict(("expires_in", 2), ("access_token", this[AccessToken]), ("token_type", "Bearer"), ("scope", grantType));
    }

    private PyDict RegisterCard(PyValue token, PyValue number, PyValue expiration, PyValue holder, PyValue verification)
    {
        if (this[ExpiresIn].IsNone)
            return Error("Token not initialized");
        if (TokenError(token) is { } error)
            return Error(error);
        if (Cards.ContainsKey(number))
            return Error("Card already registered");
        var id = $"{Draw.NextInt(100000000000, 999999999999)}";
        Cards[id] = new PyDict(
            ("card_number", number), ("expiration_date", expiration), ("cardholder_name", holder), ("card_verification_number", verification),
            ("balance", Draw.NextInt(10000, 99999)));
        return new PyDict(("card_id", id));
    }

    private PyDict FlightCost(PyValue from, PyValue to, PyValue date, PyValue travelClass)
    {
        var (baseCost, factor) = Fare(from, to, date, travelClass);
        return new PyDict(("travel_cost_list", LongContext ? Constants.AllFares(factor, Cost) : new PyList([Cost(baseCost, factor)])));
    }

    private (PyValue BaseCost, int Factor) Fare(PyValue from, PyValue to, PyValue date, PyValue travelClass)
    {
        if (!Constants.Table("TravelAPI.flight_base_costs").TryGetValue(new PyTuple([from, to]), out var baseCost))
            throw PyException.ValueError("No available route for the given airports.");
        var factor = Is(travelClass, "economy") ? 1 : Is(travelClass, "business") ? 2 : Is(travelClass, "first") ? 5
            : throw PyException.ValueError("Invalid travel class. Options are: economy, business, first.");
        return (baseCost, DigitSumIsEven(date) ? factor * 2 : factor);
    }

    private static PyValue Cost(PyValue baseCost, int factor) => PyNumber.ToFloat(PyNumber.Multiply(baseCost, factor));

    private static bool DigitSumIsEven(PyValue date)
    {
        var sum = 0L;
        if (date.TryGetString(out var plain) && System.Text.Ascii.IsValid(plain))
        {
            foreach (var c in plain)
                sum += char.IsAsciiDigit(c) ? c - '0' : 0;
            return sum % 2 == 0;
        }
        foreach (var item in PyOps.Iterate(date))
        {
            var text = PyMethods.Text(item, "isdigit");
            if (PyMethods.IsDigit(text))
                sum += PyNumber.ToInt(text).TryGetInt64(out var digit) ? digit % 2 : 0;
        }
        return sum % 2 == 0;
    }

    private PyDict CardBalance(PyValue token, PyValue card)
    {
        if (TokenError(token) is { } error)
            return Error(error);
        return Cards.TryGetValue(card, out var known)
            ? new PyDict(("card_balance", PyOps.Subscript(known, "balance")))
            : Error($"Card not registered. Here are a list of card_id's: {PyText.Repr(new PyList(Cards.Keys))}");
    }

    private static PyDict NotBooked(string error) => new(("booking_status", false), ("error", error));

    private PyDict BookFlight(PyValue token, PyValue card, PyValue date, PyValue from, PyValue to, PyValue travelClass)
    {
        if (TokenError(token) is { } tokenError)
            return NotBooked(tokenError);
        if (!Cards.TryGetValue(card, out var entry))
            return NotBooked("Card not registered");
        var account = (PyDict)entry.Reference!;
        if (!account.ContainsKey("balance"))
            return NotBooked("Balance not found");
        if (Constants.Airports.IndexOf(from) < 0)
            return NotBooked($"Invalid departure airport code: {from}");
        if (Constants.Airports.IndexOf(to) < 0)
            return NotBooked($"Invalid destination airport code: {to}");
        try
        {
            PyTime.Parse(date, PyTime.Date);
        }
        catch (PyException e) when (e.Type == "ValueError")
        {
            return NotBooked("Invalid date format. Use YYYY-MM-DD.");
        }
        PyOps.RequireHashable(travelClass);
        if (!Is(travelClass, "economy") && !Is(travelClass, "business") && !Is(travelClass, "first"))
            return NotBooked("Invalid travel class. Must be one of {'first', 'business', 'economy'}");
        PyValue cost;
        try
        {
            var (baseCost, factor) = Fare(from, to, date, travelClass);
            cost = Cost(baseCost, factor);
        }
        catch (PyException e) when (e.Type == "ValueError")
        {
            return NotBooked(e.Message);
        }
        if (PyOps.Less(account["balance"], cost))
            return NotBooked("Insufficient funds");
        if (!this[BudgetLimit].IsNone && PyOps.Less(account["balance"], this[BudgetLimit]))
            return NotBooked("Balance is less than budget limit");
        account["balance"] = PyNumber.Subtract(account["balance"], cost, "-=");
        var booking = $"{Draw.NextInt(1000000, 9999999)}";
        var transaction = $"{Draw.NextInt(10000000, 99999999)}";
        Bookings[booking] = new PyDict(
            ("card_id", card), ("travel_date", date), ("travel_from", from), ("travel_to", to), ("travel_class", travelClass),
            ("travel_cost", cost), ("transaction_id", transaction));
        return new PyDict(
            ("booking_id", booking), ("transaction_id", transaction), ("booking_status", true), ("booking_history", LongContext ? Bookings : new PyDict()));
    }

    private PyDict Invoice(PyValue token, PyValue booking)
    {
        if (TokenError(token) is { } error)
            return Error(error);
        if (!Bookings.TryGetValue(booking, out var record))
            return Error("Booking not found");
        var invoice = new PyDict(8) { ["booking_id"] = booking };
        foreach (var key in (ReadOnlySpan<string>)["travel_date", "travel_from", "travel_to", "travel_class", "travel_cost", "transaction_id"])
            invoice[key] = PyOps.Subscript(record, key);
        return new PyDict(("invoice", invoice));
    }

    private PyDict BookingHistory(PyValue token) =>
        TokenError(token) is { } error ? Error(error) : new PyDict(("booking_history", Bookings));

    private static PyDict NotCancelled(string error) => new(("cancel_status", false), ("error", error));

    private PyDict CancelBooking(PyValue token, PyValue booking)
    {
        if (TokenError(token) is { } error)
            return NotCancelled(error);
        if (!Bookings.TryGetValue(booking, out var record))
            return NotCancelled("Booking not found");
        var card = PyOps.Subscript(record, "card_id");
        var cost = PyOps.Subscript(record, "travel_cost");
        var account = (PyDict)Cards[card].Reference!;
        account["balance"] = PyNumber.Add(account["balance"], cost, "+=");
        Bookings.Remove(booking);
        return new PyDict(("cancel_status", true));
    }

    private PyDict ExchangeRate(PyValue from, PyValue to, PyValue value)
    {
        var rates = Constants.Table("TravelAPI.exchange_rates");
        for (var i = 0; i < rates.Count; i++)
        {
            var pair = (PyTuple)rates.Keys[i].Reference!;
            if (PyOps.Equals(from, pair[0]) && PyOps.Equals(to, pair[1]))
                return new PyDict(("exchanged_value", PyNumber.ToFloat(PyNumber.Multiply(value, rates.Values[i]))));
            if (PyOps.Equals(from, pair[1]) && PyOps.Equals(to, pair[0]))
                return new PyDict(("exchanged_value", PyNumber.Round(PyNumber.Divide(value, rates.Values[i]), 2)));
        }
        throw PyException.ValueError("No available exchange rate for the given currencies.");
    }

    private PyDict VerifyTraveler(PyValue firstName, PyValue lastName, PyValue dateOfBirth, PyValue passport)
    {
        if (!PyOps.EqualOrSame(this[FirstName], firstName) || !PyOps.EqualOrSame(this[LastName], lastName))
            return NotVerified($"Cannot book flight information for another user.Expected {this[FirstName]} {this[LastName]}, got {firstName} {lastName}");
        DateTime birth;
        try
        {
            birth = PyTime.Parse(dateOfBirth, PyTime.Date);
        }
        catch (PyException e) when (e.Type == "ValueError")
        {
            return NotVerified("Invalid date of birth format. Please use YYYY-MM-DD.");
        }
        var today = Constants.Clock.GetLocalNow();
        var age = today.Year - birth.Year - ((today.Month, today.Day).CompareTo((birth.Month, birth.Day)) < 0 ? 1 : 0);
        if (age < AdultAge)
            return NotVerified("Traveler must be at least 18 years old.");
        return PyMethods.StartsWith(passport, "US")
            ? new PyDict(("verification_status", true))
            : NotVerified("Passport must be issued by the United States.");
    }

    private static PyDict NotVerified(string reason) => new(("verification_status", false), ("verification_failure", reason));

    private PyDict SetBudgetLimit(PyValue token, PyValue limit)
    {
        if (TokenError(token) is { } error)
            return Error(error);
        this[BudgetLimit] = PyNumber.ToFloat(limit);
        return new PyDict(("budget_limit", this[BudgetLimit]));
    }

    private PyDict NearestAirport(PyValue location) =>
        new(("nearest_airport", Constants.Table("TravelAPI.airport_by_city").TryGetValue(location, out var code) ? code : "Unknown"));

    private static PyDict NotInsured(string error) => new(("insurance_status", false), ("error", error));

    private PyDict PurchaseInsurance(PyValue token, PyValue booking, PyValue cost, PyValue card)
    {
        if (TokenError(token) is { } error)
            return NotInsured(error);
        if (!this[BudgetLimit].IsNone && PyOps.Less(this[BudgetLimit], cost))
            return NotInsured("Exceeded budget limit");
        if (!Bookings.ContainsKey(booking))
            return NotInsured("Booking not found");
        if (!Cards.TryGetValue(card, out var entry))
            return NotInsured("Credit card not registered");
        var account = (PyDict)entry.Reference!;
        account["balance"] = PyNumber.Subtract(account["balance"], cost, "-=");
        return new PyDict(("insurance_id", $"{Draw.NextInt(100000000, 999999999)}"), ("insurance_status", true));
    }

    private PyDict ContactSupport(PyValue booking) => Bookings.ContainsKey(booking)
        ? new PyDict(("customer_support_message", "Thank you for contacting customer support. Your message has been received and we will get back to you shortly."))
        : Error("Booking not found");
}
