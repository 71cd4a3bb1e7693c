using System.Collections.Immutable;
using FissionGrpo.Environments.Python;

namespace FissionGrpo.Environments.Workshop.Full;

/// <summary>VehicleControlAPI: the engine wants locked doors and a pressed brake, the tank is in gallons, distances go by zip codes.</summary>
internal static class VehicleWishes
{
    private const string Api = "VehicleControlAPI";
    private const double Tank = 50.0;

    private static readonly string[] Doors = ["driver", "passenger", "rear_left", "rear_right"];

    public static ImmutableArray<Wish> List { get; } =
    [
        new("vehicle.start", 110, s => $"{s.Look(Api, "engine_state")}" != "running" && Start(s) ? [] : null,
            "start the engine", "get the car running", "It is time to go; turn the engine on, whatever that takes.", "bring the engine to life", "fire up the engine in START mode", "make the car ready to drive by starting the engine", "Please have the engine running.", "switch the ignition to START"),
        new("vehicle.fill", 14, s =>
            {
                var room = Tank - Number(s, "fuelLevel");
                if (room < 6)
                    return null;
                var gallons = (double)s.Rng.Next(3, (int)Math.Min(40, room));
                s.Do("fillFuelTank", ("fuelAmount", gallons));
                return [("amount", Phrases.Number(gallons))];
            },
            "put {amount} gallons of fuel in the tank", "fill {amount} gallons into the tank", "The tank needs {amount} more gallons.", "add {amount} gallons of fuel")
        {
            Vague = ["put some more fuel in the tank", "fill fuel into the tank", "The tank needs more gallons.", "add some fuel"],
            Supply = ["Make it {amount} gallons.", "{amount} gallons, please.", "I am thinking of {amount} gallons.", "The amount is {amount} gallons."],
        },
        new("vehicle.fill-up", 8, s =>
            {
                var room = Tank - Number(s, "fuelLevel");
                if (room < 2)
                    return null;
                var looks = s.Rng.Chance(0.5);
                if (looks)
                    s.Do("displayCarStatus", ("option", "fuel"));
                else
                    s.TellOnce("tank", $"The tank holds {Tank:0} gallons and there are {Phrases.Number(Number(s, "fuelLevel"))} in it.");
                s.Do("fillFuelTank", ("fuelAmount", Math.Round(room, 2)));
                return [("first", looks ? "check the fuel status and then " : "")];
            },
            "{first}fill the 50 gallon tank to the brim", "{first}top the 50 gallon tank up completely", "{first}fill up the tank, which takes 50 gallons in all", "{first}make the 50 gallon tank full"),
        new("vehicle.fill-liters", 7, s =>
            {
                var liters = (double)s.Rng.Next(8, 60);
                var gallons = PyNumber.ToFloat(s.Do("liter_to_gallon", ("liter", liters))["gallon"]);
                if (gallons > Tank - Number(s, "fuelLevel"))
                    return s.Fail();
                s.Do("fillFuelTank", ("fuelAmount", gallons));
                return [("amount", Phrases.Number(liters))];
            },
            "put {amount} liters of fuel in the tank, converted to gallons without rounding", "fill {amount} liters into the tank; convert them to gallons and do not round", "The tank needs {amount} liters more, but the car counts gallons: convert exactly.", "add {amount} liters of fuel (the exact gallons, please)")
        {
            Vague = ["put a few liters of fuel in the tank, converted to gallons without rounding", "fill some liters into the tank; convert them to gallons and do not round", "The tank needs some liters more, but the car counts gallons: convert exactly.", "add fuel by the liter (the exact gallons, please)"],
            Supply = ["It is {amount} liters.", "Take {amount} liters.", "{amount} liters.", "I want {amount} liters in."],
        },
        new("vehicle.to-gallons", 2, s => Convert(s, "liter_to_gallon", "liter"),
            "tell me how many gallons {amount} liters are", "What are {amount} liters in gallons?", "convert {amount} liters to gallons", "express {amount} liters as gallons"),
        new("vehicle.to-liters", 5, s => Convert(s, "gallon_to_liter", "gallon"),
            "tell me how many liters {amount} gallons are", "What are {amount} gallons in liters?", "convert {amount} gallons to liters", "express {amount} gallons as liters"),
        new("vehicle.distance", 10, s => Distance(s) is var (a, b, _) ? [("a", a), ("b", b)] : null,
            "estimate the distance between {a} and {b}", "How far is it from {a} to {b}?", "tell me how long the road from {a} to {b} is", "work out how far apart {a} and {b} are")
        {
            Vague = ["estimate the distance between {a} and my destination", "How far is it from {a} to where I am going?", "tell me how long the road from {a} is", "work out how far I am from {a}"],
            Supply = ["I am going to {b}.", "The other city is {b}.", "I mean {b}.", "My destination is {b}."],
        },
        new("vehicle.distance-feasible", 4, s =>
            {
                if (Distance(s) is not var (a, b, miles))
                    return null;
                s.Do("estimate_drive_feasibility_by_mileage", ("distance", miles));
                return [("a", a), ("b", b)];
            },
            "estimate how far {a} is from {b} and whether the fuel lasts for that", "find the distance from {a} to {b} and tell me if we can drive it without refuelling", "Can the car make it from {a} to {b}? Get the distance first, then check the mileage.",
            "check the way from {a} to {b}: the distance, and if the tank is enough for it"),
        new("vehicle.feasible", 6, s =>
            {
                var miles = (double)(s.Rng.Next(2, 90) * 10);
                s.Do("estimate_drive_feasibility_by_mileage", ("distance", miles));
                return [("miles", Phrases.Number(miles))];
            },
            "tell me whether we can drive {miles} miles with the fuel we have", "Will the tank last for {miles} miles?", "check if {miles} miles are feasible with the present fuel", "find out if the car can do {miles} miles as it is")
        {
            Vague = ["tell me whether we can drive that far with the fuel we have", "Will the tank last for the whole way?", "check if the trip is feasible with the present fuel", "find out if the car can do the trip as it is"],
            Supply = ["It is {miles} miles.", "The distance is {miles} miles.", "We are talking about {miles} miles.", "{miles} miles."],
        },
        new("vehicle.zip", 2, s =>
            {
                if (s.Tables.ZipCities.IsEmpty)
                    return null;
                var (city, _) = s.Rng.Pick(s.Tables.ZipCities.AsSpan());
                s.Do("get_zipcode_based_on_city", ("city", city));
                return [("city", city)];
            },
            "look up the zip code of {city}", "What is the zip code of {city}?", "find out which zip code belongs to {city}", "get me the postal code for {city}"),
        new("vehicle.tires", 9, s =>
            {
                s.Do("check_tire_pressure");
                return [];
            },
            "check the tire pressure", "How are the tires? Check their pressure.", "take a look at the pressure of all tires", "read out the tire pressures"),
        new("vehicle.tires-shop", 7, s =>
            {
                s.Do("check_tire_pressure");
                s.Do("find_nearest_tire_shop");
                return [];
            },
            "check the tire pressure and find me the nearest tire shop", "look at the tires and tell me where the closest tire shop is", "The tires worry me: their pressure, please, and the address of the nearest shop for tires.", "read the tire pressures and locate a tire shop close by"),
        new("vehicle.shop", 3, s =>
            {
                s.Do("find_nearest_tire_shop");
                return [];
            },
            "find the nearest tire shop", "Where is the closest tire shop?", "locate a tire shop around here", "tell me which tire shop is nearest"),
        new("vehicle.shop-navigate", 5, s =>
            {
                var shop = s.Do("find_nearest_tire_shop")["shopLocation"];
                s.Do("set_navigation", ("destination", shop));
                return [];
            },
            "find the nearest tire shop and navigate there", "locate a tire shop close by and set the navigation to it", "Take me to the closest tire shop: look it up and start the navigation.", "set course for whichever tire shop is nearest"),
        new("vehicle.navigate", 5, s =>
            {
                var place = Phrases.Text($"{s.Rng.Next(2, 400)} {s.Pools.LastName(ref s.Rng)} {s.OneOf("Street", "Lane", "Road", "Quay")}, {(s.Tables.ZipCities.IsEmpty ? "Saltmarsh" : s.Rng.Pick(s.Tables.ZipCities.AsSpan()).City)}");
                s.Do("set_navigation", ("destination", place));
                return [("place", s.Quote(place))];
            },
            "set the navigation to {place}", "navigate to {place}", "Guide me to {place}.", "make {place} the destination")
        {
            Vague = ["set the navigation for me", "navigate to my appointment", "Guide me to my destination.", "set the destination"],
            Supply = ["The address is {place}.", "I have to go to {place}.", "It is {place}.", "Enter {place}."],
        },
        new("vehicle.status", 6, s =>
            {
                var (option, words) = s.Rng.Pick<(string, string)>([("fuel", "fuel level"), ("battery", "battery"), ("doors", "doors"), ("climate", "climate settings"), ("headlights", "headlights"), ("parkingBrake", "parking brake"), ("brakePedal", "brake pedal"), ("engine", "engine")]);
                s.Do("displayCarStatus", ("option", option));
                return [("part", words)];
            },
            "display the status of the {part}", "show me the car status for the {part}", "What is the state of the {part}? Show the car status for it.", "bring up the car status of the {part}"),
        new("vehicle.lock", 4, s =>
            {
                if ((int)s.Look(Api, "remainingUnlockedDoors").SmallInt == 0)
                    return null;
                LockAll(s);
                return [];
            },
            "lock all doors", "make sure that every door is locked", "No door should stay open; lock all four.", "secure the car by locking each door"),
        new("vehicle.unlock", 2, s =>
            {
                var doors = s.Dict(Api, "doorStatus");
                var chosen = s.Rng.Pick<string>(Doors);
                if ($"{doors[chosen]}" != "locked")
                    return null;
                s.Do("lockDoors", ("unlock", true), ("door", new PyList([chosen])));
                return [("door", chosen.Replace('_', ' '))];
            },
            "unlock the {door} door", "open the lock of the {door} door", "Somebody wants to get in; unlock only the {door} door.", "release the lock on the {door} door")
        {
            Vague = ["unlock one of the doors", "open the lock of a door", "Somebody wants to get in; unlock only that door.", "release the lock on one door"],
            Supply = ["I mean the {door} door.", "The {door} one.", "It is the {door} door.", "Take the {door} door."],
        },
        new("vehicle.parking-brake", 6, s =>
            {
                var engaged = $"{s.Look(Api, "parkingBrakeStatus")}" == "engaged";
                s.Do("activateParkingBrake", ("mode", engaged ? "release" : "engage"));
                return [("act", engaged ? "release" : "engage"), ("state", engaged ? "released" : "engaged")];
            },
            "{act} the parking brake", "I want the parking brake {state}.", "see to it that the parking brake is {state}", "have the parking brake {state}"),
        new("vehicle.brake", 2.5, s =>
            {
                s.Do("pressBrakePedal", ("pedalPosition", 1.0));
                return [];
            },
            "press the brake pedal all the way down", "step on the brake fully", "Push the brake pedal to the floor.", "apply the full brake pedal"),
        new("vehicle.release-brake", 0.6, s =>
            {
                if ($"{s.Look(Api, "brakePedalStatus")}" != "pressed")
                    return null;
                s.Do("releaseBrakePedal");
                return [];
            },
            "let go of the brake pedal", "release the brake pedal", "Take the foot off the brake pedal.", "ease the brake pedal off completely"),
        new("vehicle.lights", 1.5, s =>
            {
                var mode = $"{s.Look(Api, "headLightStatus")}" == "on" ? "off" : "on";
                s.Do("setHeadlights", ("mode", mode));
                return [("mode", mode)];
            },
            "turn the headlights {mode}", "switch the headlights {mode}", "The headlights should be {mode}.", "set the headlights to {mode}"),
        new("vehicle.cruise", 1.5, s =>
            {
                if ($"{s.Look(Api, "engine_state")}" != "running" && !Start(s))
                    return null;
                var (speed, gap) = (s.Rng.Next(8, 24) * 5, s.Rng.Next(4, 12) * 10);
                s.Do("setCruiseControl", ("speed", speed), ("activate", true), ("distanceToNextVehicle", gap));
                return [("speed", $"{speed}"), ("gap", $"{gap}")];
            },
            "set the cruise control to {speed} with a distance of {gap} to the next vehicle", "activate cruise control at {speed}, keeping {gap} meters behind the next vehicle", "Let us cruise at {speed} and stay {gap} meters off the car ahead, with cruise control active.", "turn cruise control on for {speed} with a gap of {gap}"),
        new("vehicle.climate", 1, s =>
            {
                var (degrees, fan) = (s.Rng.Next(17, 27), s.Rng.Next(2, 10) * 10);
                s.Do("adjustClimateControl", ("temperature", degrees), ("unit", "celsius"), ("fanSpeed", fan), ("mode", "auto"));
                return [("degrees", $"{degrees}"), ("fan", $"{fan}")];
            },
            "set the climate control to {degrees} degrees Celsius with the fan at {fan}, mode auto", "make it {degrees} Celsius in here, fan speed {fan}, automatic mode", "I would like {degrees} degrees Celsius with a fan speed of {fan} in auto mode.", "adjust the climate: {degrees} Celsius, fan {fan}, auto"),
        new("vehicle.outside", 1, s =>
            {
                s.Do("get_outside_temperature_from_google");
                return [];
            },
            "find out the temperature outside from Google", "How warm is it outside according to Google?", "ask Google for the outside temperature", "get Google's outside temperature"),
        new("vehicle.speed", 0.5, s =>
            {
                s.Do("get_current_speed");
                return [];
            },
            "tell me the current speed of the car", "How fast are we going?", "read the current speed", "check our present speed"),
        new("vehicle.log", 0.6, s =>
            {
                var (one, two) = (s.Pools.Message(ref s.Rng), s.Pools.Message(ref s.Rng));
                if (one == two)
                    return null;
                s.Do("display_log", ("messages", new PyList([one, two])));
                return [("one", s.Quote(one)), ("two", s.Quote(two))];
            },
            "show {one} and {two} on the car's log display", "put the messages {one} and {two} on the display log", "The log display should read {one} and then {two}.", "display the log messages {one} and {two}"),
    ];

    private static double Number(Stage s, string attribute) => PyNumber.ToFloat(s.Look(Api, attribute));

    private static void LockAll(Stage s) => s.Do("lockDoors", ("unlock", false), ("door", new PyList([.. Doors.Select(d => (PyValue)d)])));

    /// <summary>Starts the engine and does before that what the car asks for.</summary>
    private static bool Start(Stage s)
    {
        if ((int)s.Look(Api, "remainingUnlockedDoors").SmallInt > 0)
            LockAll(s);
        if (Number(s, "_brakePedalForce") != 1000)
            s.Do("pressBrakePedal", ("pedalPosition", 1.0));
        s.Do("startEngine", ("ignitionMode", "START"));
        return !s.Broken;
    }

    private static (string, string)[]? Convert(Stage s, string method, string parameter)
    {
        var amount = s.Rng.Chance(0.7) ? s.Rng.Next(3, 80) : s.Cents(2, 60);
        s.Do(method, (parameter, amount));
        return [("amount", Phrases.Number(amount))];
    }

    public static (string A, string B, PyValue Miles)? Distance(Stage s)
    {
        if (s.Tables.Distances.IsEmpty)
            return null;
        var (a, b) = s.Rng.Pick(s.Tables.Distances.AsSpan());
        var from = s.Do("get_zipcode_based_on_city", ("city", a))["zipcode"];
        var to = s.Do("get_zipcode_based_on_city", ("city", b))["zipcode"];
        return (a, b, s.Do("estimate_distance", ("cityA", from), ("cityB", to))["distance"]);
    }
}
