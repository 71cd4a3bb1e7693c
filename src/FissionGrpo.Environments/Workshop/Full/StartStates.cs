using FissionGrpo.Environments.Python;
using FissionGrpo.Seeds;

namespace FissionGrpo.Environments.Workshop.Full;

/// <summary>Draws start states, one scenario per class, with values of our own.</summary>
/// <param name="pools">Where names and texts come from.</param>
/// <param name="tables">What the classes can look up.</param>
/// <param name="blocked">How likely a state is in which the obvious first call fails: logged out, doors open.</param>
internal sealed class StartStates(Pools pools, LookUp tables, double blocked)
{
    public PyDict Draw(IEnumerable<string> classes, ref SampleRng rng)
    {
        var config = new PyDict();
        foreach (var name in classes)
        {
            var scenario = name switch
            {
                "GorillaFileSystem" => Files(ref rng),
                "MessageAPI" => Messages(ref rng),
                "TwitterAPI" => Tweets(ref rng),
                "TicketAPI" => Tickets(ref rng),
                "TradingBot" => Trading(ref rng),
                "TravelAPI" => Travel(ref rng),
                "VehicleControlAPI" => Vehicle(ref rng),
                _ => null,
            };
            if (scenario is not null)
                config[name] = scenario;
        }
        return config;
    }

    private PyDict Files(ref SampleRng rng)
    {
        var folders = new Queue<string>(Pools.Several(8, ref rng, pools.Folder));
        var root = folders.Dequeue();
        var contents = FileEntries(rng.Next(1, 4), ref rng);
        for (var i = rng.Next(1, 4); i > 0; i--)
        {
            var inner = FileEntries(rng.Next(0, 4), ref rng);
            if (rng.Chance(0.35) && folders.Count > 3)
                inner[folders.Dequeue()] = Directory(FileEntries(rng.Next(0, 3), ref rng));
            contents[folders.Dequeue()] = Directory(inner);
        }
        return new PyDict(("root", new PyDict((root, Directory(contents)))));
    }

    private PyDict FileEntries(int count, ref SampleRng rng)
    {
        var entries = new PyDict();
        for (var i = 0; i < count; i++)
        {
            var lines = new string[rng.Next(1, 5)];
            for (var j = 0; j < lines.Length; j++)
                lines[j] = pools.Sentence(ref rng);
            entries[pools.FileName(ref rng)] = new PyDict(("type", "file"), ("content", string.Join('\n', lines)));
        }
        return entries;
    }

    private static PyDict Directory(PyDict contents) => new(("type", "directory"), ("contents", contents));

    private PyDict Messages(ref SampleRng rng)
    {
        var (users, inbox) = (new PyDict(), new PyList());
        foreach (var name in Pools.Several(rng.Next(4, 7), ref rng, pools.FirstName))
            users[name] = Phrases.Text($"USR{users.Count + 1:000}");
        for (var i = rng.Next(0, 3); i > 0; i--)
            inbox.Add(new PyDict(($"{users.Values[rng.Next(users.Count)]}", pools.Message(ref rng))));
        return new PyDict(
            ("user_count", users.Count), ("user_map", users), ("inbox", inbox), ("message_count", inbox.Count),
            ("current_user", rng.Chance(blocked * 0.6) ? default : users.Values[rng.Next(users.Count)]));
    }

    private PyDict Tweets(ref SampleRng rng)
    {
        var (tweets, user) = (new PyDict(), pools.UserName(ref rng));
        for (var i = rng.Next(0, 5); i > 0; i--)
        {
            var id = tweets.Count;
            tweets[Phrases.Text($"{id}")] = new PyDict(
                ("id", id), ("username", user), ("content", pools.Tweet(ref rng)), ("tags", new PyList([pools.Tag(ref rng)])), ("mentions", rng.Chance(0.5) ? new PyList([pools.Handle(ref rng)]) : new PyList()));
        }
        return new PyDict(
            ("username", user), ("password", pools.Password(ref rng)), ("authenticated", !rng.Chance(blocked)), ("tweets", tweets), ("comments", new PyDict()), ("retweets", new PyDict()),
            ("following_list", new PyList([.. Pools.Several(3, ref rng, pools.UserName).Select(n => (PyValue)n)])), ("tweet_counter", tweets.Count));
    }

    private PyDict Tickets(ref SampleRng rng)
    {
        var user = pools.UserName(ref rng);
        var (queue, first) = (new PyList(), rng.Next(100, 9000));
        for (var i = rng.Next(1, 4); i > 0; i--)
            queue.Add(new PyDict(
                ("id", first + queue.Count), ("title", pools.TicketTitle(ref rng)), ("description", pools.Sentence(ref rng)), ("status", "Open"), ("priority", rng.Next(1, 6)), ("created_by", user)));
        return new PyDict(("ticket_queue", queue), ("ticket_counter", first + queue.Count), ("current_user", rng.Chance(blocked) ? default : (PyValue)user));
    }

    private PyDict Trading(ref SampleRng rng)
    {
        var (stocks, orders, next) = (new PyDict(), new PyDict(), rng.Next(2000, 90_000));
        var own = Pools.Several(3, ref rng, pools.Symbol);
        foreach (var symbol in tables.Companies.Select(c => c.Symbol).Concat(own).Distinct(StringComparer.Ordinal))
        {
            if (!own.Contains(symbol) && rng.Chance(0.3))
                continue;
            var price = Math.Round(8 + 900 * rng.NextDouble() * rng.NextDouble(), 2);
            stocks[symbol] = new PyDict(
                ("price", price), ("percent_change", Math.Round(10 * rng.NextDouble() - 4, 2)), ("volume", Math.Round(5 * rng.NextDouble(), 3)), ("MA(5)", Math.Round(price * 1.01, 2)), ("MA(20)", Math.Round(price * 0.98, 2)));
        }
        var keys = stocks.Keys.ToArray();
        for (var i = rng.Next(1, 3); i > 0; i--)
        {
            var symbol = keys[rng.Next(keys.Length)];
            orders[Phrases.Text($"{next}")] = new PyDict(
                ("id", next), ("order_type", rng.Chance(0.5) ? "Buy" : "Sell"), ("symbol", symbol), ("price", ((PyDict)stocks[symbol].Reference!)["price"]), ("amount", rng.Next(1, 20)),
                ("status", rng.Chance(0.4) ? "Completed" : rng.Chance(0.5) ? "Open" : "Pending"));
            next += 1 + rng.Next(40);
        }
        rng.Shuffle<PyValue>(keys);
        return new PyDict(
            ("orders", orders),
            ("account_info", new PyDict(("account_id", rng.Next(10_000, 99_999)), ("balance", (double)(rng.Next(8, 200) * 250)), ("binding_card", 5_000_000_000_000_000L + rng.Next(int.MaxValue)))),
            ("authenticated", !rng.Chance(blocked * 0.15)), ("market_status", rng.Chance(0.7) ? "Open" : "Closed"), ("order_counter", next), ("stocks", stocks),
            ("watch_list", new PyList(keys.AsSpan(0, rng.Next(1, 4)))), ("transaction_history", new PyList()));
    }

    private PyDict Travel(ref SampleRng rng)
    {
        var (cards, bookings) = (new PyDict(), new PyDict());
        var (first, last) = (pools.FirstName(ref rng), pools.LastName(ref rng));
        for (var i = rng.Next(1, 3); i > 0; i--)
            cards[Phrases.Text($"card_{rng.Next(1000, 9999)}")] = new PyDict(
                ("card_number", Phrases.Text($"{rng.Next(4000, 5999)}-{rng.Next(1000, 9999)}-{rng.Next(1000, 9999)}-{rng.Next(1000, 9999)}")), ("expiration_date", Phrases.Text($"{rng.Next(1, 13):00}/{rng.Next(2028, 2036)}")),
                ("cardholder_name", $"{first} {last}"), ("card_verification_number", rng.Next(100, 1000)), ("balance", (double)(rng.Next(20, 160) * 250)));
        if (rng.Chance(0.3) && !tables.Routes.IsEmpty)
        {
            var (from, to, cost) = rng.Pick(tables.Routes.AsSpan());
            bookings[Phrases.Text($"{rng.Next(1_000_000, 9_999_999)}")] = new PyDict(
                ("card_id", cards.Keys[0]), ("travel_date", Phrases.Iso(new DateOnly(2027, 1, 1).AddDays(rng.Next(900)))), ("travel_from", from), ("travel_to", to), ("travel_class", "economy"), ("travel_cost", cost),
                ("transaction_id", Phrases.Text($"{rng.Next(10_000_000, 99_999_999)}")));
        }
        var signedOut = rng.Chance(blocked * 0.15);
        return new PyDict(
            ("credit_card_list", cards), ("booking_record", bookings), ("access_token", signedOut ? default : (PyValue)Phrases.Text($"{pools.Subject(ref rng)}{rng.Next(100, 999)}key")),
            ("token_type", signedOut ? default : (PyValue)"Bearer"), ("token_expires_in", signedOut ? default : (PyValue)3600), ("token_scope", signedOut ? default : (PyValue)"read_write"),
            ("user_first_name", first), ("user_last_name", last), ("budget_limit", (double)(rng.Next(8, 20) * 250)));
    }

    private PyDict Vehicle(ref SampleRng rng)
    {
        var doors = new PyDict();
        var open = rng.Chance(blocked * 1.3);
        foreach (var door in (string[])["driver", "passenger", "rear_left", "rear_right"])
            doors[door] = open && rng.Chance(0.7) ? "unlocked" : "locked";
        var braked = rng.Chance(0.1);
        return new PyDict(
            ("fuelLevel", (double)rng.Next(3, 38)), ("batteryVoltage", Math.Round(11.8 + rng.NextDouble(), 1)), ("engineState", rng.Chance(0.05) ? "running" : "stopped"), ("doorStatus", doors),
            ("acTemperature", (double)rng.Next(18, 27)), ("fanSpeed", rng.Next(2, 9) * 10), ("acMode", "auto"), ("humidityLevel", (double)rng.Next(30, 60)), ("headLightStatus", rng.Chance(0.2) ? "on" : "off"),
            ("parkingBrakeStatus", rng.Chance(0.4) ? "engaged" : "released"), ("parkingBrakeForce", 0.0), ("slopeAngle", 0.0), ("brakePedalStatus", braked ? "pressed" : "released"), ("brakePedalForce", braked ? 1000.0 : 0.0),
            ("distanceToNextVehicle", (double)rng.Next(20, 100)), ("cruiseStatus", "inactive"), ("destination", "None"),
            ("frontLeftTirePressure", Pressure(ref rng)), ("frontRightTirePressure", Pressure(ref rng)), ("rearLeftTirePressure", Pressure(ref rng)), ("rearRightTirePressure", Pressure(ref rng)));
    }

    private static double Pressure(ref SampleRng rng) => Math.Round(26 + 9 * rng.NextDouble(), 1);
}
