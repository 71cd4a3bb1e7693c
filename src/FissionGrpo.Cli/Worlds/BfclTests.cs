using System.Collections.Immutable;
using System.IO.Compression;
using System.Text.Json;
using FissionGrpo.Cli.Shells;
using FissionGrpo.Environments.Bfcl;
using FissionGrpo.Episodes;
using FissionGrpo.Evaluation.Playing;

namespace FissionGrpo.Cli.Worlds;

/// <summary>The official BFCL v4 multi-turn tasks; a category is a slice.</summary>
internal static class BfclTests
{
    public static ImmutableArray<PlannedTask> Tasks(TestTaskRequest request, Shell shell)
    {
        var data = Load(request, shell);
        // Local models' prompts hold the tools once and for all, so functions that are revealed later come in the user's message.
        return [.. data.Tasks.Select(task => new PlannedTask(request.IsLocal ? task with { Reveal = BfclReveal.TellInMessage } : task, task.Category))];
    }

    /// <summary>The tasks that a recording holds, and a player that scores it.</summary>
    /// <exception cref="UserErrorException">The file is not there or holds something else.</exception>
    public static (ImmutableArray<PlannedTask> Tasks, IEpisodePlayer Player) Recorded(string path, TestTaskRequest request, Shell shell)
    {
        var data = Load(request, shell);
        var recordings = new Dictionary<(string, int), BfclRecording>();
        var tries = new SortedDictionary<string, int>(StringComparer.Ordinal);
        foreach (var recording in ReadLines(path))
        {
            var sample = tries.GetValueOrDefault(recording.TaskId);
            tries[recording.TaskId] = sample + 1;
            recordings[(recording.TaskId, sample)] = recording;
        }
        return ([.. tries.Select(t => new PlannedTask(data.Task(t.Key), data.Task(t.Key).Category, null, t.Value))], new RecordingPlayer(data, recordings));
    }

    private static BfclData Load(TestTaskRequest request, Shell shell)
    {
        var data = BfclData.Load(TestTasks.FolderOf(request, shell));
        if (!data.UnofficialFiles.IsEmpty)
            shell.Tell($"Not the version of the data that our results were checked against: {string.Join(", ", data.UnofficialFiles)}. Scores may differ from published ones.");
        return data;
    }

    private static IEnumerable<BfclRecording> ReadLines(string path)
    {
        if (!File.Exists(path))
            throw new UserErrorException($"--replay {path}: there is no such file.");
        using var file = File.OpenRead(path);
        using var reader = new StreamReader(path.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(file, CompressionMode.Decompress) : file);
        var number = 0;
        while (reader.ReadLine() is { } line)
        {
            number++;
            if (string.IsNullOrWhiteSpace(line))
                continue;
            yield return Read(line, path, number);
        }
    }

    private static BfclRecording Read(string line, string path, int number)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            return BfclRecording.Read(document.RootElement, path.Contains("-FC", StringComparison.Ordinal) || !path.Contains("prompt", StringComparison.OrdinalIgnoreCase)
                ? BfclHandler.QwenFunctionCalling
                : BfclHandler.QwenPrompting);
        }
        catch (Exception exception) when (exception is JsonException or FormatException or InvalidOperationException)
        {
            throw new UserErrorException($"{path}, line {number}: not a recorded result of BFCL ({exception.Message}). Expected {{\"id\", \"trajectory\"}} or an official {{\"id\", \"result\"}}.", exception);
        }
    }

    private sealed class RecordingPlayer(BfclData data, Dictionary<(string, int), BfclRecording> recordings) : IEpisodePlayer
    {
        public Task PlayAsync(ImmutableArray<EpisodeToPlay> episodes, Action<EpisodeToPlay, PlayedEpisode> played, CancellationToken cancel)
        {
            var gate = new Lock();
            return Parallel.ForEachAsync(episodes, cancel, (episode, _) =>
            {
                var trajectory = Play(recordings[(episode.Task.Id, episode.Sample)], episode.Sample);
                lock (gate)
                    played(episode, new PlayedEpisode(trajectory, []));
                return ValueTask.CompletedTask;
            });
        }

        private Trajectory Play(BfclRecording recording, int sample)
        {
            var replay = recording.Replay(data);
            var (task, verdict) = (replay.Task, replay.Verdict);
            return new Trajectory(
                $"{task.Id}/{sample}", task.Id, task.Category, TrajectoryUnit.Episode, 0, new TokenSequence([], [], []),
                [.. replay.Turns.SelectMany((steps, turn) => steps.Select(calls => new Step(turn, 0, 0, string.Join(", ", calls.Select(c => c.Call)), null, calls)))],
                TrajectoryEnd.Completed)
            {
                Score = new EpisodeScore(verdict.IsValid, verdict.IsValid ? 1 : 0, verdict.ErrorType),
            };
        }
    }
}
