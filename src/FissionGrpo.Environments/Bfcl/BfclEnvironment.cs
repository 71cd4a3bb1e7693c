using System.Collections.Immutable;
using FissionGrpo.Environments.Python;
using FissionGrpo.Episodes;

namespace FissionGrpo.Environments.Bfcl;

/// <summary>
/// An official task being played: the tools of the turn, the user's scripted messages, the live objects, and the verdict of the official checker over
/// what was played so far.
/// </summary>
public sealed class BfclEnvironment : IEnvironment
{
    private const string Model = "policy";

    private readonly BfclProblem _problem;
    private readonly BfclReveal _reveal;
    private readonly BfclWorld _world;
    private ImmutableList<ImmutableList<string>> _played;

    internal BfclEnvironment(BfclProblem problem, BfclReveal reveal)
    {
        _problem = problem;
        _reveal = reveal;
        _world = problem.Start.ForkAs($"{Model}_{problem.Id}");
        _played = [];
        Tools = problem.Tools.OfferedSpecs;
    }

    private BfclEnvironment(BfclEnvironment origin)
    {
        _problem = origin._problem;
        _reveal = origin._reveal;
        _world = origin._world.Fork();
        _played = origin._played;
        Tools = origin.Tools;
    }

    /// <inheritdoc/>
    public ImmutableArray<ToolSpec> Tools { get; private set; }

    /// <summary>The user turn being played, from 0; -1 before the first.</summary>
    public int Turn => _played.Count - 1;

    /// <inheritdoc/>
    public ToolResult Execute(ToolCall call)
    {
        if (_played.Count == 0)
            throw new InvalidOperationException("The first user turn has not begun: ask for it before any call.");
        // What Python could not even read (an int of more than 4300 digits) the official decoder leaves out.
        if (PythonCall.TryRender(call) is { } text)
            _played = _played.SetItem(Turn, _played[Turn].Add(text));
        return _world.Execute(call);
    }

    /// <inheritdoc/>
    public ValueTask<UserTurn> NextUserTurnAsync(string assistantText, CancellationToken cancel)
    {
        if (_played.Count == _problem.UserTurns.Length)
            return new(new UserTurn.Ends("done"));
        _played = _played.Add([]);
        if (_problem.UserTurns[Turn] is { } text)
            return new(new UserTurn.Says(text));
        var revealed = _problem.Tools.HeldOut.GetValueOrDefault(Turn, []);
        if (_reveal == BfclReveal.TellInMessage)
            return new(new UserTurn.Says(BfclPrompt.RevealMessage(_problem.Catalog.Prompts, revealed)));
        Tools = [.. Tools, .. revealed.Select(d => BfclFunction.Of(d).Spec)];
        return new(new UserTurn.Says(_problem.Catalog.Prompts.AddedFunctionsFc));
    }

    /// <inheritdoc/>
    public IEnvironment Fork() => new BfclEnvironment(this);

    /// <inheritdoc/>
    public StateDigest Digest() => _world.Digest();

    /// <inheritdoc/>
    public EpisodeScore Score()
    {
        var turns = _played.Select(turn => (IReadOnlyList<IReadOnlyList<string>>)(turn.Count == 0 ? [] : [turn])).ToList();
        var verdict = BfclChecker.Check(_problem, turns, Model);
        return new EpisodeScore(verdict.IsValid, verdict.IsValid ? 1 : 0, verdict.ErrorType);
    }
}
