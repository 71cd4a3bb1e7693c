using System.Collections.Immutable;
using System.Text.Json;
using FissionGrpo.Environments.Python;
using FissionGrpo.Environments.Python.Syntax;
using FissionGrpo.Episodes;

namespace FissionGrpo.Environments.Bfcl;

/// <summary>A task in the official layout as an episode.</summary>
public sealed record BfclTask : EpisodeTask
{
    private readonly Lazy<ImmutableArray<ImmutableArray<ToolCall>>> _expected;

    internal BfclTask(BfclProblem problem, string world = "bfcl")
        : base(problem.Id, world, problem.Category)
    {
        Problem = problem;
        _expected = new Lazy<ImmutableArray<ImmutableArray<ToolCall>>>(() => [.. problem.GroundTruth.Select(turn => turn.Select(Read).ToImmutableArray())]);
    }

    /// <summary>How a turn that reveals held-out functions shows them.</summary>
    public BfclReveal Reveal { get; init; } = BfclReveal.ExtendTools;

    /// <inheritdoc/>
    public override string? SystemPrompt => null;

    /// <inheritdoc/>
    public override ImmutableArray<ImmutableArray<ToolCall>> ExpectedCalls => _expected.Value;

    /// <inheritdoc/>
    public override bool IsScoredAtStepLimit => true;

    /// <summary>How many user turns the task has, the reveal turn included.</summary>
    public int Turns => Problem.UserTurns.Length;

    internal BfclProblem Problem { get; }

    /// <inheritdoc/>
    public override IEnvironment Start() => new BfclEnvironment(Problem, Reveal);

    // Ground truths are calls with literal arguments; positional ones get their parameters' names.
    internal ToolCall Read(string call)
    {
        if (PyParser.Parse(call) is not PyNode.Call { Function: PyNode.Name name } parsed)
            throw new FormatException($"{Id}: '{call}' is no call");
        var evaluator = new PyEvaluator(_ => null);
        PyBudget.Reset();
        var arguments = ImmutableArray.CreateBuilder<ToolArgument>();
        var parameters = Problem.Start.ParametersOf(name.Id);
        for (var i = 0; i < parsed.Positional.Length; i++)
            arguments.Add(new ToolArgument(parameters[i], Json(evaluator.Evaluate(parsed.Positional[i]))));
        foreach (var keyword in parsed.Keywords)
            arguments.Add(new ToolArgument(keyword.Name!, Json(evaluator.Evaluate(keyword.Value))));
        return new ToolCall(name.Id, arguments.ToImmutable());
    }

    private static JsonElement Json(PyValue value)
    {
        using var document = JsonDocument.Parse(PyText.JsonDumps(value));
        return document.RootElement.Clone();
    }
}

/// <summary>How the turn that reveals held-out functions shows them (specification section 14).</summary>
public enum BfclReveal
{
    /// <summary>The functions join the tools, and the user says that there are more: hosted function-calling models.</summary>
    ExtendTools,

    /// <summary>The tools stay as they are, and the user's message carries the documents: prompting mode and all locally hosted models.</summary>
    TellInMessage,
}
