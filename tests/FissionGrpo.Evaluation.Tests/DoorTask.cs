using System.Collections.Immutable;
using System.Text.Json;
using FissionGrpo.Episodes;

namespace FissionGrpo.Evaluation;

/// <summary>A world of one locked door: open it in the first turn, close it in the second.</summary>
internal sealed record DoorTask(string Id = "door", bool Breaks = false) : EpisodeTask(Id, "door", "base")
{
    public static readonly ToolCall Unlock = ToolCall.Of("unlock", ("code", 7));
    public static readonly ToolCall Open = ToolCall.Of("open");
    public static readonly ToolCall Close = ToolCall.Of("close");

    public override string? SystemPrompt => "You mind a door.";

    public override ImmutableArray<ImmutableArray<ToolCall>> ExpectedCalls => [[Unlock, Open], [Close]];

    public override IEnvironment Start() => new Door(Breaks);

    private sealed class Door(bool breaks) : IEnvironment
    {
        private int _turn;
        private bool _locked = true;
        private bool _isOpen;
        private bool _wasOpen;

        public ImmutableArray<ToolSpec> Tools { get; } =
            [.. new[] { "unlock", "open", "close" }.Select(name => new ToolSpec(name, JsonSerializer.SerializeToElement(new
            {
                name, description = name, parameters = new { type = "dict", properties = new { code = new { type = "float" } } },
            })))];

        public ToolResult Execute(ToolCall call)
        {
            if (breaks)
                throw new InvalidOperationException("the hinge is gone");
            switch (call.Name)
            {
                case "unlock":
                    _locked = false;
                    return new ToolResult.Ok("unlocked");
                case "open" when _locked:
                    return new ToolResult.Failed(ToolErrorKind.Rejected, "The door is locked. The code is 7.");
                case "open":
                    _isOpen = _wasOpen = true;
                    return new ToolResult.Ok("open");
                case "close":
                    _isOpen = false;
                    return new ToolResult.Ok("closed");
                default:
                    return new ToolResult.Failed(ToolErrorKind.UnknownTool, $"no tool {call.Name}");
            }
        }

        public ValueTask<UserTurn> NextUserTurnAsync(string assistantText, CancellationToken cancel) =>
            ValueTask.FromResult<UserTurn>(_turn++ switch { 0 => new UserTurn.Says("Open it."), 1 => new UserTurn.Says("Close it."), _ => new UserTurn.Ends("done") });

        public IEnvironment Fork() => (IEnvironment)MemberwiseClone();

        public StateDigest Digest() => new((_locked ? 1u : 0u) + (_isOpen ? 2u : 0u));

        public EpisodeScore Score() => _wasOpen && !_isOpen ? new(true, 1, null) : new(false, 0, "door never opened and closed");
    }
}
