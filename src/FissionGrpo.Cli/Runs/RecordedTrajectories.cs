using System.Collections.Immutable;
using FissionGrpo.Cli.Shells;
using FissionGrpo.Cli.Worlds;
using FissionGrpo.Episodes;
using FissionGrpo.Evaluation.Playing;
using FissionGrpo.Text.Dialogues;
using FissionGrpo.Text.Tokenization;
using FissionGrpo.Training;

namespace FissionGrpo.Cli.Runs;

/// <summary>A recorded trajectory with where it comes from.</summary>
/// <param name="Trajectory">The trajectory.</param>
/// <param name="Place">Step and stage of a run, or the slice of an evaluation.</param>
/// <param name="Expected">y*, where the recording has it.</param>
/// <param name="FirstFailure">The diagnoser's category, where the recording has it.</param>
internal sealed record RecordedTrajectory(
    Trajectory Trajectory, string Place, ImmutableArray<ImmutableArray<ToolCall>> Expected, FailureCategory? FirstFailure)
{
    /// <summary>A fault was injected in it.</summary>
    public bool IsInjected { get; init; }
}

/// <summary>Trajectories of a run folder, of an evaluation's folder, of one of their files, or of another program's recording.</summary>
internal sealed class RecordedTrajectories
{
    private static readonly string[] Names = ["trajectories.jsonl", "episodes.jsonl"];

    private readonly string _file;
    private readonly ITaskSource? _tasks;

    private RecordedTrajectories(string file, ITaskSource? tasks, DialogueFormat? format) => (_file, _tasks, Format) = (file, tasks, format);

    /// <summary>The file.</summary>
    public string Source => _file;

    /// <summary>Turns tokens into text, where the run's tokenizer is at hand.</summary>
    public DialogueFormat? Format { get; }

    /// <exception cref="UserErrorException">There are no trajectories at the path.</exception>
    public static RecordedTrajectories Open(string path, Shell shell)
    {
        var file = File.Exists(path) ? path : Names.Select(name => Path.Combine(path, name)).FirstOrDefault(File.Exists) ?? Below(path);
        var run = Enclosing(file);
        return new RecordedTrajectories(
            file,
            run is null ? null : TasksOf(run, shell),
            run is null ? null : FormatOf(new RunFolder(run)));
    }

    /// <summary>By the tokenizer that lies beside every model of a run; null before it has any.</summary>
    private static DialogueFormat? FormatOf(RunFolder run)
    {
        string[] checkpoints = Directory.Exists(run.Checkpoints) ? Directory.GetDirectories(run.Checkpoints) : [];
        string[] models = [run.WarmStart, run.Final, .. checkpoints.Order(StringComparer.Ordinal)];
        return models.FirstOrDefault(m => File.Exists(Path.Combine(m, "tokenizer.json"))) is { } model ? DialogueFormats.Of(Tokenizer.Load(model)) : null;
    }

    /// <summary>All of them, in the order of the file.</summary>
    public IEnumerable<RecordedTrajectory> Read() => Path.GetFileName(_file) == "trajectories.jsonl"
        ? RunMetrics.Trajectories(_file).Select(line => new RecordedTrajectory(line.Trajectory, $"step {line.Step + 1} {line.Stage}", ExpectedOf(line.Trajectory.TaskId), null))
        : !EpisodeStore.IsStore(_file) ? ForeignTrajectories.Read(_file)
        : EpisodeStore.Read(_file).Episodes.Select(e => new RecordedTrajectory(e.Trajectory, e.Slice, e.Expected, e.FirstFailure) { IsInjected = e.Fault is not null });

    /// <summary>The one evaluation below a folder, as <c>workshop</c> is in a run's <c>evaluations/after</c>.</summary>
    private static string Below(string path)
    {
        var evaluations = Directory.Exists(path)
            ? Directory.GetFiles(path, Names[1], new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 2 }).Order(StringComparer.Ordinal).ToArray()
            : [];
        return evaluations switch
        {
            [var only] => only,
            [] => throw new UserErrorException($"{path}: holds no trajectories. Give a run folder, the --output folder of an evaluation, or one of their .jsonl files."),
            _ => throw new UserErrorException($"{path}: holds several evaluations. Give one of {string.Join(", ", evaluations.Select(Path.GetDirectoryName))}."),
        };
    }

    private ImmutableArray<ImmutableArray<ToolCall>> ExpectedOf(string taskId)
    {
        try
        {
            return _tasks?.Find(taskId).ExpectedCalls ?? [];
        }
        catch (UserErrorException)
        {
            return []; // a task of another world: what can be counted without y* still is
        }
    }

    private static ITaskSource? TasksOf(string run, Shell shell)
    {
        try
        {
            return TrainingWorlds.Tasks(RunSettingsFile.Read(run), OpenUser.Scripted, shell);
        }
        catch (UserErrorException)
        {
            return null; // the benchmark's files are not at hand: what can be counted without y* still is
        }
    }

    private static string? Enclosing(string file)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(file));
        for (var i = 0; i < 4 && folder is not null; i++, folder = Path.GetDirectoryName(folder))
            if (File.Exists(RunSettingsFile.PathIn(folder)))
                return folder;
        return null;
    }
}
