using System.Text;
using System.Text.Json;
using FissionGrpo.Episodes;
using FissionGrpo.Evaluation.Reports;

namespace FissionGrpo.Evaluation.Playing;

/// <summary>The first line of a results file.</summary>
/// <param name="Schema">The layout's number.</param>
/// <param name="Setting">How the replies were produced: results of different settings do not mix.</param>
public sealed record EpisodeStoreHeader(int Schema, EvaluationSetting Setting);

/// <summary>
/// Played episodes in a file, one a line and each written as soon as it is over, so that an interrupted evaluation goes on where it was. Of
/// an episode written twice the last counts. Not safe for several threads.
/// </summary>
public sealed class EpisodeStore : IDisposable
{
    private const int CurrentSchema = 1;

    private readonly FileStream _file;

    private EpisodeStore(FileStream file, List<EvaluatedEpisode> episodes) => (_file, Episodes) = (file, episodes);

    /// <summary>The episodes that the file held when it was opened, the last of each.</summary>
    public IReadOnlyList<EvaluatedEpisode> Episodes { get; }

    /// <summary>Opens a file to go on with, or begins one. A last line that was cut off by an interruption is dropped.</summary>
    /// <exception cref="UserErrorException">The file holds something else, or results of another setting.</exception>
    public static EpisodeStore Open(string path, EvaluationSetting setting)
    {
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder)
            Directory.CreateDirectory(folder);
        var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
        try
        {
            var (header, episodes, whole) = Load(file, path);
            if (episodes.Count == 0)
                (header, whole) = (null, 0); // nothing came of it: a mistyped model or address is no reason to refuse the right one
            file.SetLength(whole);
            file.Position = whole;
            var store = new EpisodeStore(file, episodes);
            if (header is null)
                store.WriteLine(JsonSerializer.SerializeToUtf8Bytes(new EpisodeStoreHeader(CurrentSchema, setting), EvaluationJson.Default.EpisodeStoreHeader));
            else if (header.Setting.DifferenceFrom(setting) is { } difference)
                throw new UserErrorException($"{path}: holds results of another evaluation: {difference}. Give another --output, or the same settings.");
            return store;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Whether a file begins as one of ours.</summary>
    public static bool IsStore(string path)
    {
        if (!File.Exists(path))
            return false;
        using var reader = new StreamReader(path);
        var start = new char[64];
        return new string(start, 0, reader.ReadBlock(start, 0, start.Length)).StartsWith("{\"schema\":", StringComparison.Ordinal);
    }

    /// <summary>Reads the episodes of a results file.</summary>
    /// <exception cref="UserErrorException">The file is not there or holds something else.</exception>
    public static (EvaluationSetting Setting, IReadOnlyList<EvaluatedEpisode> Episodes) Read(string path)
    {
        if (!File.Exists(path))
            throw new UserErrorException($"{path}: there is no such file.");
        using var file = File.OpenRead(path);
        var (header, episodes, _) = Load(file, path);
        return header is null ? throw new UserErrorException($"{path}: the file is empty, expected the results of an evaluation.") : (header.Setting, episodes);
    }

    /// <summary>Adds an episode; it is in the file when this returns.</summary>
    public void Add(EvaluatedEpisode episode) => WriteLine(JsonSerializer.SerializeToUtf8Bytes(episode, EvaluationJson.Default.EvaluatedEpisode));

    /// <summary>Closes the file.</summary>
    public void Dispose() => _file.Dispose();

    private static (EpisodeStoreHeader? Header, List<EvaluatedEpisode> Episodes, long Whole) Load(FileStream file, string path)
    {
        EpisodeStoreHeader? header = null;
        var episodes = new Dictionary<(string, int), EvaluatedEpisode>();
        var order = new List<(string, int)>();
        var (line, whole) = (0, 0L);
        using var reader = new StreamReader(file, new UTF8Encoding(false), detectEncodingFromByteOrderMarks: false, leaveOpen: true);
        while (reader.ReadLine() is { } text)
        {
            line++;
            var end = whole + Encoding.UTF8.GetByteCount(text) + 1;
            if (end > file.Length)
                break; // no line feed: cut off while it was written
            try
            {
                if (header is null)
                    header = JsonSerializer.Deserialize(text, EvaluationJson.Default.EpisodeStoreHeader)!;
                else if (JsonSerializer.Deserialize(text, EvaluationJson.Default.EvaluatedEpisode) is { } episode)
                {
                    if (episodes.TryAdd((episode.TaskId, episode.Sample), episode))
                        order.Add((episode.TaskId, episode.Sample));
                    else
                        episodes[(episode.TaskId, episode.Sample)] = episode;
                }
            }
            catch (JsonException exception)
            {
                throw new UserErrorException($"{path}, line {line}: not a line of an evaluation's results: {JsonFinding.Of(exception)}. Give another file, or remove the line.", exception);
            }
            whole = end;
        }
        if (header is { Schema: not CurrentSchema })
            throw new UserErrorException($"{path}: schema is {header.Schema}, expected {CurrentSchema}. It was written by another version of this program.");
        return (header, [.. order.Select(key => episodes[key])], whole);
    }

    private void WriteLine(ReadOnlySpan<byte> line)
    {
        _file.Write(line);
        _file.WriteByte((byte)'\n');
        _file.Flush();
    }
}
