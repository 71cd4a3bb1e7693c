using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using FissionGrpo.Episodes;

namespace FissionGrpo.Environments.Workshop;

/// <summary>
/// The tools on offer: names and parameters are BFCL's, so that calls are the same calls; the descriptions are ours.
/// </summary>
internal static class WorkshopTools
{
    /// <summary>Tools that answer differently each time they are asked, or about the weather: never a goal, good distractors.</summary>
    private static readonly FrozenDictionary<WorkshopApi, ImmutableArray<ToolSpec>> ByApi = new Dictionary<WorkshopApi, ImmutableArray<ToolSpec>>
    {
        [WorkshopApi.Vehicle] =
        [
            Tool("startEngine", "Starts the engine; doors must be locked and the brake fully pressed.", "ignitionMode:string"),
            Tool("fillFuelTank", "Adds fuel, in gallons.", "fuelAmount:number"),
            Tool("lockDoors", "Locks or unlocks the named doors.", "unlock:boolean", "door:array"),
            Tool("adjustClimateControl", "Sets temperature and fan.", "temperature:number", "unit?:string", "fanSpeed?:integer", "mode?:string"),
            Tool("setHeadlights", "Turns the headlights on, off or auto.", "mode:string"),
            Tool("displayCarStatus", "Shows one part of the car's state.", "option:string"),
            Tool("activateParkingBrake", "Engages or releases the parking brake.", "mode:string"),
            Tool("pressBrakePedal", "Presses the brake pedal, 0 to 1.", "pedalPosition:number"),
            Tool("releaseBrakePedal", "Releases the brake pedal."),
            Tool("setCruiseControl", "Sets cruise control; the speed is a multiple of 5.", "speed:number", "activate:boolean", "distanceToNextVehicle:number"),
            Tool("get_current_speed", "Tells the speed."),
            Tool("display_log", "Shows messages on the display.", "messages:array"),
            Tool("estimate_drive_feasibility_by_mileage", "Tells whether the fuel lasts for a distance in miles.", "distance:number"),
            Tool("liter_to_gallon", "Converts liters to gallons.", "liter:number"),
            Tool("gallon_to_liter", "Converts gallons to liters.", "gallon:number"),
            Tool("estimate_distance", "Tells the distance between two zip codes.", "cityA:string", "cityB:string"),
            Tool("get_zipcode_based_on_city", "Tells the zip code of a city.", "city:string"),
            Tool("set_navigation", "Sets the destination.", "destination:string"),
            Tool("check_tire_pressure", "Tells the tire pressures."),
            Tool("find_nearest_tire_shop", "Tells where the next tire shop is."),
        ],
        [WorkshopApi.Ticket] =
        [
            Tool("create_ticket", "Creates a ticket; priority is 1 to 5; needs a login.", "title:string", "description?:string", "priority?:integer"),
            Tool("get_ticket", "Shows a ticket.", "ticket_id:integer"),
            Tool("close_ticket", "Closes an open ticket.", "ticket_id:integer"),
            Tool("resolve_ticket", "Resolves a ticket.", "ticket_id:integer", "resolution:string"),
            Tool("edit_ticket", "Changes title, description, status or priority.", "ticket_id:integer", "updates:object"),
            Tool("ticket_login", "Logs in to the ticket system.", "username:string", "password:string"),
            Tool("ticket_get_login_status", "Tells whether someone is logged in to the ticket system."),
            Tool("logout", "Logs out of the ticket system."),
        ],
        [WorkshopApi.Message] =
        [
            Tool("list_users", "Lists the people of the workspace."),
            Tool("get_user_id", "Tells the id of a person.", "user:string"),
            Tool("message_login", "Logs in to the messages.", "user_id:string"),
            Tool("message_get_login_status", "Tells whether someone is logged in to the messages."),
            Tool("send_message", "Sends a message to a user id; needs a login.", "receiver_id:string", "message:string"),
            Tool("delete_message", "Deletes the last message to a user id; needs a login.", "receiver_id:string"),
            Tool("view_messages_sent", "Shows the messages sent; needs a login."),
            Tool("add_contact", "Adds a person.", "user_name:string"),
            Tool("search_messages", "Finds messages with a word; needs a login.", "keyword:string"),
            Tool("get_message_stats", "Counts messages; needs a login."),
        ],
        [WorkshopApi.Files] =
        [
            Tool("pwd", "Tells the current folder."),
            Tool("ls", "Lists the current folder.", "a?:boolean"),
            Tool("cd", "Enters a folder, one level at a time.", "folder:string"),
            Tool("mkdir", "Creates a folder.", "dir_name:string"),
            Tool("touch", "Creates an empty file.", "file_name:string"),
            Tool("echo", "Writes text to an existing file.", "content:string", "file_name?:string"),
            Tool("cat", "Shows a file of the current folder.", "file_name:string"),
            Tool("find", "Finds files below the current folder by name.", "path?:string", "name?:string"),
            Tool("wc", "Counts lines, words or characters of a file.", "file_name:string", "mode?:string"),
            Tool("sort", "Shows the lines of a file in order.", "file_name:string"),
            Tool("grep", "Shows the lines of a file that hold a text.", "file_name:string", "pattern:string"),
            Tool("tail", "Shows the last lines of a file.", "file_name:string", "lines?:integer"),
            Tool("du", "Tells the size of the current folder.", "human_readable?:boolean"),
            Tool("mv", "Moves or renames.", "source:string", "destination:string"),
            Tool("cp", "Copies.", "source:string", "destination:string"),
            Tool("rm", "Deletes a file, or a folder with what is in it.", "file_name:string"),
            Tool("rmdir", "Deletes an empty folder.", "dir_name:string"),
        ],
    }.ToFrozenDictionary();

    private static readonly FrozenDictionary<string, ToolSpec> ByName =
        ByApi.Values.SelectMany(t => t).ToFrozenDictionary(t => t.Name, StringComparer.Ordinal);

    /// <summary>The tools of a class.</summary>
    public static ImmutableArray<ToolSpec> Of(WorkshopApi api) => ByApi[api];

    /// <summary>The tool with this name.</summary>
    public static ToolSpec Named(string name) => ByName[name];

    /// <param name="name">BFCL's name.</param>
    /// <param name="description">Our words.</param>
    /// <param name="parameters"><c>name:type</c>, or <c>name?:type</c> when it may be left out.</param>
    private static ToolSpec Tool(string name, string description, params string[] parameters)
    {
        var properties = new JsonObject();
        var required = new JsonArray();
        foreach (var parameter in parameters)
        {
            var parts = parameter.Split(':');
            var key = parts[0].TrimEnd('?');
            properties[key] = parts[1] == "array"
                ? new JsonObject { ["type"] = "array", ["items"] = new JsonObject { ["type"] = "string" } }
                : new JsonObject { ["type"] = parts[1] };
            if (!parts[0].EndsWith('?'))
                required.Add(key);
        }
        var document = new JsonObject
        {
            ["name"] = name,
            ["description"] = description,
            ["parameters"] = new JsonObject { ["type"] = "object", ["properties"] = properties, ["required"] = required },
        };
        return new ToolSpec(name, JsonSerializer.SerializeToElement(document));
    }
}
