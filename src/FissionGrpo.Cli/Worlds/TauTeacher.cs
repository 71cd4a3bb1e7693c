using System.Collections.Immutable;
using System.Text.Json;
using FissionGrpo.Environments.Tau.Tasks;
using FissionGrpo.Environments.Tau2.Tasks;
using FissionGrpo.Episodes;
using FissionGrpo.Fission.Diagnosis;
using FissionGrpo.Seeds;

namespace FissionGrpo.Cli.Worlds;

/// <summary>
/// Someone who knows a TAU task plays it with the scripted user: asks who is calling, looks up what the ground truth is about, lets the user tell
/// everything, makes the ground truth's calls one by one (asking for those of the user), and says what must be said.
/// </summary>
internal sealed class TauTeacher
{
    private const string Listening = "I see. Is there anything else that matters?";

    private readonly EpisodeTask _task;
    private readonly DemonstrationKind _kind;
    private readonly Seed _seed;
    private readonly IEnvironment _environment;
    private readonly ImmutableArray<ImmutableArray<DemonstratedReply>>.Builder _turns = ImmutableArray.CreateBuilder<ImmutableArray<DemonstratedReply>>();
    private readonly List<ExecutedCall> _done = [];
    private readonly List<string> _read = [];
    private List<DemonstratedReply> _turn = [];
    private int _slipAt;

    private TauTeacher(EpisodeTask task, DemonstrationKind kind, Seed seed)
    {
        (_task, _kind, _seed, _environment) = (task, kind, seed, task.Start());
        _slipAt = kind is DemonstrationKind.HappyPath ? -1 : new SampleRng(seed).Next(task.ExpectedCalls[0].Length + 1);
    }

    /// <summary>A demonstration that earns the full reward, or null when this is not the way to it.</summary>
    /// <param name="task">A task with the scripted user.</param>
    /// <param name="kind">A recovery shows one call with a wrong id first, refused, and not learned.</param>
    /// <param name="seed">Where the slip is drawn from.</param>
    public static Demonstration? Play(EpisodeTask task, DemonstrationKind kind = DemonstrationKind.HappyPath, Seed seed = default)
    {
        var teacher = new TauTeacher(task, kind, seed);
        return teacher.Play() && (kind is DemonstrationKind.HappyPath || teacher._slipAt < 0)
            ? new Demonstration(task, teacher._turns.ToImmutable())
            : null;
    }

    private bool Play()
    {
        Hear("");
        Say(_task is Tau2Task ? "Could you tell me your name, phone number or user id?" : "Could you tell me your user id?");
        foreach (var call in LookUps())
            Make(call);
        while (Reply(_environment.Fork(), Listening) is UserTurn.Says)
            Say(Listening);
        foreach (var (isUsers, call) in TauTasks.GroundTruth(_task))
            if (isUsers)
                Say(TauGroundTruth.Asking(call));
            else
                Make(call);
        for (var i = 0; i < 3 && _environment.End is null; i++)
            Say(TauTasks.Closing(_task) ?? "Done.");
        return _environment.End is not null && _environment.Score().Correct;
    }

    /// <summary>What the ground truth of TAU leaves to the agent: whose order or reservation it is, and what it holds.</summary>
    private IEnumerable<ToolCall> LookUps()
    {
        if (_task is not TauTask tau)
            return [];
        var records = from call in tau.Actions
                      from name in (string[])["order_id", "reservation_id"]
                      where call[name] is { ValueKind: JsonValueKind.String }
                      select ToolCall.Of(name == "order_id" ? "get_order_details" : "get_reservation_details", (name, call[name]));
        return records.Distinct().Prepend(ToolCall.Of("get_user_details", ("user_id", tau.UserId)))
            .Where(call => tau.Tools.Any(tool => tool.Name == call.Name) && !tau.Actions.Contains(call));
    }

    private void Make(ToolCall call)
    {
        if (_slipAt == 0 && WrongId(call) is { } wrong)
            Slip(wrong);
        if (_slipAt > 0)
            _slipAt--;
        _environment.BeginReply("", 1);
        var result = _environment.Execute(call);
        Note(call, result);
        _turn.Add(new DemonstratedReply("", [call], Train: result is ToolResult.Ok)); // some ground truths look for what is not there
    }

    /// <summary>Makes a call that is refused and changes nothing, if this one is.</summary>
    private void Slip(ToolCall wrong)
    {
        var (before, trial) = (_environment.Fork(), _environment.Fork());
        if (trial.Execute(wrong) is not ToolResult.Failed || trial.Digest() != before.Digest())
            return;
        _slipAt = -1;
        _environment.BeginReply("", 1);
        var failed = _environment.Execute(wrong);
        var diagnostic = _kind is DemonstrationKind.DiagnosedRecovery ? Diagnose(before, new ExecutedCall(wrong, failed)) : null;
        Note(wrong, failed);
        _turn.Add(new DemonstratedReply("", [wrong], diagnostic, Train: false));
    }

    /// <summary>The call with its first id, digits in it, cut short by a character.</summary>
    private static ToolCall? WrongId(ToolCall call)
    {
        for (var i = 0; i < call.Arguments.Length; i++)
            if (call.Arguments[i] is { Value.ValueKind: JsonValueKind.String } id && id.Value.GetString() is { Length: > 2 } text && text.Any(char.IsAsciiDigit))
                return call with { Arguments = call.Arguments.SetItem(i, id with { Value = JsonSerializer.SerializeToElement(text[0] == '#' ? text[1..] : text[..^1]) }) };
        return null;
    }

    private string Diagnose(IEnvironment before, ExecutedCall culprit)
    {
        var step = new FailedStep(before.Tools, _task.ExpectedCalls[0], [.. _done], "", null, [culprit], 0)
        {
            Before = before,
            Context = string.Join('\n', _read),
            ExpectedIsComplete = false,
        };
        return DiagnosticWording.Write(step, Diagnoser.Diagnose(step), _seed.Derive("diagnostic"));
    }

    private void Say(string text)
    {
        if (_environment.End is not null)
            return;
        _turn.Add(new DemonstratedReply(text, []));
        _turns.Add([.. _turn]);
        _turn = [];
        Hear(text);
    }

    private void Hear(string text)
    {
        if (Reply(_environment, text) is UserTurn.Says says)
            _read.Add(says.Text);
    }

    private void Note(ToolCall call, ToolResult result)
    {
        _done.Add(new ExecutedCall(call, result));
        _read.Add(result.Text);
    }

    /// <summary>The scripted user answers at once.</summary>
    private static UserTurn Reply(IEnvironment environment, string text) => environment.NextUserTurnAsync(text, CancellationToken.None).AsTask().GetAwaiter().GetResult();
}
