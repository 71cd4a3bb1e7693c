using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using FissionGrpo.Episodes;
using static FissionGrpo.Environments.Workshop.WorkshopApi;

namespace FissionGrpo.Environments.Workshop;

/// <summary>What a driver wants.</summary>
internal static class VehicleGoals
{
    /// <summary>Gallons.</summary>
    private const int TankCapacity = 50;

    /// <summary>Numbers of two and of three digits: the way to write a wrong fan speed has to be learned where nothing goes wrong.</summary>
    private static readonly int[] WithHundreds = [.. Values.Numbers, .. Values.Numbers.Select(n => 100 + n)];

    /// <summary>Liters that fail as gallons with anything in the tank, fit when converted, and have no rounding tail in gallons: 50 L = 13.2086 gal.</summary>
    private static readonly int[] ExactInGallons =
        [.. Enumerable.Range(TankCapacity, 100).Where(n => (n * 0.264172).ToString(CultureInfo.InvariantCulture).Length < 10)];

    private static readonly ImmutableArray<string> StartBlockers = ["doors", "brake-soft", "brake"];

    public static readonly ImmutableArray<GoalTemplate> All =
    [
        new("vehicle.start", Vehicle, StartBlockers, StartBlockers, 0, Start),
        new("vehicle.cruise", Vehicle, ["engine-off", "speed"], StartBlockers, 2, Cruise),
        new("vehicle.fill", Vehicle, ["overfull"], [], 1, Fill),
        new("vehicle.fill-liters", Vehicle, ["liters"], [], 1, FillLiters),
        new("vehicle.climate", Vehicle, ["fan"], [], 2, Climate),
        new("vehicle.distance", Vehicle, ["city"], [], 2, Distance),
        new("vehicle.route", Vehicle, [], [], 2, Route),
        new("vehicle.zip", Vehicle, [], [], 1, ZipCode),
        new("vehicle.navigate", Vehicle, [], [], 1, Navigate),
        new("vehicle.go-by-zip", Vehicle, [], [], 2, GoByZip),
        new("vehicle.lights", Vehicle, [], [], 0, Lights),
        new("vehicle.status", Vehicle, [], [], 0, Status),
        new("vehicle.unlock", Vehicle, [], [], 0, Unlock),
        new("vehicle.release", Vehicle, [], [], 0, Release),
        new("vehicle.parking", Vehicle, [], [], 0, Parking),
        new("vehicle.feasible", Vehicle, [], [], 1, Feasible),
        new("vehicle.convert", Vehicle, [], [], 1, Convert),
        new("vehicle.tires", Vehicle, [], [], 0, Tires),
        new("vehicle.log", Vehicle, [], [], 2, Log),
    ];

    private static ImmutableArray<Mend> EngineMends =>
    [
        new("doors", "All doors must be locked", (oracle, failed) =>
            oracle.Make(ToolCall.Of("lockDoors", ("unlock", false), ("door", DoorsNamedIn(failed.Error)))) is null ? null : failed.Call),
        Mend.After("brake", "Brake pedal needs to be pressed", ToolCall.Of("pressBrakePedal", ("pedalPosition", 1))),
        Mend.After("brake-soft", "Must press the brake fully", ToolCall.Of("pressBrakePedal", ("pedalPosition", 1))),
        Mend.After("engine-off", "Start the engine before", ToolCall.Of("startEngine", ("ignitionMode", "START"))),
    ];

    private static string[] DoorsNamedIn(string error) =>
        [.. VehicleScene.Doors.Where(d => error.Contains(d, StringComparison.Ordinal))];

    private static void ReadyToStart(Draft draft, BlockerSet blockers)
    {
        draft.Claim(ref draft.Vehicle.UnlockedDoors, blockers.Has("doors") ? draft.Vehicle.UnlockedDoors ?? draft.Rng.Next(1, 16) : 0);
        draft.Claim(ref draft.Vehicle.Brake, blockers.Has("brake") ? 0 : blockers.Has("brake-soft") ? 1 : 2);
    }

    private static Goal? Start(Draft draft, BlockerSet blockers)
    {
        if (blockers.Has("brake") && blockers.Has("brake-soft"))
            return null;
        ReadyToStart(draft, blockers);
        draft.Claim(ref draft.Vehicle.EngineRunning, false);
        return new("vehicle.start", draft.Say("vehicle.start"), ToolCall.Of("startEngine", ("ignitionMode", "START")), false, EngineMends);
    }

    private static Goal? Cruise(Draft draft, BlockerSet blockers)
    {
        if (blockers.Has("brake") && blockers.Has("brake-soft"))
            return null;
        if (blockers.Has("engine-off"))
        {
            ReadyToStart(draft, blockers);
            draft.Claim(ref draft.Vehicle.EngineRunning, false);
        }
        else if (StartBlockers.Any(blockers.Has))
        {
            return null;
        }
        var right = draft.Number("cruise speed", n => n % 5 == 0);
        var wrong = blockers.Has("speed") ? draft.Number("cruise wrong speed", n => n % 5 != 0) : (int?)null;
        var distance = draft.Number("cruise distance");
        return new(
            "vehicle.cruise",
            draft.Say("vehicle.cruise", wrong ?? right, distance) + Otherwise(draft, wrong is not null, $"speed {right}", "cruise speed", n => n % 5 == 0),
            ToolCall.Of("setCruiseControl", ("speed", wrong ?? right), ("activate", true), ("distanceToNextVehicle", distance)),
            false,
            [Mend.Change("speed", "Invalid speed", "speed", right), .. EngineMends]);
    }

    private static Goal? Fill(Draft draft, BlockerSet blockers)
    {
        // What is too much depends on what is in the tank, not on the amount: the wrong amounts are amounts like any other.
        var right = draft.Number("fuel", n => n <= 45);
        var wrong = blockers.Has("overfull") ? draft.Number("too much fuel", n => n is >= 20 and <= 45) : (int?)null;
        if (wrong <= right)
            return null;
        var least = wrong is { } amount ? TankCapacity - amount + 1 : 1; // more than fits with the wrong amount, not with the right one
        draft.Claim(ref draft.Vehicle.Fuel, draft.Vehicle.Fuel ?? draft.Rng.Next(least, TankCapacity - right + 1));
        return new(
            "vehicle.fill",
            draft.Say("vehicle.fill", wrong ?? right) + Otherwise(draft, wrong is not null, $"{right}", "fuel", n => n <= 45),
            ToolCall.Of("fillFuelTank", ("fuelAmount", wrong ?? right)),
            false,
            [Mend.Change("overfull", "above the tank capacity", "fuelAmount", right)]);
    }

    private static Goal? FillLiters(Draft draft, BlockerSet blockers)
    {
        if (!blockers.Has("liters"))
            return null;
        draft.Claim(ref draft.Vehicle.Fuel, draft.Vehicle.Fuel ?? draft.Rng.Next(1, 10));
        var liters = draft.Number("liters", ExactInGallons);
        return new(
            "vehicle.fill-liters",
            draft.Say("vehicle.fill-liters", liters),
            ToolCall.Of("fillFuelTank", ("fuelAmount", liters)),
            false,
            [
                new("liters", "above the tank capacity", (oracle, failed) =>
                    oracle.Make(ToolCall.Of("liter_to_gallon", ("liter", liters))) is { } answer
                        ? failed.Call.With("fuelAmount", ResultText.Member(answer, "gallon")) : null),
            ]);
    }

    private static Goal Climate(Draft draft, BlockerSet blockers)
    {
        var temperature = draft.Number("temperature");
        var right = draft.Number("fan");
        var wrong = blockers.Has("fan") ? 100 + draft.Number("wrong fan") : (int?)null;
        return new(
            "vehicle.climate",
            draft.Say("vehicle.climate", temperature, wrong ?? right) + Otherwise(draft, wrong is not null, $"fan {right}", "fan"),
            ToolCall.Of("adjustClimateControl", ("temperature", temperature), ("fanSpeed", wrong ?? right)),
            false,
            [Mend.Change("fan", "Fan speed must be between", "fanSpeed", right)]);
    }

    private static Goal? Distance(Draft draft, BlockerSet blockers)
    {
        if (!blockers.Has("city"))
            return null;
        var (from, to) = (draft.Word("city from"), draft.Word("city to"));
        draft.Vehicle.AddRoute(draft, from, to);
        return new(
            "vehicle.distance",
            draft.Say("vehicle.distance", $"\"{from}\"", $"\"{to}\""),
            ToolCall.Of("estimate_distance", ("cityA", from), ("cityB", to)),
            true,
            [
                new("city", "distance not found", (oracle, failed) =>
                    oracle.Make(ToolCall.Of("get_zipcode_based_on_city", ("city", from))) is { } first
                    && oracle.Make(ToolCall.Of("get_zipcode_based_on_city", ("city", to))) is { } second
                        ? ToolCall.Of("estimate_distance", ("cityA", ResultText.Member(first, "zipcode")), ("cityB", ResultText.Member(second, "zipcode")))
                        : null),
            ]);
    }

    /// <summary>The same between zip codes, which the user knows.</summary>
    private static Goal Route(Draft draft, BlockerSet blockers)
    {
        var (from, to) = draft.Vehicle.AddRoute(draft, draft.SceneWord(), draft.SceneWord());
        return Simple(draft, "vehicle.route", [$"\"{from}\"", $"\"{to}\""], ToolCall.Of("estimate_distance", ("cityA", from), ("cityB", to)), reads: true);
    }

    private static Goal ZipCode(Draft draft, BlockerSet blockers)
    {
        var city = draft.Word("city to look up");
        draft.Vehicle.AddRoute(draft, city, draft.SceneWord());
        return Simple(draft, "vehicle.zip", [$"\"{city}\""], ToolCall.Of("get_zipcode_based_on_city", ("city", city)), reads: true);
    }

    /// <summary>Copying from a result, where nothing goes wrong.</summary>
    private static Goal GoByZip(Draft draft, BlockerSet blockers)
    {
        var city = draft.Word("city to go to");
        draft.Vehicle.AddRoute(draft, city, draft.SceneWord());
        var lookUp = ToolCall.Of("get_zipcode_based_on_city", ("city", city));
        return new("vehicle.go-by-zip", draft.Say("vehicle.go-by-zip", $"\"{city}\""), lookUp, false, [])
        {
            Plan = oracle => oracle.Make(lookUp) is { } answer
                ? oracle.Make(ToolCall.Of("set_navigation", ("destination", ResultText.Member(answer, "zipcode")))) : null,
        };
    }

    private static Goal Navigate(Draft draft, BlockerSet blockers)
    {
        var place = draft.Word("destination");
        return Simple(draft, "vehicle.navigate", [$"\"{place}\""], ToolCall.Of("set_navigation", ("destination", place)));
    }

    private static Goal Lights(Draft draft, BlockerSet blockers)
    {
        var mode = draft.Rng.Chance(0.5) ? "on" : "off";
        if (draft.Vehicle.Headlights is not null)
            draft.Fail();
        draft.Vehicle.Headlights = mode == "on" ? "off" : "on";
        return Simple(draft, "vehicle.lights", [mode], ToolCall.Of("setHeadlights", ("mode", mode)));
    }

    private static Goal Status(Draft draft, BlockerSet blockers)
    {
        var option = draft.Rng.Pick<string>(["fuel", "battery", "doors", "climate", "headlights", "engine"]);
        return Simple(draft, "vehicle.status", [option], ToolCall.Of("displayCarStatus", ("option", option)), reads: true);
    }

    private static Goal Unlock(Draft draft, BlockerSet blockers)
    {
        var door = draft.Rng.Next(VehicleScene.Doors.Length);
        draft.Claim(ref draft.Vehicle.UnlockedDoors, draft.Vehicle.UnlockedDoors ?? draft.Rng.Next(16) & ~(1 << door));
        return Simple(draft, "vehicle.unlock", [$"\"{VehicleScene.Doors[door]}\""],
            ToolCall.Of("lockDoors", ("unlock", true), ("door", new[] { VehicleScene.Doors[door] })));
    }

    private static Goal Release(Draft draft, BlockerSet blockers)
    {
        draft.Claim(ref draft.Vehicle.Brake, draft.Vehicle.Brake ?? draft.Rng.Next(1, 3));
        return Simple(draft, "vehicle.release", [], ToolCall.Of("releaseBrakePedal"));
    }

    private static Goal Parking(Draft draft, BlockerSet blockers)
    {
        var engage = draft.Rng.Chance(0.5);
        draft.Claim(ref draft.Vehicle.ParkingBrakeEngaged, !engage);
        var mode = engage ? "engage" : "release";
        return Simple(draft, "vehicle.parking", [mode], ToolCall.Of("activateParkingBrake", ("mode", mode)));
    }

    private static Goal Feasible(Draft draft, BlockerSet blockers)
    {
        var miles = draft.Number("miles", WithHundreds);
        return Simple(draft, "vehicle.feasible", [miles], ToolCall.Of("estimate_drive_feasibility_by_mileage", ("distance", miles)), reads: true);
    }

    private static Goal Convert(Draft draft, BlockerSet blockers)
    {
        var liters = draft.Number("liters to convert", WithHundreds);
        return Simple(draft, "vehicle.convert", [liters], ToolCall.Of("liter_to_gallon", ("liter", liters)), reads: true);
    }

    private static Goal Tires(Draft draft, BlockerSet blockers) =>
        Simple(draft, "vehicle.tires", [], ToolCall.Of("check_tire_pressure"), reads: true);

    private static Goal Log(Draft draft, BlockerSet blockers)
    {
        var (first, second) = (draft.Word("first word to show"), draft.Word("second word to show"));
        return Simple(draft, "vehicle.log", [$"\"{first}\"", $"\"{second}\""], ToolCall.Of("display_log", ("messages", new[] { first, second })), reads: true);
    }

    private static Goal Simple(Draft draft, string kind, object[] slots, ToolCall call, bool reads = false) =>
        new(kind, draft.Say(kind, slots), call, reads, []);

    /// <summary>What to do instead when the call is refused; sometimes said although it is not needed, so that it does not give the blocker away.</summary>
    private static string Otherwise(Draft draft, bool needed, string right, string slot, Func<int, bool>? fits = null)
    {
        if (needed)
            return $" or {right} if that fails";
        if (!draft.Rng.Chance(0.4))
            return "";
        var other = draft.Number(slot, fits).ToString(CultureInfo.InvariantCulture);
        var words = right.LastIndexOf(' ');
        return $" or {(words < 0 ? "" : right[..(words + 1)])}{other} if that fails";
    }
}

/// <summary>Reads values out of result texts.</summary>
internal static class ResultText
{
    /// <summary>A member of a JSON object, as it is spelled.</summary>
    public static JsonElement Member(string json, string name)
    {
        using var document = JsonDocument.Parse(json);
        return document.RootElement.GetProperty(name).Clone();
    }
}
