using System.Collections.Immutable;

namespace FissionGrpo.Training;

/// <summary>Times the stages of a step under their names.</summary>
internal sealed class StageClock(TimeProvider time)
{
    private readonly SortedDictionary<string, double> _seconds = new(StringComparer.Ordinal);

    public ImmutableSortedDictionary<string, double> Seconds => _seconds.ToImmutableSortedDictionary(StringComparer.Ordinal);

    public double this[string stage] => _seconds.GetValueOrDefault(stage);

    public async Task<T> TimeAsync<T>(string stage, Task<T> work)
    {
        await TimeAsync(stage, (Task)work);
        return await work;
    }

    public async Task TimeAsync(string stage, Task work)
    {
        var start = time.GetTimestamp();
        try
        {
            await work;
        }
        finally
        {
            _seconds[stage] = this[stage] + time.GetElapsedTime(start).TotalSeconds;
        }
    }
}
