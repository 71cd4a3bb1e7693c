using System.Security.Cryptography;
using System.Text;
using FissionGrpo.Environments.Bfcl;
using FissionGrpo.Environments.Python;

namespace FissionGrpo.Conformance.Bfcl;

/// <summary>The official inference loop with the Qwen function-calling handler, driven by recorded texts: prompts, result, decoding and verdict.</summary>
internal static class QwenLoop
{
    public static void Check(BfclData data, PyDict record, Verdicts verdicts)
    {
        var id = $"{record["id"]}";
        var place = $"{id} ({record["mode"]})";
        var steps = ((PyList)record["steps"].Reference!).Items.ToArray().Select(s => (PyDict)s.Reference!).ToList();
        var next = 0;
        var run = BfclInference.RunAsync(data, id, BfclHandler.QwenFunctionCalling, "golden", Reply, default).GetAwaiter().GetResult();
        verdicts.Equal("steps", place, $"{steps.Count}", $"{next}");
        verdicts.Equal("result", place, PyText.Repr(record["result"]), run.Error is { } error ? PyText.Repr(error) : Repr(run.Turns, t => Repr(t, s => PyText.Repr(s))));
        if (run.Error is null)
            verdicts.Equal("decoded", place, PyText.Repr(record["decoded"]), Repr(run.Decoded, t => Repr(t, Step)));
        IReadOnlyList<IReadOnlyList<string>>? answers = run.Error is null ? [.. run.Turns.Select(t => (IReadOnlyList<string>)t)] : null;
        BfclSuite.Verdict(verdicts, "loop verdict", place, (PyDict)record["verdict"].Reference!, BfclScoring.Score(data, id, answers, BfclHandler.QwenFunctionCalling, "golden"));

        ValueTask<string> Reply(string prompt, CancellationToken cancel)
        {
            if (next >= steps.Count)
                return new("");
            var step = steps[next++];
            if (step.TryGetValue("prompt", out var recorded))
                verdicts.Equal("prompt", $"{place} step {next}", $"{recorded}", prompt);
            verdicts.Equal("prompt length", $"{place} step {next}", $"{step["prompt_chars"]}", $"{PyString.Length(prompt)}");
            verdicts.Equal("prompt hash", $"{place} step {next}", $"{step["prompt_sha256"]}", Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(prompt))));
            return new($"{step["model_text"]}");
        }
    }

    private static string Step(BfclStep step) =>
        step.DecodeError is { } error ? PyText.Repr(new PyDict(("$decode_error", error))) : Repr(step.Calls, c => PyText.Repr(c));

    private static string Repr<T>(IEnumerable<T> items, Func<T, string> item) => $"[{string.Join(", ", items.Select(item))}]";
}
