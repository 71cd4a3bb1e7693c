// A tool-calling model inside your own program: in this process, without a server, with C# methods as tools.
//
//     dotnet run -c Release --project samples/EmbeddedModel -- out/default-seed1
//     dotnet run -c Release --project samples/EmbeddedModel -- models/Qwen3-0.6B "Please fill in 20 gallons and cruise at 40."
//
// A checkpoint in Hugging Face layout, or the folder of a finished run. The default run's small policy knows the words of its generated tasks only.

using System.Collections.Immutable;
using System.Text.Json;
using FissionGrpo.Episodes;
using FissionGrpo.Model.Checkpoints;
using FissionGrpo.Model.Policy;
using FissionGrpo.Seeds;
using FissionGrpo.Text.Dialogues;
using FissionGrpo.Text.Tokenization;

if (args is not [var folder, .. var said])
{
    Console.Error.WriteLine("usage: EmbeddedModel FOLDER [WHAT THE USER SAYS]");
    return 2;
}
if (Directory.Exists(Path.Combine(folder, "policy")))
    folder = Path.Combine(folder, "policy"); // a run's folder stands for its policy
try
{
    using var model = TransformerPolicy.Load(folder, options: new EngineOptions(KeepBFloat16: TransformerPolicy.IsBFloat16(folder)));
    var dialogue = new ToolDialogue(model, DialogueFormats.Of(Tokenizer.Load(folder)), new Car().Tools);
    Console.WriteLine(await dialogue.SayAsync(said.Length > 0 ? string.Join(' ', said) : "now add 45 gallons of fuel or 40 if that fails", CancellationToken.None));
    return 0;
}
catch (Exception e) when (e is CheckpointException or UserErrorException)
{
    Console.Error.WriteLine(e.Message); // names the file, what was found and what to do
    return 2;
}

/// <summary>A tool: what the model is told about it, and the method that runs. An exception of the method is an error that the model reads and may recover from.</summary>
internal sealed record Tool(ToolSpec Spec, Func<ToolCall, object> Run)
{
    public static Tool Of(string name, string description, string parameters, Func<ToolCall, object> run) => new(new ToolSpec(name, JsonDocument.Parse(
        $$$"""{"name": "{{{name}}}", "description": "{{{description}}}", "parameters": {"type": "object", "properties": {{{parameters}}}}}""").RootElement), run);
}

/// <summary>The program's own world.</summary>
internal sealed class Car
{
    private const double Capacity = 50;
    private double _fuel = 8;

    public ImmutableArray<Tool> Tools =>
    [
        Tool.Of("fillFuelTank", "Adds fuel, in gallons.", """{"fuelAmount": {"type": "number"}}""", call => Fill(Number(call, "fuelAmount"))),
        Tool.Of("displayCarStatus", "Shows the fuel, in gallons.", """{"option": {"type": "string"}}""", _ => new { fuelLevel = _fuel }),
        Tool.Of("gallon_to_liter", "Converts gallons to liters.", """{"gallon": {"type": "number"}}""", call => new { liter = Number(call, "gallon") * 3.785 }),
    ];

    private object Fill(double gallons)
    {
        if (_fuel + gallons > Capacity)
            throw new InvalidOperationException("Cannot fill gas above the tank capacity.");
        return new { fuelLevel = _fuel += gallons };
    }

    private static double Number(ToolCall call, string name) => call[name] is { ValueKind: JsonValueKind.Number } value
        ? value.GetDouble()
        : throw new ArgumentException($"{name} must be a number.");
}

/// <summary>A dialogue with a model that calls tools. Its tokens only ever grow, so the engine computes nothing of the history again.</summary>
internal sealed class ToolDialogue(TransformerPolicy model, DialogueFormat format, ImmutableArray<Tool> tools)
{
    private const int MostReplies = 8;
    private const int MostTokens = 512;
    private readonly List<int> _tokens = [];

    public async Task<string> SayAsync(string text, CancellationToken cancel)
    {
        _tokens.AddRange(_tokens.Count == 0 ? format.Open(null, [.. tools.Select(t => t.Spec)], text) : format.User(text));
        for (var i = 0; i < MostReplies; i++)
        {
            _tokens.AddRange(format.OpenAssistant());
            var greedy = new SamplingOptions(Temperature: 0);
            var sampled = (await model.SampleAsync(new SampleRequest([.. _tokens], Count: 1, MostTokens, format.StopTokens, greedy, new Seed(1)), cancel))[0].Tokens;
            _tokens.AddRange(sampled);
            _tokens.AddRange(format.CloseAssistant(sampled.AsSpan()));
            var reply = format.Parse(sampled.AsSpan());
            if (reply.FormatError is { } problem)
                return $"The model's reply is malformed: {problem}";
            if (reply.Calls.IsEmpty)
                return reply.Text;
            _tokens.AddRange(format.ToolResults([.. reply.Calls.Select(Execute)]));
        }
        return "The model went on calling tools.";
    }

    private Message.Tool Execute(ToolCall call)
    {
        var result = Result(call);
        Console.WriteLine($"{call} -> {result}");
        return new Message.Tool(call.Name, result);
    }

    private string Result(ToolCall call)
    {
        if (tools.FirstOrDefault(t => t.Spec.Name == call.Name) is not { } tool)
            return JsonSerializer.Serialize(new { error = $"there is no tool {call.Name}" });
        try
        {
            return JsonSerializer.Serialize(tool.Run(call));
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException)
        {
            return JsonSerializer.Serialize(new { error = e.Message });
        }
    }
}
