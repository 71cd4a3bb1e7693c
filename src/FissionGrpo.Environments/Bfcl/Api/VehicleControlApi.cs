using FissionGrpo.Environments.Python;

namespace FissionGrpo.Environments.Bfcl.Api;

/// <summary><c>VehicleControlAPI</c>: engine, doors, climate, brakes, cruise control, navigation (specification section 13).</summary>
internal sealed class VehicleControlApi(BfclConstants constants) : ApiClass(Type, constants)
{
    private const double TankCapacity = 50.0;
    private const double MilesPerGallon = 20.0;

    private const int FuelLevel = 0;
    private const int BatteryVoltage = 1;
    private const int EngineState = 2;
    private const int UnlockedDoors = 3;
    private const int DoorStatus = 4;
    private const int AcTemperature = 5;
    private const int FanSpeed = 6;
    private const int AcMode = 7;
    private const int Humidity = 8;
    private const int HeadLights = 9;
    private const int ParkingBrake = 10;
    private const int BrakePedal = 11;
    private const int Distance = 12;
    private const int Cruise = 13;
    private const int Destination = 14;
    private const int FrontLeft = 15;
    private const int RearRight = 18;
    private const int ParkingBrakeForce = 19;
    private const int Slope = 20;
    private const int BrakeForce = 21;
    private const int LongContextFlag = 22;

    public static readonly new ApiType Type = new(
        "VehicleControlAPI",
        [
            Attribute("fuelLevel", 0.0), Attribute("batteryVoltage", 12.6), Attribute("engine_state", "stopped", "engineState"),
            Attribute("remainingUnlockedDoors", 4), Container("doorStatus", Doors), Attribute("acTemperature", 25.0), Attribute("fanSpeed", 50),
            Attribute("acMode", "auto"), Attribute("humidityLevel", 50.0), Attribute("headLightStatus", "off"),
            Attribute("parkingBrakeStatus", "released"), Attribute("brakePedalStatus", "released"), Attribute("distanceToNextVehicle", 50.0),
            Attribute("cruiseStatus", "inactive"), Attribute("destination", "None"), Attribute("frontLeftTirePressure", 32.0),
            Attribute("frontRightTirePressure", 32.0), Attribute("rearLeftTirePressure", 30.0), Attribute("rearRightTirePressure", 30.0),
            Attribute("_parkingBrakeForce", 0.0, "parkingBrakeForce", false), Attribute("_slopeAngle", 0.0, "slopeAngle", false),
            Attribute("_brakePedalForce", 0.0, "brakePedalForce", false), Attribute("long_context", false),
        ],
        new MethodTable<VehicleControlApi>("VehicleControlAPI")
            .Sets("startEngine", (v, a) => v.StartEngine(a[0]), Required("ignitionMode"))
            .Sets("fillFuelTank", (v, a) => v.FillFuelTank(a[0]), Required("fuelAmount"))
            .Changes("lockDoors", (v, a) => v.LockDoors(a[0], a[1]), Required("unlock"), Required("door"))
            .Sets("adjustClimateControl", (v, a) => v.AdjustClimate(a[0], a[1], a[2], a[3]),
                Required("temperature"), Optional("unit", "celsius"), Optional("fanSpeed", 50), Optional("mode", "auto"))
            .Sets("get_outside_temperature_from_google", (v, _) => v.OutsideTemperature())
            .Reads("get_outside_temperature_from_weather_com", (_, _) => new PyDict(("error", 404)))
            .Sets("setHeadlights", (v, a) => v.SetHeadlights(a[0]), Required("mode"))
            .Reads("displayCarStatus", (v, a) => v.DisplayStatus(a[0]), Required("option"))
            .Sets("activateParkingBrake", (v, a) => v.ActivateParkingBrake(a[0]), Required("mode"))
            .Sets("pressBrakePedal", (v, a) => v.PressBrakePedal(a[0]), Required("pedalPosition"))
            .Sets("releaseBrakePedal", (v, _) => v.ReleaseBrakePedal())
            .Sets("setCruiseControl", (v, a) => v.SetCruiseControl(a[0], a[1], a[2]),
                Required("speed"), Required("activate"), Required("distanceToNextVehicle"))
            .Sets("get_current_speed", (v, _) => new PyDict(("currentSpeed", v.Draw.NextUniform(0, 120))))
            .Reads("display_log", (_, a) => new PyDict(("log", a[0])), Required("messages"))
            .Reads("estimate_drive_feasibility_by_mileage", (v, a) => v.CanDrive(a[0]), Required("distance"))
            .Reads("liter_to_gallon", (_, a) => new PyDict(("gallon", PyNumber.Multiply(a[0], 0.264172))), Required("liter"))
            .Reads("gallon_to_liter", (_, a) => new PyDict(("liter", PyNumber.Multiply(a[0], 3.78541))), Required("gallon"))
            .Reads("estimate_distance", (v, a) => v.EstimateDistance(a[0], a[1]), Required("cityA"), Required("cityB"))
            .Reads("get_zipcode_based_on_city", (v, a) => v.ZipCode(a[0]), Required("city"))
            .Sets("set_navigation", (v, a) => v.SetNavigation(a[0]), Required("destination"))
            .Reads("check_tire_pressure", (v, _) => v.TirePressure())
            .Reads("find_nearest_tire_shop", (_, _) => new PyDict(("shopLocation", "456 Oakwood Avenue, Rivermist, 83214")))
            .Build(),
        constants => new VehicleControlApi(constants));

    protected override int? DefaultSeed => 141053;

    protected override void Loaded(PyDict? scenario)
    {
        var locked = 0;
        if (this[DoorStatus].TryGet<PyDict>(out var doors))
            foreach (var status in doors.Values)
                locked += Is(status, "locked") ? 1 : 0;
        this[UnlockedDoors] = 4 - locked;
        this[LongContextFlag] = LongContext;
    }

    private static PyValue Doors()
    {
        var doors = new PyDict();
        foreach (var door in (ReadOnlySpan<string>)["driver", "passenger", "rear_left", "rear_right"])
            doors[door] = "unlocked";
        return doors;
    }

    private PyDict StartEngine(PyValue mode)
    {
        if (Is(mode, "STOP"))
            this[EngineState] = "stopped";
        if (PyOps.Greater(this[UnlockedDoors], 0))
        {
            var open = new List<string>();
            var doors = (PyDict)this[DoorStatus].Reference!;
            for (var i = 0; i < doors.Count; i++)
                if (Is(doors.Values[i], "unlocked"))
                    open.Add($"{doors.Keys[i]}");
            return Error($"All doors must be locked before starting the engine. Here are the unlocked doors: {string.Join(", ", open)}");
        }
        if (!Is(this[BrakePedal], "pressed"))
            return Error("Brake pedal needs to be pressed when starting the engine.");
        if (!PyOps.Equals(this[BrakeForce], 1000.0))
            return Error("Must press the brake fully before starting the engine.");
        if (PyOps.Less(this[FuelLevel], 0))
            return Error("Fuel tank is empty.");
        if (!Is(mode, "START"))
            return Error("Invalid ignition mode.");
        this[EngineState] = "running";
        return new PyDict(("engineState", this[EngineState]), ("fuelLevel", this[FuelLevel]), ("batteryVoltage", this[BatteryVoltage]));
    }

    private PyDict FillFuelTank(PyValue amount)
    {
        if (PyOps.Less(amount, 0))
            return Error("Fuel amount cannot be negative.");
        if (PyOps.Greater(PyNumber.Add(this[FuelLevel], amount), TankCapacity))
            return Error("Cannot fill gas above the tank capacity.");
        this[FuelLevel] = PyNumber.Add(this[FuelLevel], amount, "+=");
        return new PyDict(("fuelLevel", this[FuelLevel]));
    }

    private PyDict LockDoors(PyValue unlock, PyValue which)
    {
        var status = PyOps.IsTrue(unlock) ? "unlocked" : "locked";
        foreach (var door in PyOps.Iterate(which))
        {
            var doors = (PyDict)this[DoorStatus].Reference!;
            if (Is(doors[door], status))
                continue;
            doors[door] = status;
            this[UnlockedDoors] = PyNumber.Add(this[UnlockedDoors], PyOps.IsTrue(unlock) ? 1 : -1);
        }
        return new PyDict(("lockStatus", status), ("remainingUnlockedDoors", this[UnlockedDoors]));
    }

    private PyDict AdjustClimate(PyValue temperature, PyValue unit, PyValue fanSpeed, PyValue mode)
    {
        if (!PyOps.AtMost(0, fanSpeed) || !PyOps.AtMost(fanSpeed, 100))
            return Error("Fan speed must be between 0 and 100.");
        this[AcTemperature] = temperature;
        if (Is(unit, "fahrenheit"))
            this[AcTemperature] = PyNumber.Divide(PyNumber.Multiply(PyNumber.Subtract(temperature, 32), 5), 9);
        this[FanSpeed] = fanSpeed;
        this[AcMode] = mode;
        return new PyDict(("currentACTemperature", temperature), ("climateMode", mode), ("humidityLevel", this[Humidity]));
    }

    private PyDict OutsideTemperature()
    {
        var drawn = Draw.NextUniform(-10, 40);
        if (!LongContext)
            return new PyDict(("outsideTemperature", drawn));
        var weather = Constants.Extension("LONG_WEATHER_EXTENSION").TryGet<PyDict>(out var long_) ? long_.ShallowCopy() : new PyDict();
        weather["outsideTemperature"] = drawn;
        return weather;
    }

    private PyDict SetHeadlights(PyValue mode)
    {
        if (!Is(mode, "on") && !Is(mode, "off") && !Is(mode, "auto"))
            return Error("Invalid headlight mode.");
        this[HeadLights] = Is(mode, "on") ? "on" : "off";
        return new PyDict(("headlightStatus", this[HeadLights]));
    }

    private PyDict DisplayStatus(PyValue option)
    {
        var status = new PyDict(4);
        if (LongContext)
            status["metadata"] = Constants.Extension("CAR_STATUS_METADATA_EXTENSION");
        option.TryGetString(out var name);
        switch (name)
        {
            case "fuel":
                status["fuelLevel"] = this[FuelLevel];
                break;
            case "battery":
                status["batteryVoltage"] = this[BatteryVoltage];
                break;
            case "doors":
                status["doorStatus"] = this[DoorStatus];
                break;
            case "climate":
                status["currentACTemperature"] = this[AcTemperature];
                status["fanSpeed"] = this[FanSpeed];
                status["climateMode"] = this[AcMode];
                status["humidityLevel"] = this[Humidity];
                break;
            case "headlights":
                status["headlightStatus"] = this[HeadLights];
                break;
            case "parkingBrake":
                status["parkingBrakeStatus"] = this[ParkingBrake];
                status["parkingBrakeForce"] = this[ParkingBrakeForce];
                status["slopeAngle"] = this[Slope];
                break;
            case "brakePedal":
                status["brakePedalStatus"] = this[BrakePedal];
                status["brakePedalForce"] = this[BrakeForce];
                break;
            case "engine":
                status["engineState"] = this[EngineState];
                break;
            default:
                status["error"] = "Invalid option";
                break;
        }
        return status;
    }

    private PyDict ActivateParkingBrake(PyValue mode)
    {
        if (!Is(mode, "engage") && !Is(mode, "release"))
            return Error("Invalid mode");
        var engage = Is(mode, "engage");
        this[ParkingBrake] = engage ? "engaged" : "released";
        this[ParkingBrakeForce] = engage ? 500.0 : 0.0;
        this[Slope] = 10.0;
        var result = new PyDict(4);
        if (LongContext)
            result["parkingBrakeInstruction"] = Constants.Extension("PARKING_BRAKE_INSTRUCTION");
        result["parkingBrakeStatus"] = this[ParkingBrake];
        result["_parkingBrakeForce"] = this[ParkingBrakeForce];
        result["_slopeAngle"] = this[Slope];
        return result;
    }

    private PyDict PressBrakePedal(PyValue position)
    {
        if (!PyOps.AtMost(0, position) || !PyOps.AtMost(position, 1))
            return Error("Pedal position must be between 0 and 1.");
        if (PyOps.Equals(position, 0))
            return ReleaseBrakePedal();
        var force = PyNumber.Multiply(position, 1000);
        this[BrakePedal] = "pressed";
        this[BrakeForce] = force;
        return new PyDict(("brakePedalStatus", "pressed"), ("brakePedalForce", PyNumber.ToFloat(force)));
    }

    private PyDict ReleaseBrakePedal()
    {
        this[BrakePedal] = "released";
        this[BrakeForce] = 0.0;
        return new PyDict(("brakePedalStatus", "released"), ("brakePedalForce", 0.0));
    }

    private PyDict SetCruiseControl(PyValue speedGiven, PyValue activate, PyValue distanceGiven)
    {
        PyValue distance = PyNumber.ToFloat(distanceGiven);
        PyValue speed = PyNumber.ToFloat(speedGiven);
        if (Is(this[EngineState], "stopped"))
            return Error("Start the engine before activating the cruise control.");
        this[Distance] = distance;
        if (PyOps.IsTrue(activate))
        {
            if (speed.Float < 0 || speed.Float > 120 || PyOps.IsTrue(PyNumber.Modulo(speed, 5)))
                return Error("Invalid speed");
            this[Cruise] = "active";
        }
        else
        {
            this[Cruise] = "inactive";
        }
        return new PyDict(("cruiseStatus", this[Cruise]), ("currentSpeed", speed), ("distanceToNextVehicle", distance));
    }

    private PyDict CanDrive(PyValue distance)
    {
        var range = PyNumber.Multiply(this[FuelLevel], MilesPerGallon);
        return new PyDict(("canDrive", !PyOps.Less(range, distance)));
    }

    private PyDict EstimateDistance(PyValue from, PyValue to)
    {
        var result = from.TryGetString(out var a) && to.TryGetString(out var b) && Constants.Distance(a, b) is { } distance
            ? new PyDict(("distance", distance))
            : Error("distance not found in database.");
        if (LongContext)
            result["intermediaryCities"] = Constants.Extension("INTERMEDIARY_CITIES");
        return result;
    }

    private PyDict ZipCode(PyValue city)
    {
        var zip = city.Kind == PyKind.Str && Constants.Table("VehicleControlAPI.zipcode_by_city").TryGetValue(city, out var found) ? found : "00000";
        return new PyDict(("zipcode", zip));
    }

    private PyDict SetNavigation(PyValue destination)
    {
        this[Destination] = destination;
        return new PyDict(("status", PyNumber.Add("Navigating to ", destination)));
    }

    private PyDict TirePressure()
    {
        PyValue sum = this[FrontLeft];
        for (var tire = FrontLeft + 1; tire <= RearRight; tire++)
            sum = PyNumber.Add(sum, this[tire]);
        var mean = PyNumber.Divide(sum, 4);
        return new PyDict(
            ("frontLeftTirePressure", this[FrontLeft]),
            ("frontRightTirePressure", this[FrontLeft + 1]),
            ("rearLeftTirePressure", this[FrontLeft + 2]),
            ("rearRightTirePressure", this[RearRight]),
            ("healthy_tire_pressure", PyOps.AtMost(30, mean) && PyOps.AtMost(mean, 35)),
            ("car_info", LongContext ? Constants.Extension("CAR_STATUS_METADATA_EXTENSION") : new PyDict()));
    }
}
