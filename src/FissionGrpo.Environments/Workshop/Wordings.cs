using System.Collections.Frozen;
using System.Globalization;
using FissionGrpo.Seeds;

namespace FissionGrpo.Environments.Workshop;

/// <summary>
/// The user's phrases: an opening and a core for each kind of goal, out of a small vocabulary. Values that go into a call as text stand in double
/// quotes, numbers without, so that a value is the same token in the request, in results and in calls.
/// </summary>
internal static class Wordings
{
    private static readonly string[] Openings = ["", "please ", "now ", "can you "];
    private static readonly string[] ReservedOpenings = ["i need you to ", "go ahead and "];

    /// <summary>Per kind of goal: the cores; the last is reserved for <see cref="WorkshopSplit.Reworded"/>.</summary>
    private static readonly FrozenDictionary<string, string[]> Cores = new Dictionary<string, string[]>(StringComparer.Ordinal)
    {
        ["vehicle.start"] = ["start the engine", "turn on the engine", "get the engine running"],
        ["vehicle.cruise"] = ["set cruise control to {0} with distance {1}", "cruise at {0} and keep distance {1}", "hold speed {0} and stay {1} behind"],
        ["vehicle.fill"] = ["fill {0} gallons", "add {0} gallons of fuel", "put {0} gallons in the tank"],
        ["vehicle.fill-liters"] = ["fill {0} liters", "add {0} liters of fuel", "put {0} liters in the tank"],
        ["vehicle.climate"] = ["set climate to {0} with fan {1}", "set temperature {0} and fan {1}", "make it {0} degrees with fan {1}"],
        ["vehicle.distance"] = ["get the distance from {0} to {1}", "find how far {0} is from {1}", "tell me the way from {0} to {1}"],
        ["vehicle.route"] = ["get the distance from {0} to {1}", "find how far {0} is from {1}", "tell me the way from {0} to {1}"],
        ["vehicle.go-by-zip"] = ["navigate to the zip code of {0}", "look up the zip code of {0} and go there", "take me to the zip code of {0}"],
        ["vehicle.zip"] = ["get the zip code of {0}", "find the zip code of {0}", "tell me the zip code of {0}"],
        ["vehicle.navigate"] = ["navigate to {0}", "set navigation to {0}", "take me to {0}"],
        ["vehicle.lights"] = ["set headlights {0}", "turn headlights {0}", "switch headlights to {0}"],
        ["vehicle.status"] = ["show the {0} status", "check the {0} status", "tell me the {0} status"],
        ["vehicle.unlock"] = ["unlock the {0} door", "open the lock of the {0} door", "make the {0} door unlocked"],
        ["vehicle.release"] = ["release the brake pedal", "let go of the brake pedal", "take the foot off the brake pedal"],
        ["vehicle.parking"] = ["{0} the parking brake", "set parking brake to {0}", "make the parking brake {0}"],
        ["vehicle.feasible"] = ["check if we can drive {0} miles", "check the fuel for {0} miles", "see if the fuel lasts {0} miles"],
        ["vehicle.convert"] = ["get {0} liters in gallons", "convert {0} liters to gallons", "tell me {0} liters as gallons"],
        ["vehicle.log"] = ["show {0} and {1} on the display", "display {0} and {1}", "put {0} and {1} on the display"],
        ["vehicle.tires"] = ["check tire pressure", "show tire pressure", "see how the tires are"],

        ["ticket.create"] = ["create ticket {0} with priority {1}", "open a ticket {0} priority {1}", "file a new ticket {0} of priority {1}"],
        ["ticket.get"] = ["show ticket {0}", "get ticket {0}", "read me ticket {0}"],
        ["ticket.close"] = ["close ticket {0}", "mark ticket {0} closed", "mark ticket {0} as over"],
        ["ticket.resolve"] = ["resolve ticket {0} with {1}", "put resolution {1} on ticket {0}", "finish ticket {0} by {1}"],
        ["ticket.retitle"] = ["rename ticket {0} to {1}", "set title of ticket {0} to {1}", "give ticket {0} the title {1}"],
        ["ticket.priority"] = ["set priority of ticket {0} to {1}", "change ticket {0} to priority {1}", "give ticket {0} the priority {1}"],
        ["ticket.logout"] = ["log out of tickets", "sign me out of tickets", "end my ticket session"],

        ["message.send"] = ["send {0} to {1}", "message {1} with {0}", "write {0} to {1}"],
        ["message.delete"] = ["delete my last message to {0}", "remove the message to {0}", "take back the message to {0}"],
        ["message.search"] = ["search messages for {0}", "find messages with {0}", "look for {0} in messages"],
        ["message.view"] = ["show sent messages", "view my messages", "list what i sent"],
        ["message.stats"] = ["show message stats", "get message stats", "count my messages"],
        ["message.contact"] = ["add contact {0}", "add {0} to contacts", "make {0} a contact"],
        ["message.id"] = ["get the id of {0}", "find the id of {0}", "tell me the id of {0}"],

        ["files.cat"] = ["show file {0}", "read file {0}", "print what is in {0}"],
        ["files.count"] = ["count lines of {0}", "get the line count of {0}", "tell me how long {0} is"],
        ["files.grep"] = ["search {1} in {0}", "find lines with {1} in {0}", "show where {0} has {1}"],
        ["files.sort"] = ["sort file {0}", "sort the lines of {0}", "put {0} in order"],
        ["files.remove"] = ["delete file {0}", "remove file {0}", "get rid of file {0}"],
        ["files.write"] = ["write {1} to file {0}", "put {1} in file {0}", "store {1} as text of {0}"],
        ["files.touch"] = ["create file {0}", "make an empty file {0}", "start a new file {0}"],
        ["files.mkdir"] = ["create folder {0}", "make folder {0}", "start a new folder {0}"],
        ["files.rmdir"] = ["delete folder {0}", "remove folder {0}", "get rid of folder {0}"],
        ["files.move"] = ["move file {0} to folder {1}", "put file {0} in folder {1}", "bring {0} over to {1}"],
        ["files.copy"] = ["copy file {0} to folder {1}", "copy {0} into folder {1}", "have {0} also in {1}"],
        ["files.rename"] = ["rename file {0} to {1}", "change name of file {0} to {1}", "call file {0} now {1}"],
        ["files.go"] = ["go to folder {0}", "change folder to {0}", "enter folder {0}"],
        ["files.list"] = ["list files", "show files here", "see what is here"],
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private static readonly string[][] Combinations =
        [.. Openings.SelectMany(_ => new[] { 0, 1 }, (opening, core) => new[] { opening, core.ToString(CultureInfo.InvariantCulture) })];

    /// <summary>Kinds of goals that have wordings.</summary>
    public static IEnumerable<string> Kinds => Cores.Keys;

    /// <summary>A phrase for the goal in a wording that the split may use.</summary>
    public static string Pick(string kind, WorkshopSplit split, ref SampleRng rng, ReadOnlySpan<object> slots)
    {
        var cores = Cores[kind];
        string opening;
        string core;
        if (split == WorkshopSplit.Reworded)
        {
            opening = rng.Pick<string>(ReservedOpenings);
            core = cores[^1];
        }
        else
        {
            var allowed = Values.Allowed("wording " + kind, [.. Combinations.Select(c => c[0] + c[1])], split == WorkshopSplit.HeldOut);
            var chosen = rng.Pick<string>(allowed);
            opening = chosen[..^1];
            core = cores[chosen[^1] - '0'];
        }
        return opening + string.Format(CultureInfo.InvariantCulture, core, slots);
    }
}
