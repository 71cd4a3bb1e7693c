using System.Collections.Frozen;
using System.Collections.Immutable;
using FissionGrpo.Environments.Bfcl.Api;
using FissionGrpo.Environments.Python;

namespace FissionGrpo.Environments.Workshop.Full;

/// <summary>
/// Documents of the 128 functions in our own words, for who plays without the official data: names and parameters are the classes' own, in the
/// layout of BFCL's documents.
/// </summary>
internal static class OwnDocuments
{
    // name | what it does | parameter:type=meaning; a question mark after the name makes a parameter optional.
    private const string Source = """
        GorillaFileSystem
        cat|Shows the content of a file in the current directory.|file_name:string=Name of the file, without a path.
        cd|Enters a directory, one level at a time; '..' goes up.|folder:string=Name of a directory inside the current one, or '..'.
        cp|Copies a file or directory of the current directory into a directory, or to a new name.|source:string=What to copy.|destination:string=Directory or new name, without a path.
        diff|Compares two files of the current directory line by line.|file_name1:string=The first file.|file_name2:string=The second file.
        du|Tells how much space everything below the current directory takes.|human_readable?:boolean=Write the size with a fitting unit.
        echo|Shows a text, or writes it into an existing file, replacing what was there.|content:string=The text.|file_name?:string=The file to write to; nothing is written without it.
        find|Lists paths whose names contain a text, searching below a path.|path?:string=Where to search; '.' is the current directory.|name?:string=Text that the name must contain; all entries without it.
        grep|Shows the lines of a file that contain a text.|file_name:string=The file.|pattern:string=The text.
        ls|Lists the current directory.|a?:boolean=Also show names that begin with a dot.
        mkdir|Creates a directory in the current one.|dir_name:string=Its name.
        mv|Moves a file or directory of the current directory into a directory, or renames it.|source:string=What to move.|destination:string=Directory or new name, without a path.
        pwd|Tells the path of the current directory.
        rm|Removes a file, or a directory with all that is in it.|file_name:string=Its name.
        rmdir|Removes an empty directory.|dir_name:string=Its name.
        sort|Shows the lines of a file in order.|file_name:string=The file.
        tail|Shows the last lines of a file.|file_name:string=The file.|lines?:integer=How many; 10 by default.
        touch|Creates an empty file in the current directory.|file_name:string=Its name.
        wc|Counts the lines, words or characters of a file.|file_name:string=The file.|mode?:string='l' for lines, 'w' for words, 'c' for characters.
        MathAPI
        absolute_value|Absolute value of a number.|number:float=The number.
        add|Sum of two numbers.|a:float=The first.|b:float=The second.
        divide|Quotient of two numbers.|a:float=The dividend.|b:float=The divisor, not 0.
        imperial_si_conversion|Converts between imperial and metric units.|value:float=What to convert.|unit_in:string=Its unit.|unit_out:string=The unit wanted.
        logarithm|Logarithm of a number.|value:float=The number.|base:float=The base.|precision:integer=Digits of precision.
        max_value|The largest of some numbers.|numbers:array:float=The numbers.
        mean|Arithmetic mean of some numbers.|numbers:array:float=The numbers.
        min_value|The smallest of some numbers.|numbers:array:float=The numbers.
        multiply|Product of two numbers.|a:float=The first.|b:float=The second.
        percentage|What percentage a part is of a whole.|part:float=The part.|whole:float=The whole, not 0.
        power|A number raised to a power.|base:float=The number.|exponent:float=The power.
        round_number|Rounds a number.|number:float=The number.|decimal_places?:integer=Places after the point; 0 by default.
        si_unit_conversion|Converts between metric lengths: km, m, cm, mm, um, nm.|value:float=What to convert.|unit_in:string=Its unit.|unit_out:string=The unit wanted.
        square_root|Square root of a number.|number:float=The number, not negative.|precision:integer=Digits of precision.
        standard_deviation|Standard deviation of some numbers.|numbers:array:float=The numbers.
        subtract|Difference of two numbers.|a:float=From which is taken.|b:float=What is taken.
        sum_values|Sum of some numbers.|numbers:array:float=The numbers.
        MessageAPI
        add_contact|Adds a person to the workspace.|user_name:string=The person's name.
        delete_message|Deletes the last message sent to a user. Needs a login.|receiver_id:string=The user's id.
        get_message_stats|Counts messages and contacts. Needs a login.
        get_user_id|Tells a person's user id.|user:string=The person's name.
        list_users|Lists the people of the workspace.
        message_get_login_status|Tells whether somebody is logged in to the messages.
        message_login|Logs a user in to the messages.|user_id:string=The user's id.
        search_messages|Finds messages that contain a word. Needs a login.|keyword:string=The word.
        send_message|Sends a message. Needs a login.|receiver_id:string=The receiver's user id.|message:string=The text.
        view_messages_sent|Shows all messages sent. Needs a login.
        TwitterAPI
        authenticate_twitter|Logs in to the posting service.|username:string=The account's name.|password:string=Its password.
        comment|Comments on a post. Needs a login.|tweet_id:integer=The post's id.|comment_content:string=The comment.
        follow_user|Follows an account. Needs a login.|username_to_follow:string=The account's name.
        get_tweet|Shows a post.|tweet_id:integer=The post's id.
        get_tweet_comments|Shows the comments on a post.|tweet_id:integer=The post's id.
        get_user_stats|Counts an account's posts, reposts and followed accounts.|username:string=The account's name.
        get_user_tweets|Shows all posts of an account.|username:string=The account's name.
        list_all_following|Lists the accounts that are followed. Needs a login.
        mention|Mentions accounts in a post.|tweet_id:integer=The post's id.|mentioned_usernames:array:string=The accounts' names.
        post_tweet|Publishes a post. Needs a login.|content:string=The text.|tags?:array:string=Tags, each beginning with '#'.|mentions?:array:string=Accounts to mention, each beginning with '@'.
        posting_get_login_status|Tells whether somebody is logged in to the posting service.
        retweet|Shares a post again. Needs a login.|tweet_id:integer=The post's id.
        search_tweets|Finds posts by a word or tag.|keyword:string=The word or tag.
        unfollow_user|Stops following an account. Needs a login.|username_to_unfollow:string=The account's name.
        TicketAPI
        close_ticket|Closes a ticket.|ticket_id:integer=The ticket's id.
        create_ticket|Creates a ticket. Needs a login.|title:string=Its title.|description?:string=What it is about.|priority?:integer=From 1 (lowest) to 5 (highest); 1 by default.
        edit_ticket|Changes a ticket.|ticket_id:integer=The ticket's id.|updates:dict=New values of title, description, status or priority.
        get_ticket|Shows a ticket.|ticket_id:integer=The ticket's id.
        get_user_tickets|Lists the tickets of whoever is logged in.|status?:string=Only tickets of this status.
        logout|Logs out of the ticket system.
        resolve_ticket|Resolves a ticket.|ticket_id:integer=The ticket's id.|resolution:string=How it was resolved.
        ticket_get_login_status|Tells whether somebody is logged in to the ticket system.
        ticket_login|Logs in to the ticket system.|username:string=The user's name.|password:string=The password.
        TradingBot
        add_to_watchlist|Adds a stock to the watchlist.|stock:string=Its symbol.
        cancel_order|Cancels an order.|order_id:integer=The order's id.
        filter_stocks_by_price|Keeps the stocks whose price lies in a range.|stocks:array:string=Symbols.|min_price:float=The lowest price.|max_price:float=The highest price.
        fund_account|Deposits money. Needs a login.|amount:float=How much.
        get_account_info|Shows the account. Needs a login.
        get_available_stocks|Lists the stocks of a sector.|sector:string=The sector's name.
        get_current_time|Tells the time.
        get_order_details|Shows an order.|order_id:integer=The order's id.
        get_order_history|Lists the ids of all orders. Needs a login.
        get_stock_info|Shows price, change, volume and averages of a stock.|symbol:string=Its symbol.
        get_symbol_by_name|Tells the symbol of a company.|name:string=The company's name.
        get_transaction_history|Lists deposits and withdrawals. Needs a login.|start_date?:string=First day, YYYY-MM-DD.|end_date?:string=Last day, YYYY-MM-DD.
        get_watchlist|Shows the watchlist. Needs a login.
        notify_price_change|Tells which stocks moved by at least a threshold.|stocks:array:string=Symbols.|threshold:float=Percent.
        place_order|Places an order. Needs a login.|order_type:string='Buy' or 'Sell'.|symbol:string=The stock's symbol.|price:float=Price per share.|amount:integer=Number of shares.
        remove_stock_from_watchlist|Takes a stock off the watchlist. Needs a login.|symbol:string=Its symbol.
        trading_get_login_status|Tells whether somebody is logged in to the trading system.
        trading_login|Logs in to the trading system.|username:string=The user's name.|password:string=The password.
        trading_logout|Logs out of the trading system.
        withdraw_funds|Withdraws money while the market is open. Needs a login.|amount:float=How much.
        TravelAPI
        authenticate_travel|Logs in to the travel service and gives an access token.|client_id:string=The client's id.|client_secret:string=The client's secret.|refresh_token:string=The refresh token.|grant_type:string='read_write', 'read' or 'full_access'.|user_first_name:string=The traveller's first name.|user_last_name:string=The traveller's last name.
        book_flight|Books a flight.|access_token:string=The access token.|card_id:string=Id of the credit card that pays.|travel_date:string=Day of travel, YYYY-MM-DD.|travel_from:string=Code of the departure airport.|travel_to:string=Code of the destination airport.|travel_class:string='economy', 'business' or 'first'.
        cancel_booking|Cancels a booking and refunds it.|access_token:string=The access token.|booking_id:string=The booking's id.
        compute_exchange_rate|Changes an amount of money from or to USD.|base_currency:string=Code of the currency given.|target_currency:string=Code of the currency wanted.|value:float=The amount.
        contact_customer_support|Sends a message about a booking to customer support.|booking_id:string=The booking's id.|message:string=The message.
        get_all_credit_cards|Lists the registered credit cards.
        get_booking_history|Lists all bookings.|access_token:string=The access token.
        get_budget_fiscal_year|Tells the fiscal year of the budget.|lastModifiedAfter?:string=Ignored.|includeRemoved?:string=Ignored.
        get_credit_card_balance|Tells the balance of a credit card.|access_token:string=The access token.|card_id:string=The card's id.
        get_flight_cost|Tells what a flight costs.|travel_from:string=Code of the departure airport.|travel_to:string=Code of the destination airport.|travel_date:string=Day of travel, YYYY-MM-DD.|travel_class:string='economy', 'business' or 'first'.
        get_nearest_airport_by_city|Tells the airport next to a city.|location:string=The city.
        list_all_airports|Lists the codes of all airports.
        purchase_insurance|Buys an insurance for a booking.|access_token:string=The access token.|insurance_type:string=Name of the plan.|insurance_cost:float=Its cost.|booking_id:string=The booking's id.|card_id:string=Id of the credit card that pays.
        register_credit_card|Registers a credit card.|access_token:string=The access token.|card_number:string=Its number.|expiration_date:string=MM/YYYY.|cardholder_name:string=Its holder.|card_verification_number:integer=Its verification number.
        retrieve_invoice|Shows the invoice of a booking.|access_token:string=The access token.|booking_id?:string=The booking's id.|insurance_id?:string=The insurance's id.
        set_budget_limit|Limits what bookings may cost.|access_token:string=The access token.|budget_limit:float=The limit in USD.
        travel_get_login_status|Tells whether somebody is logged in to the travel service.
        verify_traveler_information|Checks a traveller's details.|first_name:string=First name.|last_name:string=Last name.|date_of_birth:string=YYYY-MM-DD.|passport_number:string=The passport's number.
        VehicleControlAPI
        activateParkingBrake|Engages or releases the parking brake.|mode:string='engage' or 'release'.
        adjustClimateControl|Sets temperature and fan.|temperature:float=The temperature.|unit?:string='celsius' or 'fahrenheit'.|fanSpeed?:integer=From 0 to 100.|mode?:string='auto', 'cool', 'heat' or 'defrost'.
        check_tire_pressure|Tells the pressure of all tires and whether it is healthy.
        displayCarStatus|Shows one part of the car's state.|option:string='fuel', 'battery', 'doors', 'climate', 'headlights', 'parkingBrake', 'brakePedal' or 'engine'.
        display_log|Shows messages on the log display.|messages:array:string=The messages.
        estimate_distance|Tells the distance between two zip codes.|cityA:string=The first zip code.|cityB:string=The second zip code.
        estimate_drive_feasibility_by_mileage|Tells whether the fuel lasts for a distance.|distance:float=Miles.
        fillFuelTank|Adds fuel; the tank holds 50 gallons.|fuelAmount:float=Gallons to add.
        find_nearest_tire_shop|Tells the address of the nearest tire shop.
        gallon_to_liter|Converts gallons to liters.|gallon:float=Gallons.
        get_current_speed|Tells the car's speed.
        get_outside_temperature_from_google|Asks Google for the outside temperature.
        get_outside_temperature_from_weather_com|Asks weather.com for the outside temperature.
        get_zipcode_based_on_city|Tells the zip code of a city.|city:string=The city.
        liter_to_gallon|Converts liters to gallons.|liter:float=Liters.
        lockDoors|Locks or unlocks doors.|unlock:boolean=True unlocks, False locks.|door:array:string='driver', 'passenger', 'rear_left', 'rear_right'.
        pressBrakePedal|Presses the brake pedal and holds it.|pedalPosition:float=From 0 (not at all) to 1 (fully).
        releaseBrakePedal|Releases the brake pedal.
        setCruiseControl|Sets cruise control; the engine must be running.|speed:float=From 0 to 120, a multiple of 5.|activate:boolean=True turns it on.|distanceToNextVehicle:float=Meters to keep.
        setHeadlights|Sets the headlights.|mode:string='on', 'off' or 'auto'.
        set_navigation|Navigates to a place.|destination:string=Street, city and state.
        startEngine|Starts the engine: all doors must be locked and the brake pedal fully pressed.|ignitionMode:string='START' or 'STOP'.
        """;

    /// <summary>The documents of each class.</summary>
    public static FrozenDictionary<string, ImmutableArray<PyDict>> ByClass { get; } = Read();

    private static FrozenDictionary<string, ImmutableArray<PyDict>> Read()
    {
        var classes = new Dictionary<string, ImmutableArray<PyDict>>(StringComparer.Ordinal);
        var current = "";
        foreach (var line in Source.Split('\n').Select(l => l.Trim()).Where(l => l.Length > 0))
            if (ApiTypes.All.ContainsKey(line))
                classes[current = line] = [];
            else
                classes[current] = classes[current].Add(Document(line.Split('|')));
        return classes.ToFrozenDictionary(StringComparer.Ordinal);
    }

    private static PyDict Document(string[] parts)
    {
        var (properties, required) = (new PyDict(), new PyList());
        foreach (var part in parts.Skip(2))
        {
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            var head = part[..equals].Split(':');
            var name = head[0].TrimEnd('?');
            var schema = new PyDict(("type", head[1]));
            if (head.Length > 2)
                schema["items"] = new PyDict(("type", head[2]));
            schema["description"] = part[(equals + 1)..];
            properties[name] = schema;
            if (!head[0].EndsWith('?'))
                required.Add(name);
        }
        return new PyDict(("name", parts[0]), ("description", parts[1]), ("parameters", new PyDict(("type", "dict"), ("properties", properties), ("required", required))));
    }
}
