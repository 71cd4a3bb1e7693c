using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using FissionGrpo.Episodes;
using FissionGrpo.Training;

namespace FissionGrpo.Cli.Runs;

/// <summary>The streams of a run folder. A last line that is being written, or was cut off, is left out.</summary>
internal static class RunMetrics
{
    /// <summary>The steps of <c>metrics.jsonl</c>.</summary>
    public static IReadOnlyList<StepReport> Read(RunFolder folder) => [.. Lines(folder.Metrics, RunJson.Default.StepReport)];

    /// <summary>The lines of <c>trajectories.jsonl</c>, one at a time: the file may be large.</summary>
    public static IEnumerable<TrajectoryLine> Trajectories(string path) => Lines(path, RunJson.Default.TrajectoryLine);

    private static IEnumerable<T> Lines<T>(string path, JsonTypeInfo<T> type)
        where T : class
    {
        if (!File.Exists(path))
            yield break;
        using var reader = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        var number = 0;
        for (var line = reader.ReadLine(); line is not null;)
        {
            var next = reader.ReadLine();
            number++;
            if (Parse(line, isLast: next is null) is { } item)
                yield return item;
            line = next;
        }

        T? Parse(string line, bool isLast)
        {
            try
            {
                return JsonSerializer.Deserialize(line, type);
            }
            catch (JsonException) when (isLast)
            {
                return null;
            }
            catch (JsonException exception)
            {
                throw new UserErrorException($"{path}, line {number}: {JsonFinding.Of(exception)}. The file was changed, or written by another version of this program.", exception);
            }
        }
    }
}
