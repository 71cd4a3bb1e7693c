using System.Globalization;
using FissionGrpo.Environments.Python;

namespace FissionGrpo.Environments.Bfcl.Api;

/// <summary><c>TradingBot</c>: stocks, orders, an account (specification section 11). Its clock stands at 2024-09-01 10:30.</summary>
internal sealed class TradingBot(BfclConstants constants) : ApiClass(Type, constants)
{
    private const int OrdersAt = 0;
    private const int AccountAt = 1;
    private const int Authenticated = 2;
    private const int MarketStatus = 3;
    private const int Counter = 4;
    private const int StocksAt = 5;
    private const int WatchListAt = 6;
    private const int TransactionsAt = 7;
    private const int LongContextFlag = 8;
    private const int SecondsPerDay = 86400;

    private static readonly DateTime Now = new(2024, 9, 1, 10, 30, 0, DateTimeKind.Unspecified);

    public static readonly new ApiType Type = new(
        "TradingBot",
        [
            Container("orders", () => new PyDict()), Container("account_info", () => new PyDict()), Attribute("authenticated", false),
            Attribute("market_status", "Closed"), Attribute("order_counter", 0), Container("stocks", () => new PyDict()) with { IsFixed = true },
            Container("watch_list", () => new PyList()), Container("transaction_history", () => new PyList()), Attribute("long_context", false),
        ],
        new MethodTable<TradingBot>("TradingBot")
            .Reads("get_current_time", (_, _) => new PyDict(("current_time", "10:30 AM")))
            .Reads("get_symbol_by_name", (t, a) => t.SymbolByName(a[0]), Required("name"))
            .Reads("get_stock_info", (t, a) => t.StockInfo(a[0]), Required("symbol"))
            .Reads("get_order_details", (t, a) => t.OrderDetails(a[0]), Required("order_id"))
            .Changes("cancel_order", (t, a) => t.CancelOrder(a[0]), Required("order_id"))
            .Changes("place_order", (t, a) => t.PlaceOrder(a[0], a[1], a[2], a[3]), Required("order_type"), Required("symbol"), Required("price"), Required("amount"))
            .Changes("withdraw_funds", (t, a) => t.Withdraw(a[0]), Required("amount"))
            .Changes("fund_account", (t, a) => t.Fund(a[0]), Required("amount"))
            .Reads("get_account_info", (t, _) => t.Refusal("to view account information") ?? t.Account)
            .Sets("trading_login", (t, _) => t.Login(), Required("username"), Required("password"))
            .Reads("trading_get_login_status", (t, _) => new PyDict(("status", PyOps.IsTrue(t[Authenticated]))))
            .Sets("trading_logout", (t, _) => t.Logout())
            .Changes("remove_stock_from_watchlist", (t, a) => t.RemoveFromWatchList(a[0]), Required("symbol"))
            .Reads("get_watchlist", (t, _) => t.ShowWatchList())
            .Reads("get_order_history", (t, _) => t.OrderHistory())
            .Reads("get_transaction_history", (t, a) => t.TransactionHistory(a[0], a[1]), Optional("start_date"), Optional("end_date"))
            .Reads("get_available_stocks", (t, a) => t.AvailableStocks(a[0]), Required("sector"))
            .Reads("filter_stocks_by_price", (t, a) => t.FilterByPrice(a[0], a[1], a[2]), Required("stocks"), Required("min_price"), Required("max_price"))
            .Changes("add_to_watchlist", (t, a) => t.AddToWatchList(a[0]), Required("stock"))
            .Reads("notify_price_change", (t, a) => t.NotifyPriceChange(a[0], a[1]), Required("stocks"), Required("threshold"))
            .Build(),
        constants => new TradingBot(constants));

    protected override int? DefaultSeed => 1053520;

    private PyDict Orders => (PyDict)this[OrdersAt].Reference!;

    private PyDict Account => (PyDict)this[AccountAt].Reference!;

    private PyDict Stocks => (PyDict)this[StocksAt].Reference!;

    private PyList WatchList => (PyList)this[WatchListAt].Reference!;

    private PyList Transactions => (PyList)this[TransactionsAt].Reference!;

    protected override void Loaded(PyDict? scenario)
    {
        var orders = new PyDict(Orders.Count);
        for (var i = 0; i < Orders.Count; i++)
        {
            var key = Orders.Keys[i];
            var isNumber = key.TryGetString(out var text) && text.Length > 0 && text.All(char.IsDigit);
            orders[isNumber ? PyNumber.ToInt(key) : key] = Orders.Values[i];
        }
        this[OrdersAt] = orders;
        this[LongContextFlag] = LongContext;
    }

    private PyDict? Refusal(string purpose) =>
        PyOps.IsTrue(this[Authenticated]) ? null : Error($"User not authenticated. Please log in {purpose}.");

    private PyDict SymbolByName(PyValue name) =>
        new(("symbol", Constants.Table("TradingBot.symbol_by_name").TryGetValue(name, out var symbol) ? symbol : "Stock not found"));

    private PyValue StockInfo(PyValue symbol)
    {
        if (!Stocks.TryGetValue(symbol, out var stock))
            return Error($"Stock with symbol '{symbol}' not found.");
        if (!LongContext)
            return stock;
        var copy = Dict(stock, "copy").ShallowCopy();
        copy["MA(5)"] = Constants.Extension("MA_5_EXTENSION");
        copy["MA(20)"] = Constants.Extension("MA_20_EXTENSION");
        return copy;
    }

    private PyValue OrderDetails(PyValue id)
    {
        if (!Orders.TryGetValue(id, out var order))
            return Error($"Order with ID {id} not found.Here is the list of orders_id: {PyText.Repr(new PyList(Orders.Keys))}");
        if (!LongContext)
            return order;
        var copy = Dict(order, "copy").ShallowCopy();
        copy["metadata"] = Metadata(copy["symbol"]);
        return copy;
    }

    private PyValue Metadata(PyValue symbol)
    {
        if (!Constants.Extension("ORDER_DETAIL_EXTENSION").TryGet<PyDict>(out var template))
            return default;
        var filled = new PyDict(template.Count);
        for (var i = 0; i < template.Count; i++)
            filled[template.Keys[i]] = template.Values[i].TryGetString(out var text) ? text.Replace("{symbol}", $"{symbol}", StringComparison.Ordinal) : template.Values[i];
        return filled;
    }

    private PyDict CancelOrder(PyValue id)
    {
        if (!Orders.TryGetValue(id, out var order))
            return Error($"Order with ID {id} not found.");
        if (Is(PyOps.Subscript(order, "status"), "Completed"))
            return Error($"Can't cancel order {id}. Order is already completed.");
        ((PyDict)order.Reference!)["status"] = "Cancelled";
        return new PyDict(("order_id", id), ("status", "Cancelled"));
    }

    private PyDict PlaceOrder(PyValue type, PyValue symbol, PyValue priceGiven, PyValue amount)
    {
        if (Refusal("to place an order") is { } refusal)
            return refusal;
        if (!Stocks.ContainsKey(symbol))
            return Error($"Invalid stock symbol: {symbol}");
        if (PyOps.AtMost(priceGiven, 0) || PyOps.AtMost(amount, 0))
            return Error("Price and amount must be positive values.");
        PyValue price = PyNumber.ToFloat(priceGiven);
        if (Is(PyMethods.LowerOf(type), "buy"))
        {
            var cost = PyNumber.Multiply(price, PyNumber.ToInt(amount));
            var balance = Account["balance"];
            if (PyOps.Greater(cost, balance))
                return Error($"Insufficient funds: required ${PyFloat.Fixed(PyNumber.ToDouble(cost), 2)} but only ${PyFloat.Fixed(PyNumber.ToDouble(balance), 2)} available.");
        }
        var id = this[Counter];
        Orders[id] = new PyDict(("id", id), ("order_type", type), ("symbol", symbol), ("price", price), ("amount", amount), ("status", "Open"));
        this[Counter] = PyNumber.Add(id, 1, "+=");
        return new PyDict(("order_id", id), ("order_type", type), ("status", "Pending"), ("price", price), ("amount", amount));
    }

    private PyDict Withdraw(PyValue amount)
    {
        if (Refusal("to make a transaction") is { } refusal)
            return refusal;
        if (!Is(this[MarketStatus], "Open"))
            return Error("Market is closed. Transactions are not allowed.");
        if (PyOps.AtMost(amount, 0))
            return Error("Transaction amount must be positive.");
        if (PyOps.Greater(amount, Account["balance"]))
            return Error("Insufficient funds for withdrawal.");
        Account["balance"] = PyNumber.Subtract(Account["balance"], amount, "-=");
        Record("withdrawal", amount);
        return new PyDict(("status", "Withdrawal successful"), ("new_balance", Account["balance"]));
    }

    private PyDict Fund(PyValue amount)
    {
        if (Refusal("to fund the account") is { } refusal)
            return refusal;
        if (PyOps.AtMost(amount, 0))
            return Error("Funding amount must be positive.");
        Account["balance"] = PyNumber.Add(Account["balance"], amount, "+=");
        Record("deposit", amount);
        return new PyDict(("status", "Account funded successfully"), ("new_balance", Account["balance"]));
    }

    private void Record(string type, PyValue amount)
    {
        var time = Now.AddSeconds(Draw.NextInt(0, SecondsPerDay));
        var timestamp = time.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
        Transactions.Add(new PyDict(("type", type), ("amount", amount), ("timestamp", timestamp)));
    }

    private PyDict Login()
    {
        var already = PyOps.IsTrue(this[Authenticated]);
        this[Authenticated] = already ? this[Authenticated] : true;
        return new PyDict(("status", already ? "Already logged in" : "Logged in successfully"));
    }

    private PyDict Logout()
    {
        if (!PyOps.IsTrue(this[Authenticated]))
            return new PyDict(("status", "No user is currently logged in"));
        this[Authenticated] = false;
        return new PyDict(("status", "Logged out successfully"));
    }

    private PyDict RemoveFromWatchList(PyValue symbol)
    {
        if (Refusal("to modify the watchlist") is { } refusal)
            return refusal;
        var at = WatchList.IndexOf(symbol);
        if (at < 0)
            return Error($"Stock {symbol} not found in watchlist.");
        WatchList.RemoveAt(at);
        return new PyDict(("status", $"Stock {symbol} removed from watchlist successfully."));
    }

    private PyValue ShowWatchList()
    {
        if (!PyOps.IsTrue(this[Authenticated]))
            return new PyList(["Error: User not authenticated. Please log in to view the watchlist."]);
        if (!LongContext)
            return new PyDict(("watchlist", WatchList));
        var all = new PyList(WatchList.Items);
        if (Constants.Extension("WATCH_LIST_EXTENSION").TryGet<PyList>(out var more))
            all.AppendConstant(more);
        return all;
    }

    private PyValue OrderHistory() => Refusal("to view order history") is { } refusal
        ? new PyList([refusal])
        : new PyDict(("history", new PyList(Orders.Keys)));

    private PyValue TransactionHistory(PyValue startDate, PyValue endDate)
    {
        if (Refusal("to view transaction history") is { } refusal)
            return new PyList([refusal]);
        var start = PyOps.IsTrue(startDate) ? PyTime.Parse(startDate, PyTime.Date) : DateTime.MinValue;
        var end = PyOps.IsTrue(endDate) ? PyTime.Parse(endDate, PyTime.Date) : DateTime.MaxValue;
        var shown = new PyList();
        foreach (var item in Transactions.Items)
        {
            var time = PyTime.Parse(PyOps.Subscript(item, "timestamp"), PyTime.DateAndTime);
            if (start <= time && time <= end)
                shown.Add(item);
        }
        if (LongContext && Constants.Extension("TRANSACTION_HISTORY_EXTENSION").TryGet<PyList>(out var more))
            shown.AppendConstant(more);
        return new PyDict(("transaction_history", shown));
    }

    private PyDict AvailableStocks(PyValue sector)
    {
        var stocks = new PyList();
        if (Constants.Table("TradingBot.sectors").TryGetValue(sector, out var known))
            stocks.AddRange(((PyList)known.Reference!).Items);
        if (LongContext)
        {
            var extension = Is(sector, "Technology") ? "TECHNOLOGY_EXTENSION" : Is(sector, "Automobile") ? "AUTOMOBILE_EXTENSION" : null;
            if (extension is not null && Constants.Extension(extension).TryGet<PyList>(out var more))
                stocks.AppendConstant(more);
        }
        return new PyDict(("stock_list", stocks));
    }

    private PyDict FilterByPrice(PyValue stocks, PyValue low, PyValue high)
    {
        var filtered = new PyList();
        foreach (var symbol in PyOps.Iterate(stocks))
        {
            var price = Stocks.TryGetValue(symbol, out var stock) ? PyOps.Subscript(stock, "price") : 0;
            if (PyOps.AtLeast(price, low) && PyOps.AtMost(price, high))
                filtered.Add(symbol);
        }
        return new PyDict(("filtered_stocks", filtered));
    }

    private PyDict AddToWatchList(PyValue stock)
    {
        if (WatchList.IndexOf(stock) < 0 && Stocks.ContainsKey(stock))
            WatchList.Add(stock);
        return new PyDict(("watchlist", WatchList));
    }

    private PyDict NotifyPriceChange(PyValue stocks, PyValue threshold)
    {
        var changed = new PyList();
        foreach (var symbol in PyOps.Iterate(stocks))
            if (Stocks.TryGetValue(symbol, out var stock) && PyOps.AtLeast(PyNumber.Absolute(PyOps.Subscript(stock, "percent_change")), threshold))
                changed.Add(symbol);
        return new PyDict(("notification", changed.Count > 0
            ? $"Stocks {PyMethods.Join(", ", changed)} have significant price changes."
            : "No significant price changes in the selected stocks."));
    }

    private static PyDict Dict(PyValue value, string method) => value.TryGet<PyDict>(out var dict) ? dict : throw PyException.NoAttribute(value, method);
}
