using System.Text.Json;
using FissionGrpo.Environments.Bfcl;

namespace FissionGrpo.Environments.Tests.Bfcl;

/// <summary>Worlds with a few values of our own: nothing official.</summary>
internal static class SmallBfcl
{
    public static readonly string[] AllClasses =
        ["GorillaFileSystem", "MathAPI", "MessageAPI", "TwitterAPI", "TicketAPI", "TradingBot", "TravelAPI", "VehicleControlAPI"];

    public static readonly BfclConstants Constants = BfclConstants.Parse("""
        {"tables": {
            "TravelAPI.flight_base_costs": {"$map": [[["AAA", "BBB"], 100], [["BBB", "AAA"], 150]]},
            "TravelAPI.exchange_rates": {"$map": [[["USD", "EUR"], 0.5]]},
            "TravelAPI.airports": ["AAA", "BBB"],
            "TravelAPI.airport_by_city": {"Avalon": "AAA"},
            "TradingBot.symbol_by_name": {"Acme": "ACM"},
            "TradingBot.sectors": {"Tools": ["ACM"]},
            "VehicleControlAPI.zipcode_by_city": {"Avalon": "00001"},
            "VehicleControlAPI.distance_km": [["00001", "00002", 12.5]],
            "MathAPI.imperial_si": {"m_to_ft": 3.25}},
         "long_context": {
            "CREDIT_CARD_EXTENSION": {"ext": {"balance": 500.0}},
            "WATCH_LIST_EXTENSION": ["ONE", "TWO", {"$ellipsis": true}],
            "MA_5_EXTENSION": [1.5, 2.5], "MA_20_EXTENSION": [1.0]}}
        """);

    public static readonly string Config = """
        {"GorillaFileSystem": {"root": {"home": {"type": "directory", "contents": {
            "a.txt": {"type": "file", "content": "b\na\nc"}, "d": {"type": "directory", "contents": {"inner.txt": {"type": "file", "content": "x"}}}}}}},
         "MessageAPI": {"user_map": {"Ann": "USR001", "Bob": "USR002"}, "user_count": 2, "inbox": [], "message_count": 0},
         "TwitterAPI": {"username": "ann", "password": "pw", "tweets": {"0": {"id": 0, "username": "ann", "content": "hi", "tags": ["#t"], "mentions": []}}, "tweet_counter": 1},
         "TradingBot": {"orders": {"1": {"id": 1, "symbol": "ACM", "status": "Open"}}, "account_info": {"balance": 1000.0}, "market_status": "Open",
            "order_counter": 2, "stocks": {"ACM": {"price": 10.0, "percent_change": 0.5}}, "watch_list": ["ACM"], "transaction_history": []},
         "TravelAPI": {"credit_card_list": {"c1": {"balance": 5000}}, "booking_record": {}, "access_token": "t", "token_expires_in": 9},
         "VehicleControlAPI": {"fuelLevel": 5.0}}
        """;

    public static BfclWorld World(bool longContext = false, string owner = "policy_task")
    {
        using var document = JsonDocument.Parse(Config);
        return BfclWorld.Create(Constants, AllClasses, document.RootElement, longContext, owner);
    }
}
