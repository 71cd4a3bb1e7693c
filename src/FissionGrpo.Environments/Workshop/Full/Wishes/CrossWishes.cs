using System.Collections.Immutable;
using FissionGrpo.Environments.Python;

namespace FissionGrpo.Environments.Workshop.Full;

/// <summary>Wishes that carry a value from one class into another.</summary>
internal static class CrossWishes
{
    public static ImmutableArray<Wish> List { get; } =
    [
        new("cross.tire-mean", 8, s =>
            {
                var tires = s.Do("check_tire_pressure");
                s.Do("mean", ("numbers", new PyList([tires["frontLeftTirePressure"], tires["frontRightTirePressure"], tires["rearLeftTirePressure"], tires["rearRightTirePressure"]])));
                return [];
            },
            "check the tires and work out the mean of the four pressures, front left, front right, rear left, rear right", "read all tire pressures and average the four of them", "What is the average pressure over my four tires? Check them first.",
            "take the four tire pressures and give me their mean") { Classes = ["VehicleControlAPI", "MathAPI"] },
        new("cross.distance-log", 5, s =>
            {
                if (VehicleWishes.Distance(s) is not var (a, b, miles))
                    return null;
                var precision = s.Rng.Next(4, 9);
                s.Do("logarithm", ("value", miles), ("base", 10), ("precision", precision));
                return [("a", a), ("b", b), ("n", Phrases.Small(precision))];
            },
            "estimate the distance between {a} and {b} and take its base 10 logarithm with a precision of {n}", "find out how far {a} is from {b}, then compute the logarithm of that distance in base 10, precision {n}",
            "How far is {a} from {b}, and what is the base 10 logarithm of that with precision {n}?", "get the {a} to {b} distance and its logarithm to the base 10 at a precision of {n}") { Classes = ["VehicleControlAPI", "MathAPI"] },
        new("cross.word-mean", 8, s =>
            {
                var where = FileWishes.Go(s, f => FileWishes.FilesIn(f).Length is 1 or 2 or 3, 0.5);
                if (where is null)
                    return null;
                var file = s.Rng.Pick<string>(FileWishes.FilesIn(FileWishes.Current(s)));
                var counts = new[] { "l", "w", "c" }.Select(m => s.Do("wc", ("file_name", file), ("mode", m))["count"]).ToArray();
                s.Do("mean", ("numbers", new PyList(counts)));
                s.Mention("file", file);
                return [("file", $"'{file}'"), ("where", where)];
            },
            "count the lines, words and characters of {file}{where} and average the three numbers", "get the line, word and character counts of {file}{where}, in that order, and then their mean",
            "What is the mean of the line count, the word count and the character count of {file}{where}?", "work out lines, words and characters of {file}{where} and give me the average of those counts") { Classes = ["GorillaFileSystem", "MathAPI"] },
        new("cross.price-mean", 8, s =>
            {
                var one = TradingWishes.Stock(s);
                var info = s.Do("get_stock_info", ("symbol", one));
                s.Do("mean", ("numbers", new PyList([info["price"], info["MA(5)"], info["MA(20)"]])));
                s.Mention("stock", one);
                return s.World.Objects[0].LongContext ? s.Fail() : [("stock", one)];
            },
            "look up {stock} and average its price, its MA(5) and its MA(20)", "get the figures of {stock} and work out the mean of price, MA(5) and MA(20)", "What is the mean of the price and the two moving averages of {stock}? Price first, then MA(5) and MA(20).",
            "take price, MA(5) and MA(20) of {stock} and compute their mean") { Classes = ["TradingBot", "MathAPI"] },
        new("cross.fare-percent", 3, s =>
            {
                var limit = s.Look("TravelAPI", "budget_limit");
                if (s.Tables.Routes.IsEmpty || !limit.IsNumber || s.World.Objects[0].LongContext)
                    return null;
                var (from, to, _) = s.Rng.Pick(s.Tables.Routes.AsSpan());
                var day = s.FutureDate();
                var costs = (PyList)s.Do("get_flight_cost", ("travel_from", from), ("travel_to", to), ("travel_date", Phrases.Iso(day)), ("travel_class", "economy"))["travel_cost_list"].Reference!;
                s.Do("percentage", ("part", costs[0]), ("whole", limit));
                return [("from", from), ("to", to), ("date", Phrases.Date(day, ref s.Rng)), ("limit", s.Money(PyNumber.ToFloat(limit)))];
            },
            "check what an economy flight from {from} to {to} costs on {date} and what percentage that is of {limit}", "look up the economy fare {from} to {to} for {date} and express it as a percentage of {limit}",
            "What share of {limit}, in percent, would an economy flight from {from} to {to} on {date} be?", "find the economy fare from {from} to {to} on {date}, then its percentage of my {limit}") { Classes = ["TravelAPI", "MathAPI"] },
        new("cross.tweet-lines", 9, s =>
            {
                if (FileWishes.OnFile(s, _ => { }) is not { } slots || !s.TryLast("file", out var file))
                    return null;
                var text = $"{s.Do("tail", ("file_name", file), ("lines", 1))["last_lines"]}";
                if (text.Length is 0 or > 200)
                    return s.Fail();
                var extras = TwitterWishes.Post(s, text);
                return [.. slots, ("extras", extras)];
            },
            "take the last line of {file}{where} and tweet it word for word{extras}", "tweet the last line of {file}{where}, unchanged{extras}", "The last line of {file}{where} would make a good tweet; post it as it is{extras}.", "read the final line of {file}{where} and post exactly that on Twitter{extras}") { Classes = ["TwitterAPI", "GorillaFileSystem"] },
        new("cross.tweet-tires", 8, s =>
            {
                var tires = s.Do("check_tire_pressure");
                var extras = TwitterWishes.Post(s, tires["healthy_tire_pressure"].Bool ? "Tires are fine" : "Tires need care");
                return [("extras", extras)];
            },
            "check the tires and tweet 'Tires are fine' if their pressure is healthy, otherwise 'Tires need care'{extras}", "look at the tire pressure; post 'Tires are fine' when it is healthy and 'Tires need care' when it is not{extras}",
            "Depending on whether the tire pressure is healthy, tweet 'Tires are fine' or 'Tires need care'{extras}.", "see whether the tire pressure is healthy and put out the tweet 'Tires are fine' or else 'Tires need care'{extras}") { Classes = ["TwitterAPI", "VehicleControlAPI"] },
        new("cross.message-tires", 8, s =>
            {
                var tires = s.Do("check_tire_pressure");
                return MessageWishes.Send(s, tires["healthy_tire_pressure"].Bool ? "The tires are fine." : "The tires need care.") is { } to ? [("to", to)] : s.Fail();
            },
            "check the tires and message {to} 'The tires are fine.' if their pressure is healthy, otherwise 'The tires need care.'", "look at the tire pressure and tell {to} by message either 'The tires are fine.' or, if it is not healthy, 'The tires need care.'",
            "Let {to} know about the tires: 'The tires are fine.' when the pressure is healthy, 'The tires need care.' when not.", "see whether the tire pressure is healthy and send {to} 'The tires are fine.' or else 'The tires need care.'") { Classes = ["MessageAPI", "VehicleControlAPI"] },
        new("cross.message-line", 6, s =>
            {
                if (FileWishes.OnFile(s, _ => { }) is not { } slots || !s.TryLast("file", out var file))
                    return null;
                var text = $"{s.Do("tail", ("file_name", file), ("lines", 1))["last_lines"]}";
                return text.Length is > 0 and <= 200 && MessageWishes.Send(s, text) is { } to ? [.. slots, ("to", to)] : s.Fail();
            },
            "send the last line of {file}{where} to {to} as a message, word for word", "message {to} exactly what the last line of {file}{where} says", "Pass the last line of {file}{where} on to {to}, unchanged.", "read the final line of {file}{where} and message it to {to} as it stands") { Classes = ["MessageAPI", "GorillaFileSystem"] },
        new("cross.message-price", 6, s =>
            {
                var symbol = TradingWishes.Stock(s);
                var price = s.Do("get_stock_info", ("symbol", symbol))["price"];
                return MessageWishes.Send(s, $"{symbol} stands at {price}") is { } to ? [("stock", symbol), ("to", to)] : s.Fail();
            },
            "look up {stock} and message {to} its price in the form '{stock} stands at PRICE'", "get the price of {stock} and write '{stock} stands at PRICE' to {to}, with the number in place of PRICE", "Tell {to} what {stock} costs: '{stock} stands at PRICE', with the price filled in.",
            "find the price of {stock} and let {to} know by the message '{stock} stands at PRICE', the figure put in") { Classes = ["MessageAPI", "TradingBot"] },
        new("cross.ticket-booking", 6, s =>
            {
                if (!s.TryLast("booking", out var booking))
                    return null;
                TicketWishes.Login(s);
                var priority = s.Rng.Next(1, 6);
                var ticket = s.Do("create_ticket", ("title", "Booking trouble"), ("description", booking), ("priority", priority));
                s.Mention("ticket", $"{ticket["id"]}");
                return [("n", $"{priority}")];
            },
            "open a ticket titled 'Booking trouble' with priority {n} whose description is just the id of my booking", "file a priority {n} ticket called 'Booking trouble', described by nothing but the booking id",
            "My booking is in trouble: make a ticket 'Booking trouble' with priority {n} and only the booking id as description.", "create the ticket 'Booking trouble', priority {n}, with the booking's id as its description") { Classes = ["TicketAPI", "TravelAPI"] },
        new("cross.tweet-booking", 5, s =>
            {
                if (!s.TryLast("booking", out _))
                    return null;
                var text = s.Pools.Tweet(ref s.Rng);
                return [("text", s.Quote(text)), ("extras", TwitterWishes.Post(s, text))];
            },
            "celebrate the trip on Twitter with {text}{extras}", "tell the world about the journey by tweeting {text}{extras}", "This trip deserves a tweet: {text}{extras}.", "announce the flight with the tweet {text}{extras}") { Classes = ["TwitterAPI", "TravelAPI"] },
    ];
}
