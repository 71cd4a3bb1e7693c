using System.Collections.Immutable;
using FissionGrpo.Environments.Python;

namespace FissionGrpo.Environments.Bfcl;

/// <summary>How a model is asked and its answers are read.</summary>
public enum BfclHandler
{
    /// <summary>Locally hosted Qwen3 with native function calling: <c>Qwen/Qwen3-*-FC</c>.</summary>
    QwenFunctionCalling,

    /// <summary>Locally hosted Qwen3 in prompting mode, answering with a list of Python calls: <c>Qwen/Qwen3-*</c>.</summary>
    QwenPrompting,
}

/// <summary>A step as it was decoded.</summary>
/// <param name="Calls">The calls' texts; empty when there are none.</param>
/// <param name="DecodeError">The Python exception's class when decoding raised, which ends the turn; else null.</param>
public sealed record BfclStep(ImmutableArray<string> Calls, string? DecodeError);

/// <summary>What one run of the official inference loop leaves behind.</summary>
/// <param name="Turns">Per turn, per step, the recorded answer; fewer turns than the task has after a forced quit.</param>
/// <param name="Error">Set when inference failed: then the recorded result is this text, <c>Error during inference: …</c>.</param>
public sealed record BfclRun(ImmutableArray<ImmutableArray<string>> Turns, string? Error)
{
    /// <summary>The decoded calls per turn and step.</summary>
    public ImmutableArray<ImmutableArray<BfclStep>> Decoded { get; init; } = [];
}

/// <summary>The official multi-turn inference loop (specification section 14).</summary>
public static class BfclInference
{
    /// <summary>After this many executed steps in one turn the next one is the last.</summary>
    public const int MaximumSteps = 20;

    /// <summary>Plays a task.</summary>
    /// <param name="data">The official data.</param>
    /// <param name="taskId">The task.</param>
    /// <param name="handler">How the model is asked.</param>
    /// <param name="model">The model's name, part of the instance names.</param>
    /// <param name="complete">Continues a prompt: what the model writes until its end mark.</param>
    /// <param name="cancel">Passed on.</param>
    public static async Task<BfclRun> RunAsync(
        BfclData data, string taskId, BfclHandler handler, string model, Func<string, CancellationToken, ValueTask<string>> complete, CancellationToken cancel)
    {
        var problem = data.Problem(taskId);
        var tools = problem.Tools;
        var world = problem.Start.ForkAs($"{model}_{problem.Id}");
        var messages = new List<HandlerMessage>();
        IReadOnlyList<PyDict> offered = handler == BfclHandler.QwenFunctionCalling ? [.. tools.Offered.Select(f => f.Document)] : [];
        if (handler == BfclHandler.QwenPrompting)
            messages.Add(new HandlerMessage("system", BfclPrompt.System(data.Prompts, [.. tools.Offered.Select(f => f.Document)])));
        var turns = ImmutableArray.CreateBuilder<ImmutableArray<string>>();
        var decodedTurns = ImmutableArray.CreateBuilder<ImmutableArray<BfclStep>>();
        for (var turn = 0; turn < problem.UserTurns.Length; turn++)
        {
            messages.Add(new HandlerMessage("user", problem.UserTurns[turn] ?? BfclPrompt.RevealMessage(data.Prompts, tools.HeldOut.GetValueOrDefault(turn, []))));
            var answers = ImmutableArray.CreateBuilder<string>();
            var decodedSteps = ImmutableArray.CreateBuilder<BfclStep>();
            var executed = 0;
            while (executed <= MaximumSteps)
            {
                string prompt;
                try
                {
                    prompt = QwenHandler.Prompt(messages, offered);
                }
                catch (PyException e)
                {
                    return new BfclRun([], $"Error during inference: {e.Message}");
                }
                var reply = QwenHandler.Parse(await complete(prompt, cancel));
                messages.Add(handler == BfclHandler.QwenFunctionCalling ? reply.Message : new HandlerMessage("assistant", reply.Answer, reply.Message.Reasoning));
                answers.Add(reply.Answer);
                var step = BfclDecoder.Decode(handler, reply.Answer);
                decodedSteps.Add(step);
                if (BfclDecoder.IsEmpty(step))
                    break;
                foreach (var call in step.Calls)
                    messages.Add(new HandlerMessage("tool", world.ExecuteToText(call)));
                executed++;
            }
            turns.Add(answers.ToImmutable());
            decodedTurns.Add(decodedSteps.ToImmutable());
            if (executed > MaximumSteps)
                break;
        }
        return new BfclRun(turns.ToImmutable(), null) { Decoded = decodedTurns.ToImmutable() };
    }
}
