using System.Buffers.Binary;
using System.Collections.Immutable;
using FissionGrpo.Environments.Bfcl;
using FissionGrpo.Environments.Python;
using FissionGrpo.Seeds;

namespace FissionGrpo.Environments.Workshop.Full;

/// <summary>
/// What a set of tasks says, starts from and expects, after normalisation and as hashes: for keeping other tasks apart from it. The official
/// tasks' hashes are part of the program, so generated tasks keep apart from them also where the official data is not at hand.
/// </summary>
internal sealed class KnownTasks
{
    /// <summary>Runs of so many words are looked for.</summary>
    public static readonly ImmutableArray<int> GramLengths = [5, 8, 13];

    private static readonly Seed Hashing = new(0xB_FC_1);

    private readonly HashSet<uint> _hashes;

    /// <summary>The tasks with these hashes.</summary>
    public KnownTasks(IEnumerable<uint> hashes) => _hashes = [.. hashes];

    public KnownTasks(IEnumerable<BfclProblem> problems)
        : this(problems.SelectMany(p => Marks(p).Select(m => m.Hash)))
    {
    }

    /// <summary>The official tasks of BFCL v4 multi-turn.</summary>
    public static KnownTasks Official { get; } = new(ReadOfficial());

    /// <summary>The hashes in ascending order, four bytes each: what the embedded file holds.</summary>
    public byte[] ToBytes()
    {
        var bytes = new byte[4 * _hashes.Count];
        var at = 0;
        foreach (var hash in _hashes.Order())
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4 * at++), hash);
        return bytes;
    }

    /// <summary>Whether a user turn, a class's start state or the list of expected calls is also theirs: the word for which, or null.</summary>
    public string? Shared(BfclProblem problem) => Marks(problem).FirstOrDefault(m => _hashes.Contains(m.Hash)).What;

    private static IEnumerable<(string What, uint Hash)> Marks(BfclProblem problem)
    {
        foreach (var turn in problem.UserTurns.OfType<string>())
            yield return ("user turn", Hash("turn " + TaskTexts.Normal(turn)));
        foreach (var scenario in Scenarios(problem))
            yield return ("start state", Hash(scenario));
        yield return ("ground truth", Hash("truth " + TaskTexts.TruthOf(problem)));
    }

    private static uint Hash(string text) => (uint)Hashing.Derive(text).Value;

    private static List<uint> ReadOfficial()
    {
        using var stream = typeof(KnownTasks).Assembly.GetManifestResourceStream("official-tasks.bin")
            ?? throw new InvalidOperationException("The hashes of the official tasks are missing from the assembly.");
        var hashes = new List<uint>();
        Span<byte> hash = stackalloc byte[4];
        while (stream.ReadAtLeast(hash, 4, throwOnEndOfStream: false) == 4)
            hashes.Add(BinaryPrimitives.ReadUInt32LittleEndian(hash));
        return hashes;
    }

    private static IEnumerable<string> Scenarios(BfclProblem problem)
    {
        foreach (var name in problem.InvolvedClasses)
            if (problem.InitialConfig.Get(name).TryGet<PyDict>(out var scenario) && scenario.Count > 0)
                yield return name + PyText.JsonDumps(Sorted(scenario));
    }

    private static PyValue Sorted(PyValue value)
    {
        if (!value.TryGet<PyDict>(out var dict))
            return value;
        var sorted = new PyDict(dict.Count);
        foreach (var key in dict.Keys.ToArray().OrderBy(k => $"{k}", StringComparer.Ordinal))
            sorted[key] = Sorted(dict[key]);
        return sorted;
    }
}
