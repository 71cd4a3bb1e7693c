using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using FissionGrpo.Environments.Python;
using FissionGrpo.Episodes;

namespace FissionGrpo.Environments.Bfcl;

/// <summary>
/// The official BFCL v4 multi-turn data in the user's folder: tasks, possible answers, function documents, constants, prompt strings. Nothing of it
/// is part of this program. Immutable once loaded; threads may share it.
/// </summary>
public sealed class BfclData
{
    /// <summary>The four categories, in the order of the official table.</summary>
    public static readonly ImmutableArray<string> Categories = ["base", "miss_func", "miss_param", "long_context"];

    internal static readonly FrozenDictionary<string, string> DocumentFiles = new Dictionary<string, string>
    {
        ["GorillaFileSystem"] = "gorilla_file_system",
        ["MathAPI"] = "math_api",
        ["MessageAPI"] = "message_api",
        ["TwitterAPI"] = "posting_api",
        ["TicketAPI"] = "ticket_api",
        ["TradingBot"] = "trading_bot",
        ["TravelAPI"] = "travel_booking",
        ["VehicleControlAPI"] = "vehicle_control",
    }.ToFrozenDictionary();

    private readonly FrozenDictionary<string, BfclProblem> _byId;

    private BfclData(ImmutableArray<BfclProblem> problems, BfclCatalog catalog, ImmutableArray<string> unofficialFiles)
    {
        Problems = problems;
        Catalog = catalog;
        UnofficialFiles = unofficialFiles;
        _byId = problems.ToFrozenDictionary(p => p.Id);
    }

    /// <summary>Default states, tables and extensions.</summary>
    public BfclConstants Constants => Catalog.Constants;

    /// <summary>Files whose hash is not the one that this program knows: another version of the data, or a changed copy.</summary>
    public ImmutableArray<string> UnofficialFiles { get; }

    /// <summary>All tasks as episodes, in the order of the files.</summary>
    public ImmutableArray<BfclTask> Tasks => _tasks.IsDefault ? _tasks = [.. Problems.Select(p => new BfclTask(p))] : _tasks;

    private ImmutableArray<BfclTask> _tasks;

    internal ImmutableArray<BfclProblem> Problems { get; }

    internal BfclCatalog Catalog { get; }

    internal BfclPromptStrings Prompts => Catalog.Prompts;

    /// <summary>The task with this id.</summary>
    /// <exception cref="UserErrorException">There is none.</exception>
    public BfclTask Task(string id) => new(Problem(id));

    internal BfclProblem Problem(string id) => _byId.TryGetValue(id, out var problem)
        ? problem
        : throw new UserErrorException($"There is no task '{id}' in the BFCL data; ids look like multi_turn_base_0 to multi_turn_base_199.");

    /// <summary>Reads a data folder: the layout of the official repository's <c>bfcl_eval/data</c> with the two files of constants beside it.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="UserErrorException">Files are missing (all are named) or cannot be read.</exception>
    public static BfclData Load(string folder)
    {
        var files = new DataFolder(folder);
        files.RequireAll(
        [
            "env_constants.json", "prompt_strings.json", .. DocumentFiles.Values.Select(DocumentPath), .. Categories.Select(TaskPath), .. Categories.Select(AnswerPath),
        ]);
        var catalog = ReadCatalog(files);
        var problems = ImmutableArray.CreateBuilder<BfclProblem>();
        foreach (var category in Categories)
        {
            var answers = files.ReadLines(AnswerPath(category)).ToDictionary(
                l => $"{l.Value["id"]}", l => Place(files, AnswerPath(category), l.Line, () => TextTable(l.Value["ground_truth"])));
            foreach (var (line, value) in files.ReadLines(TaskPath(category)))
                problems.Add(Place(files, TaskPath(category), line, () => ReadProblem(value, answers, catalog)));
        }
        return new BfclData(problems.ToImmutable(), catalog, files.Unofficial());
    }

    private static BfclCatalog ReadCatalog(DataFolder files) => new(
        DocumentFiles.ToFrozenDictionary(d => d.Key, d => files.ReadLines(DocumentPath(d.Value)).Select(l => l.Value).ToImmutableArray()),
        BfclConstants.Parse(files.Read("env_constants.json"), files.PathOf("env_constants.json")),
        Place(files, "prompt_strings.json", 1, () => BfclPromptStrings.Read(files.ReadValue("prompt_strings.json"))));

    internal static string DocumentPath(string name) => $"multi_turn_func_doc/{name}.json";

    internal static string TaskPath(string category) => $"BFCL_v4_multi_turn_{category}.json";

    internal static string AnswerPath(string category) => $"possible_answer/BFCL_v4_multi_turn_{category}.json";

    private static T Place<T>(DataFolder files, string file, int line, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is PyException or InvalidCastException or NullReferenceException or FormatException or KeyNotFoundException)
        {
            throw new UserErrorException(
                $"{files.PathOf(file)}, line {line}: not in the layout of BFCL v4 multi-turn ({e.Message}). Bring the official data again: fission data add bfcl PATH.", e);
        }
    }

    private static BfclProblem ReadProblem(PyDict task, Dictionary<string, ImmutableArray<ImmutableArray<string>>> answers, BfclCatalog catalog)
    {
        var id = $"{task["id"]}";
        var turns = ImmutableArray.CreateBuilder<string?>();
        foreach (var turn in ((PyList)task["question"].Reference!).Items)
        {
            var messages = (PyList)turn.Reference!;
            turns.Add(messages.Count == 0 ? null : $"{((PyDict)messages[0].Reference!)["content"]}");
        }
        var missed = ImmutableDictionary.CreateBuilder<int, ImmutableArray<string>>();
        if (task.Get("missed_function").TryGet<PyDict>(out var held))
            for (var i = 0; i < held.Count; i++)
                missed[(int)PyNumber.ToInt(held.Keys[i]).SmallInt] = Texts(held.Values[i]);
        var config = task.Get("initial_config").Reference as PyDict ?? new PyDict();
        return new BfclProblem(
            id, BfclProblem.CategoryOf(id), turns.ToImmutable(), Texts(task["involved_classes"]), missed.ToImmutable(),
            answers.TryGetValue(id, out var answer) ? answer : throw new FormatException($"no possible answer for {id}"),
            config, catalog);
    }

    private static ImmutableArray<string> Texts(PyValue list) => [.. ((PyList)list.Reference!).Items.ToArray().Select(item => $"{item}")];

    private static ImmutableArray<ImmutableArray<string>> TextTable(PyValue turns) => [.. ((PyList)turns.Reference!).Items.ToArray().Select(Texts)];

    /// <summary>Access to the folder's files with errors that name them.</summary>
    private sealed class DataFolder(string folder)
    {
        public string PathOf(string file) => Path.Combine(folder, file);

        public void RequireAll(string[] names)
        {
            if (!Directory.Exists(folder))
                throw new UserErrorException($"{folder}: there is no such folder. Bring the official BFCL v4 data first: fission data add bfcl PATH.");
            var missing = names.Where(n => !File.Exists(PathOf(n))).ToList();
            if (missing.Count > 0)
                throw new UserErrorException($"{folder}: {missing.Count} of {names.Length} BFCL files are missing: {string.Join(", ", missing)}. Bring them with: fission data add bfcl PATH.");
        }

        public string Read(string file)
        {
            try
            {
                return File.ReadAllText(PathOf(file), Encoding.UTF8);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new UserErrorException($"{PathOf(file)}: cannot be read ({e.Message}).", e);
            }
        }

        public PyDict ReadValue(string file) => PyJson.Loads(Read(file)).Reference as PyDict ?? throw new FormatException("expected an object");

        public List<(int Line, PyDict Value)> ReadLines(string file)
        {
            var values = new List<(int, PyDict)>();
            var number = 0;
            foreach (var line in Read(file).Split('\n'))
            {
                number++;
                if (string.IsNullOrWhiteSpace(line))
                    continue;
                try
                {
                    values.Add((number, PyJson.Loads(line).Reference as PyDict ?? throw new FormatException("expected an object")));
                }
                catch (Exception e) when (e is PyException or FormatException)
                {
                    throw new UserErrorException($"{PathOf(file)}, line {number}: {e.Message}. Expected one JSON object per line.", e);
                }
            }
            return values;
        }

        public ImmutableArray<string> Unofficial()
        {
            var differing = ImmutableArray.CreateBuilder<string>();
            foreach (var (file, hash) in BfclHashes.Known)
            {
                var actual = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(PathOf(file))));
                if (actual != hash)
                    differing.Add(file);
            }
            return differing.ToImmutable();
        }
    }
}
