using System.Collections.Immutable;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using FissionGrpo.Episodes;

namespace FissionGrpo.Training;

/// <summary>Writes a run's streams, <c>metrics.jsonl</c> and <c>trajectories.jsonl</c>, and hands everything on to whoever watches. One line is one write.</summary>
internal sealed class RunRecorder : ITrainingObserver, IDisposable
{
    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly ITrainingObserver _watcher;
    private readonly FileStream _metrics;
    private readonly FileStream _trajectories;

    /// <summary>Opens the streams, cut to the given lengths: what was written after the checkpoint that a run goes on from is written again.</summary>
    public RunRecorder(RunFolder folder, ITrainingObserver watcher, long metricsBytes, long trajectoriesBytes)
    {
        _watcher = watcher;
        _metrics = Open(folder.Metrics, metricsBytes);
        _trajectories = Open(folder.Trajectories, trajectoriesBytes);
    }

    public long MetricsBytes => _metrics.Length;

    public long TrajectoriesBytes => _trajectories.Length;

    public void OnProgress(RunProgress progress) => _watcher.OnProgress(progress);

    public void OnSelfTest(SelfTestReport report) => _watcher.OnSelfTest(report);

    public void OnNote(string note) => _watcher.OnNote(note);

    public void OnStep(StepReport report)
    {
        Write(_metrics, report, RunJson.Default.StepReport);
        _watcher.OnStep(report);
    }

    public void OnTrajectories(int step, string stage, ImmutableArray<TrajectoryGroup> groups)
    {
        foreach (var group in groups)
            foreach (var trajectory in group.Trajectories)
                Write(_trajectories, new TrajectoryLine(1, step, stage, group.Key, trajectory), RunJson.Default.TrajectoryLine);
        _watcher.OnTrajectories(step, stage, groups);
    }

    public void Dispose()
    {
        _metrics.Dispose();
        _trajectories.Dispose();
    }

    private static FileStream Open(string path, long bytes)
    {
        var stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read);
        if (stream.Length < bytes)
        {
            stream.Dispose();
            throw new UserErrorException($"{path} has fewer bytes than its checkpoint says ({bytes}). The file was changed; start a new run in another folder.");
        }
        stream.SetLength(bytes);
        stream.Seek(0, SeekOrigin.End);
        return stream;
    }

    private static void Write<T>(FileStream stream, T line, JsonTypeInfo<T> type)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, Plain))
            JsonSerializer.Serialize(writer, line, type);
        buffer.WriteByte((byte)'\n');
        stream.Write(buffer.GetBuffer(), 0, (int)buffer.Length);
        stream.Flush();
    }
}
