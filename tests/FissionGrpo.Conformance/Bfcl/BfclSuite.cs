using System.Security.Cryptography;
using System.Text;
using FissionGrpo.Environments.Bfcl;
using FissionGrpo.Environments.Python;
using FissionGrpo.Episodes;

namespace FissionGrpo.Conformance.Bfcl;

/// <summary>
/// <c>bfcl RECORDINGS --data DATA</c>: every result, state and verdict that the official program was recorded to give. Files are recognised by how
/// their names begin: <c>gt_</c>, <c>errors_</c>, <c>scoring_</c>, <c>qwen_fc_loop</c>.
/// </summary>
internal static class BfclSuite
{
    private const string Model = "golden";

    public static int Run(string[] args, Verdicts verdicts)
    {
        if (args is not [var recordings, "--data", var folder])
        {
            Console.Error.WriteLine("usage: FissionGrpo.Conformance bfcl RECORDINGS --data DATA");
            return 2;
        }
        var data = BfclData.Load(folder);
        foreach (var file in data.UnofficialFiles)
            Console.WriteLine($"note: {file} is not the version that this program knows");
        foreach (var file in Directory.EnumerateFiles(recordings, "*.jsonl*").Order(StringComparer.Ordinal))
        {
            var name = Path.GetFileName(file);
            Action<PyDict>? check = name switch
            {
                _ when name.StartsWith("gt_", StringComparison.Ordinal) => r => GroundTruth(data, r, verdicts),
                _ when name.StartsWith("errors_", StringComparison.Ordinal) => r => Errors(data, r, verdicts),
                _ when name.StartsWith("scoring_", StringComparison.Ordinal) => r => Scoring(data, r, verdicts),
                _ when name.StartsWith("qwen_fc_loop", StringComparison.Ordinal) => r => QwenLoop.Check(data, r, verdicts),
                _ => null,
            };
            if (check is null)
                continue;
            var (passed, failed) = (verdicts.Passed, verdicts.Failed);
            Recordings.EachLine(file, verdicts, line => check((PyDict)PyJson.Loads(line).Reference!));
            Console.WriteLine($"{name}: {verdicts.Passed - passed} passed, {verdicts.Failed - failed} failed");
        }
        return 0;
    }

    /// <summary>The recorded result, or what is kept of a long one, against the actual text.</summary>
    public static void Result(Verdicts verdicts, string kind, string place, PyValue recorded, string actual)
    {
        if (recorded.TryGetString(out var text))
        {
            verdicts.Equal(kind, place, text, actual);
            return;
        }
        var kept = (PyDict)((PyDict)recorded.Reference!)["$long"].Reference!;
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(actual)));
        verdicts.Check(
            kind, place, hash == $"{kept["sha256"]}",
            () => $"expected {kept["chars"]} characters …{kept["tail"]}, found {PyString.Length(actual)} …{actual[^Math.Min(200, actual.Length)..]}");
    }

    private static PyList List(PyDict record, string key) => (PyList)record[key].Reference!;

    private static void GroundTruth(BfclData data, PyDict record, Verdicts verdicts)
    {
        var problem = data.Problem($"{record["id"]}");
        var world = problem.Start.ForkAs($"{Model}_eval_{problem.Id}");
        State(verdicts, "initial state", problem.Id, record["initial_state"], world);
        foreach (var item in List(record, "turns").Items)
        {
            var turn = (PyDict)item.Reference!;
            foreach (var entry in List(turn, "calls").Items)
            {
                var call = (PyDict)entry.Reference!;
                Result(verdicts, "ground truth", $"{problem.Id} turn {turn["turn"]} {call["call"]}", call["result"], world.ExecuteToText($"{call["call"]}"));
            }
            State(verdicts, "state", $"{problem.Id} turn {turn["turn"]}", turn["state"], world);
        }
    }

    private static void Errors(BfclData data, PyDict record, Verdicts verdicts)
    {
        var problem = data.Problem($"{record["id"]}");
        var world = problem.Start.ForkAs($"{Model}_eval_{problem.Id}");
        for (var turn = 0; turn < record["gt_turns_before"].SmallInt; turn++)
            foreach (var call in problem.GroundTruth[turn])
                world.ExecuteToText(call);
        var before = Texts(world);
        foreach (var item in List(record, "calls").Items)
        {
            var entry = (PyDict)item.Reference!;
            var call = $"{entry["call"]}";
            var result = world.ExecuteToText(call);
            var place = $"{problem.Id} {call}";
            var kind = $"call ({entry["kind"]})";
            if (entry.ContainsKey("set_order"))
                verdicts.Check(kind, place, SameLetters($"{entry["result"]}", result), () => $"expected {entry["result"]}, found {result}");
            else
                Result(verdicts, kind, place, entry["result"], result);
            var after = Texts(world);
            var changed = after.Where(t => before[t.Key] != t.Value).Select(t => t.Key).Order(StringComparer.Ordinal).ToList();
            var expected = entry.Get("changed").TryGet<PyList>(out var list) ? list.Items.ToArray().Select(c => $"{c}").Order(StringComparer.Ordinal).ToList() : [];
            verdicts.Check("changed classes", place, changed.SequenceEqual(expected), () => $"expected [{string.Join(", ", expected)}], found [{string.Join(", ", changed)}]");
            before = after;
        }
        State(verdicts, "state after calls", problem.Id, record["state_after"], world);
    }

    private static void Scoring(BfclData data, PyDict record, Verdicts verdicts)
    {
        var problem = data.Problem($"{record["id"]}");
        var turns = List(record, "trajectory").Items.ToArray().Select(turn => (IReadOnlyList<IReadOnlyList<string>>)
            [.. ((PyList)turn.Reference!).Items.ToArray().Select(step => (IReadOnlyList<string>)[.. ((PyList)step.Reference!).Items.ToArray().Select(c => $"{c}")])]).ToList();
        Verdict(verdicts, "verdict", $"{problem.Id} case {record["case"]} ({record["mutation"]})", (PyDict)record["verdict"].Reference!, BfclScoring.Score(data, problem.Id, turns, Model));
    }

    /// <summary>Validity, error type and message, and the details that are recorded.</summary>
    public static void Verdict(Verdicts verdicts, string kind, string place, PyDict recorded, BfclVerdict actual)
    {
        verdicts.Equal(kind, place, Describe(recorded), Describe(recorded, actual));
    }

    private static string Describe(PyDict verdict)
    {
        var text = $"{PyOps.IsTrue(verdict["valid"])} {verdict.Get("error_type")} {verdict.Get("error_message")}";
        foreach (var detail in (ReadOnlySpan<string>)["differing_attributes", "missing_items"])
            if (verdict.TryGetValue(detail, out var items))
                text += $" {detail} {PyText.Repr(items)}";
        return text;
    }

    private static string Describe(PyDict recorded, BfclVerdict actual)
    {
        var text = $"{actual.IsValid} {actual.ErrorType ?? "None"} {actual.ErrorMessage ?? "None"}";
        foreach (var (detail, items) in new[] { ("differing_attributes", actual.DifferingAttributes), ("missing_items", actual.MissingItems) })
            if (recorded.ContainsKey(detail))
                text += $" {detail} {PyText.Repr(new PyList([.. items.Select(Shortened)]))}";
        return text;
    }

    // Texts over 3000 characters are recorded by their hash and ends.
    private static PyValue Shortened(string text)
    {
        var length = PyString.Length(text);
        if (length <= 3000)
            return text;
        var points = PyString.ToCodePoints(text);
        return new PyDict(("$long", new PyDict(
            ("chars", length), ("sha256", Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))),
            ("head", PyString.FromCodePoints(points.AsSpan(0, 200))), ("tail", PyString.FromCodePoints(points.AsSpan(length - 200))))));
    }

    private static Dictionary<string, string> Texts(BfclWorld world) => world.Objects.ToArray().ToDictionary(o => o.Type.Name, RecordedState.Text);

    private static bool SameLetters(string a, string b) => string.Concat(a.Order()) == string.Concat(b.Order());

    private static void State(Verdicts verdicts, string kind, string place, PyValue recorded, BfclWorld world)
    {
        var difference = RecordedState.Difference(recorded, world);
        verdicts.Check(kind, place, difference is null, () => difference!);
    }
}
