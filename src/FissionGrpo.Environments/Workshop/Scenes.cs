using System.Globalization;
using System.Text;
using System.Text.Json;

namespace FissionGrpo.Environments.Workshop;

/// <summary>Doors and brake of the vehicle at the start, as far as a goal wants something of them; the rest is drawn.</summary>
internal sealed class VehicleScene
{
    public static readonly string[] Doors = ["driver", "passenger", "rear_left", "rear_right"];

    /// <summary>Bit per door: 1 is unlocked.</summary>
    public int? UnlockedDoors;

    /// <summary>0 released, 1 pressed a little, 2 pressed fully.</summary>
    public int? Brake;

    public bool? EngineRunning;

    public int? Fuel;

    public string? Headlights;

    public bool? ParkingBrakeEngaged;

    private readonly List<(string City, string Zip)> _cities = [];
    private readonly List<(string ZipA, string ZipB, int Distance)> _routes = [];

    /// <summary>Two cities with fresh zip codes, and the distance between them.</summary>
    /// <returns>The zip codes.</returns>
    public (string From, string To) AddRoute(Draft draft, string from, string to)
    {
        _cities.Add((from, Zip(draft)));
        _cities.Add((to, Zip(draft)));
        _routes.Add((_cities[^2].Zip, _cities[^1].Zip, draft.SceneNumber() * 10));
        return (_cities[^2].Zip, _cities[^1].Zip);
    }

    /// <summary>The tables that the class looks up; every task has its own, so that nothing in them can be learned by heart. Null when none is needed.</summary>
    public string? Tables()
    {
        if (_cities.Count == 0)
            return null;
        var zips = string.Join(',', _cities.Select(c => $"\"{c.City}\":\"{c.Zip}\""));
        var distances = string.Join(',', _routes.Select(r => $"[\"{r.ZipA}\",\"{r.ZipB}\",{r.Distance}.0]"));
        return $"{{\"tables\":{{\"VehicleControlAPI.zipcode_by_city\":{{{zips}}},\"VehicleControlAPI.distance_km\":[{distances}]}}}}";
    }

    private static string Zip(Draft draft) => string.Create(CultureInfo.InvariantCulture, $"{draft.SceneNumber()}{draft.Rng.Next(1000):D3}");

    /// <summary>The scenario, as BFCL writes it.</summary>
    public string ToConfig(Draft draft)
    {
        UnlockedDoors ??= draft.Rng.Chance(0.5) ? 0 : draft.Rng.Next(1, 16);
        Brake ??= draft.Rng.Next(3);
        EngineRunning ??= draft.Rng.Chance(0.5);
        Fuel ??= draft.SceneNumber() / 2;
        Headlights ??= draft.Rng.Chance(0.5) ? "on" : "off";
        ParkingBrakeEngaged ??= draft.Rng.Chance(0.5);
        var doors = string.Join(',', Doors.Select((d, i) => $"\"{d}\":\"{((UnlockedDoors.Value >> i & 1) == 1 ? "unlocked" : "locked")}\""));
        return $$"""
            {"fuelLevel":{{Fuel}}.0,"batteryVoltage":12.{{draft.Rng.Next(1, 9)}},"engineState":"{{(EngineRunning.Value ? "running" : "stopped")}}",
            "remainingUnlockedDoors":{{int.PopCount(UnlockedDoors.Value)}},"doorStatus":{{{doors}}},
            "acTemperature":{{draft.Rng.Next(16, 30)}}.0,"fanSpeed":{{10 * draft.Rng.Next(1, 10)}},"acMode":"auto","humidityLevel":{{draft.Rng.Next(30, 60)}}.0,
            "headLightStatus":"{{Headlights}}","parkingBrakeStatus":"{{(ParkingBrakeEngaged.Value ? "engaged" : "released")}}",
            "parkingBrakeForce":{{(ParkingBrakeEngaged.Value ? "500.0" : "0.0")}},"slopeAngle":0.0,
            "brakePedalStatus":"{{(Brake > 0 ? "pressed" : "released")}}","brakePedalForce":{{(Brake == 2 ? "1000.0" : Brake == 1 ? "300.0" : "0.0")}},
            "distanceToNextVehicle":50.0,"cruiseStatus":"inactive","destination":"None",
            "frontLeftTirePressure":{{draft.Rng.Next(28, 36)}}.0,"frontRightTirePressure":{{draft.Rng.Next(28, 36)}}.0,
            "rearLeftTirePressure":{{draft.Rng.Next(28, 36)}}.0,"rearRightTirePressure":{{draft.Rng.Next(28, 36)}}.0}
            """;
    }
}

/// <summary>The ticket queue at the start.</summary>
internal sealed class TicketScene
{
    private readonly List<(int Id, string Title, string Status, string? Resolution)> _tickets = [];

    /// <summary>Whose session is open; null when nobody's is. Fixed once a goal cares.</summary>
    public bool? LoggedIn;

    /// <summary>Who the user is.</summary>
    public (string Name, string Password)? User { get; set; }

    public void Add(int id, string title, string status, string? resolution = null) => _tickets.Add((id, title, status, resolution));

    public string ToConfig(Draft draft)
    {
        var user = User?.Name ?? draft.SceneWord();
        LoggedIn ??= draft.Rng.Chance(0.5);
        Add(draft.SceneNumber(), draft.SceneWord(), "Open");
        var tickets = string.Join(',', _tickets.Select(t =>
            $$"""{"id":{{t.Id}},"title":"{{t.Title}}","description":"","status":"{{t.Status}}","priority":{{draft.Rng.Next(1, 6)}},"created_by":"{{user}}"{{(t.Resolution is null ? "" : $",\"resolution\":\"{t.Resolution}\"")}}}"""));
        return $$"""{"ticket_queue":[{{tickets}}],"ticket_counter":{{draft.Rng.Next(70, 90)}},"current_user":{{(LoggedIn.Value ? $"\"{user}\"" : "null")}}}""";
    }
}

/// <summary>The people and messages at the start.</summary>
internal sealed class MessageScene
{
    private readonly List<(string Name, string Id)> _people = [];
    private readonly List<(string Receiver, string Text)> _inbox = [];

    public bool? LoggedIn;

    /// <summary>Who the user is: an id.</summary>
    public string? User { get; set; }

    /// <summary>Adds a person and returns the id.</summary>
    public string Add(Draft draft, string name, int? number = null)
    {
        var id = string.Create(CultureInfo.InvariantCulture, $"USR{number ?? draft.SceneNumber()}");
        _people.Add((name, id));
        return id;
    }

    public void Send(string receiver, string text) => _inbox.Add((receiver, text));

    public string ToConfig(Draft draft)
    {
        LoggedIn ??= draft.Rng.Chance(0.5);
        User ??= Add(draft, draft.SceneWord());
        var other = Add(draft, draft.SceneWord());
        _inbox.Insert(0, (other, draft.SceneWord()));
        var people = string.Join(',', _people.Select(p => $"\"{p.Name}\":\"{p.Id}\""));
        var inbox = string.Join(',', _inbox.Select(m => $"{{\"{m.Receiver}\":\"{m.Text}\"}}"));
        return $$"""
            {"user_count":{{_people.Count}},"user_map":{{{people}}},"inbox":[{{inbox}}],
            "message_count":{{_inbox.Count}},"current_user":{{(LoggedIn.Value ? $"\"{User}\"" : "null")}}}
            """;
    }
}

/// <summary>The files at the start: a home folder with files and folders of files.</summary>
internal sealed class FileScene
{
    private readonly List<(string? Folder, string Name, string Content)> _files = [];
    private readonly List<(string? Parent, string Name)> _folders = [];

    public void AddFile(string? folder, string name, string content) => _files.Add((folder, name, content));

    public void AddFolder(string name, string? parent = null) => _folders.Add((parent, name));

    public string ToConfig(Draft draft)
    {
        var folder = draft.SceneWord();
        AddFolder(folder);
        AddFile(folder, draft.SceneWord(), draft.SceneWord());
        var text = new StringBuilder("{\"root\":{\"home\":{\"type\":\"directory\",\"contents\":");
        WriteContents(text, null);
        return text.Append("}}}").ToString();
    }

    private void WriteContents(StringBuilder text, string? folder)
    {
        text.Append('{');
        var separator = "";
        foreach (var (parent, name) in _folders)
            if (parent == folder)
            {
                text.Append(separator).Append($"\"{name}\":{{\"type\":\"directory\",\"contents\":");
                WriteContents(text, name);
                text.Append('}');
                separator = ",";
            }
        foreach (var (parent, name, content) in _files)
            if (parent == folder)
            {
                text.Append(separator).Append($"\"{name}\":{{\"type\":\"file\",\"content\":\"{JsonEncodedText.Encode(content)}\"}}");
                separator = ",";
            }
        text.Append('}');
    }
}
