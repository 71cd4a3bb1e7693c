using System.Collections.Immutable;
using System.Globalization;
using FissionGrpo.Environments.Python;

namespace FissionGrpo.Environments.Workshop.Full;

/// <summary>TradingBot: orders, watchlist, account. Some accounts begin logged out, and withdrawing needs an open market.</summary>
internal static class TradingWishes
{
    private const string Api = "TradingBot";

    public static ImmutableArray<Wish> List { get; } =
    [
        new("trading.info", 24, s =>
            {
                var symbol = Stock(s);
                s.Do("get_stock_info", ("symbol", symbol));
                return [("stock", Spoken(s, symbol)), ("symbol", symbol)];
            },
            "show me the current figures of {stock}", "get the market data for {stock}", "How is {stock} doing? Price, volume and averages, please.", "look up what {stock} trades at and how it has moved")
        {
            Vague = ["show me the current figures of a stock", "get the market data for one of the companies", "How is my favourite stock doing? Price, volume and averages, please.", "look up what a certain stock trades at"],
            Supply = ["The symbol is {symbol}.", "I mean {symbol}.", "It is {symbol}.", "{symbol} is the one."],
        },
        new("trading.order", 11, s => Order(s, informed: false),
            "{side} {amount} shares of {stock} at {price} each", "place a {side} order for {amount} shares of {stock} with a price of {price} per share", "I want to {side} {stock}: {amount} shares at {price} apiece.",
            "enter an order to {side} {amount} of {stock}, limit {price} a share")
        {
            Vague = ["{side} some shares of {stock} at {price} each", "place a {side} order for {stock} with a price of {price} per share", "I want to {side} {stock} at {price} apiece.", "enter an order to {side} {stock}, limit {price} a share"],
            Supply = ["Make it {amount} shares.", "The amount is {amount} shares.", "{amount} shares will do.", "I am thinking of {amount} shares."],
        },
        new("trading.order-at-market", 18, s => Order(s, informed: true),
            "check the price of {stock} and {side} {amount} shares at exactly that price", "{side} {amount} shares of {stock} at its current price, which you will have to look up", "Look {stock} up, then {side} {amount} shares for whatever it costs now.",
            "see what {stock} costs right now and place an order to {side} {amount} shares at that price")
        {
            Vague = ["check the price of {stock} and {side} shares at exactly that price", "{side} {stock} at its current price, which you will have to look up", "Look {stock} up, then {side} shares for whatever it costs now.", "see what {stock} costs right now and place a {side} order at that price"],
            Supply = ["I want {amount} shares.", "{amount} shares, please.", "The number of shares is {amount}.", "Take {amount} of them."],
        },
        new("trading.order-details", 34, s => OnOrder(s, _ => true, (id, said) =>
            {
                s.Do("get_order_details", ("order_id", id));
                return [("order", said)];
            }),
            "show me the details of {order}", "What exactly is in {order}?", "pull up {order} so that I can check it", "let me verify {order}"),
        new("trading.cancel", 28, s => OnOrder(s, o => $"{o["status"]}" is not ("Completed" or "Cancelled"), (id, said) =>
            {
                s.Do("cancel_order", ("order_id", id));
                return [("order", said)];
            }),
            "cancel {order}", "call off {order}", "I have changed my mind about {order}; withdraw it.", "revoke {order} before it executes"),
        new("trading.watchlist", 18, s =>
            {
                Login(s);
                s.Do("get_watchlist");
                return [];
            },
            "show me my watchlist", "list the stocks I am watching", "What is on my watchlist at the moment?", "read out the stocks I keep an eye on"),
        new("trading.watch", 20, s =>
            {
                var watched = s.List(Api, "watch_list").Items.ToArray().Select(v => $"{v}").ToHashSet(StringComparer.Ordinal);
                var symbol = Stock(s);
                if (watched.Contains(symbol))
                    return null;
                s.Do("add_to_watchlist", ("stock", symbol));
                return [("stock", Spoken(s, symbol)), ("symbol", symbol)];
            },
            "add {stock} to my watchlist", "put {stock} on the list of stocks that I watch", "I would like to follow {stock}; add it to the watchlist.", "include {stock} in my watchlist")
        {
            Vague = ["add another stock to my watchlist", "put one more company on the list of stocks that I watch", "I would like to follow a new stock; add it to the watchlist.", "include a further stock in my watchlist"],
            Supply = ["It is {symbol}.", "I am talking about {symbol}.", "The stock is {symbol}.", "Add {symbol}."],
        },
        new("trading.unwatch", 7, s =>
            {
                Login(s);
                var watched = s.List(Api, "watch_list");
                if (watched.Count == 0)
                    return s.Fail();
                var symbol = watched[s.Rng.Next(watched.Count)];
                s.Do("remove_stock_from_watchlist", ("symbol", symbol));
                return [("stock", $"{symbol}")];
            },
            "remove {stock} from my watchlist", "take {stock} off the watchlist", "I am no longer interested in {stock}; strike it from my watchlist.", "drop {stock} from the stocks I watch"),
        new("trading.account", 13, s =>
            {
                Login(s);
                s.Do("get_account_info");
                return [];
            },
            "show me my trading account", "tell me the balance and the linked card of my trading account", "How much money is in my trading account? The full account information, please.", "give me my account information at the broker"),
        new("trading.sector", 10, s =>
            {
                if (s.Tables.Sectors.IsEmpty)
                    return null;
                var sector = s.Rng.Pick(s.Tables.Sectors.AsSpan());
                s.Do("get_available_stocks", ("sector", sector));
                return [("sector", sector)];
            },
            "list the stocks available in the {sector} sector", "show me which stocks of the {sector} sector can be traded", "What does the {sector} sector have on offer?", "name every stock of the {sector} sector")
        {
            Vague = ["list the stocks available in a sector", "show me which stocks of my preferred sector can be traded", "What does that sector have on offer?", "name every stock of one sector"],
            Supply = ["I mean the {sector} sector.", "The sector is {sector}.", "{sector}, please.", "It is the {sector} one."],
        },
        new("trading.fund", 6, s =>
            {
                Login(s);
                var amount = (double)(s.Rng.Next(2, 120) * 50);
                s.Do("fund_account", ("amount", amount));
                return [("amount", s.Money(amount))];
            },
            "deposit {amount} into my trading account", "fund the trading account with {amount}", "My broker account needs {amount} more; please pay it in.", "top up my trading balance by {amount}")
        {
            Vague = ["deposit some money into my trading account", "fund the trading account", "My broker account needs more money; please pay it in.", "top up my trading balance"],
            Supply = ["Let it be {amount}.", "The sum is {amount}.", "{amount}, please.", "I am thinking of {amount}."],
        },
        new("trading.withdraw", 2, s =>
            {
                if ($"{s.Look(Api, "market_status")}" != "Open")
                    return null;
                Login(s);
                var amount = (double)(s.Rng.Next(1, 10) * 25);
                s.Do("withdraw_funds", ("amount", amount));
                return [("amount", s.Money(amount))];
            },
            "withdraw {amount} from my trading account", "pay {amount} out of my trading balance", "I need {amount} in cash; take it out of the broker account.", "take {amount} out of my trading funds"),
        new("trading.time", 2, s =>
            {
                s.Do("get_current_time");
                return [];
            },
            "tell me what time it is at the exchange", "What is the current time?", "check the time in the trading system", "give me the present market time"),
        new("trading.symbol", 1.5, s =>
            {
                if (s.Tables.Companies.IsEmpty)
                    return null;
                var (name, _) = s.Rng.Pick(s.Tables.Companies.AsSpan());
                s.Do("get_symbol_by_name", ("name", name));
                return [("name", name)];
            },
            "find the stock symbol of {name}", "Under which symbol does {name} trade?", "look up the ticker for {name}", "tell me what the symbol of {name} is"),
        new("trading.history", 0.7, s =>
            {
                Login(s);
                s.Do("get_order_history");
                return [];
            },
            "list the ids of all my orders", "show my order history", "Which orders have I placed so far?", "give me the history of my orders"),
        new("trading.transactions", 0.8, s =>
            {
                Login(s);
                s.Do("get_transaction_history");
                return [];
            },
            "show all transactions of my trading account", "list my deposits and withdrawals, without limiting the dates", "What transactions has my trading account seen?", "give me the complete transaction history"),
        new("trading.filter", 0.8, s =>
            {
                var symbols = Several(s);
                var (low, high) = (s.Rng.Next(10, 150), s.Rng.Next(160, 900));
                s.Do("filter_stocks_by_price", ("stocks", symbols), ("min_price", low), ("max_price", high));
                return [("stocks", Names(symbols)), ("low", $"${low}"), ("high", $"${high}")];
            },
            "of {stocks}, keep those that cost between {low} and {high}", "filter {stocks} by a price from {low} to {high}", "Which of {stocks} are priced between {low} and {high}?", "sort out which of {stocks} cost at least {low} and at most {high}"),
        new("trading.notify", 0.8, s =>
            {
                var symbols = Several(s);
                var threshold = s.Rng.Next(1, 6);
                s.Do("notify_price_change", ("stocks", symbols), ("threshold", threshold));
                return [("stocks", Names(symbols)), ("n", $"{threshold}")];
            },
            "tell me whether any of {stocks} moved by at least {n} percent", "check {stocks} for price changes of {n} percent or more", "Did {stocks} have significant price changes? The threshold is {n} percent.", "notify me about moves of {n} percent or more among {stocks}"),
        new("trading.status", 0.5, s =>
            {
                s.Do("trading_get_login_status");
                return [];
            },
            "check whether I am logged in to the trading system", "tell me the login status of my trading account", "Am I logged in at the broker?", "verify my login for trading"),
        new("trading.logout", 3, s =>
            {
                if (!s.Look(Api, "authenticated").Bool)
                    return null;
                s.Do("trading_logout");
                return [];
            },
            "log me out of the trading system", "end my trading session", "That is all for trading; log me out there.", "sign me out of the broker account"),
    ];

    public static bool Login(Stage s)
    {
        if (s.Look(Api, "authenticated").Bool)
            return true;
        var (user, password) = (s.Pools.UserName(ref s.Rng), s.Pools.Password(ref s.Rng));
        if (s.TryLast("trading user", out var known))
            (user, password) = (known.Split(' ')[0], known.Split(' ')[1]);
        s.Mention("trading user", $"{user} {password}");
        s.Do("trading_login", ("username", user), ("password", password));
        s.TellOnce("trading user", s.OneOf(
            $"My trading login is '{user}' with the password '{password}'.", $"At the broker my username is '{user}' and the password '{password}'.", $"(Trading credentials: {user} / {password})"));
        return !s.Broken;
    }

    public static string Stock(Stage s)
    {
        var stocks = s.Dict(Api, "stocks");
        return s.TryLast("stock", out var last) && s.Rng.Chance(0.35) ? last : $"{stocks.Keys[s.Rng.Next(stocks.Count)]}";
    }

    public static string Spoken(Stage s, string symbol) => s.Refer("stock", symbol, s.OneOf(symbol, $"the {symbol} stock", $"'{symbol}'"), "that stock", "the same stock", symbol);

    private static (string, string)[]? Order(Stage s, bool informed)
    {
        Login(s);
        var symbol = Stock(s);
        var market = ((PyDict)s.Dict(Api, "stocks")[symbol].Reference!)["price"];
        if (informed)
            market = s.Do("get_stock_info", ("symbol", symbol))["price"];
        var buys = s.Rng.Chance(0.8);
        var price = informed ? PyNumber.ToFloat(market) : Math.Round(PyNumber.ToFloat(market) * (0.9 + 0.2 * s.Rng.NextDouble()), s.Rng.Chance(0.4) ? 0 : 2);
        var funds = PyNumber.ToFloat(((PyDict)s.Look(Api, "account_info").Reference!)["balance"]);
        var amount = s.Rng.Next(1, 13) * s.Rng.Pick<int>([1, 5, 10]);
        while (buys && amount > 1 && amount * price > funds)
            amount /= 2;
        var order = s.Do("place_order", ("order_type", buys ? "Buy" : "Sell"), ("symbol", symbol), ("price", price), ("amount", amount));
        s.Mention("order", $"{order["order_id"]}");
        return
        [
            ("side", buys ? "buy" : "sell"), ("stock", Spoken(s, symbol)), ("price", $"${price.ToString(CultureInfo.InvariantCulture)}"), ("amount", $"{amount}"),
        ];
    }

    private static (string, string)[]? OnOrder(Stage s, Func<PyDict, bool> suits, Func<PyValue, string, (string, string)[]> act)
    {
        var orders = s.Dict(Api, "orders");
        var last = s.TryLast("order", out var id) ? id : null;
        var at = -1;
        for (var i = 0; i < orders.Count; i++)
            if (orders.Values[i].TryGet<PyDict>(out var order) && order.ContainsKey("status") && suits(order) && (at < 0 || $"{orders.Keys[i]}" == last || (last is null && s.Rng.Chance(0.5))))
                at = i;
        if (at < 0)
            return null;
        var key = orders.Keys[at];
        return act(key, s.Refer("order", $"{key}", s.OneOf($"order {key}", $"the order with the id {key}", $"order number {key}"), "that order", "the order from before", "my latest order"));
    }

    private static PyList Several(Stage s)
    {
        var stocks = s.Dict(Api, "stocks");
        var symbols = stocks.Keys.ToArray();
        s.Rng.Shuffle<PyValue>(symbols);
        return new PyList(symbols.AsSpan(0, Math.Min(s.Rng.Next(2, 5), symbols.Length)));
    }

    private static string Names(PyList symbols) => Phrases.List([.. symbols.Items.ToArray().Select(v => $"{v}")]);
}
