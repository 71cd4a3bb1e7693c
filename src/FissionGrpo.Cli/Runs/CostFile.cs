using FissionGrpo.Cli.Shells;
using FissionGrpo.Evaluation.Reports;

namespace FissionGrpo.Cli.Runs;

/// <summary>
/// <c>cost.json</c> of an evaluation: what servers were asked for, in this sitting and those before. Written while the evaluation goes on, so that a process that is killed
/// loses the account of its last moments only.
/// </summary>
internal sealed class CostFile : IDisposable
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

    private readonly string? _path;
    private readonly Func<EvaluationCost> _sitting;
    private readonly EvaluationCost? _earlier;
    private readonly ITimer? _timer;
    private readonly Lock _writing = new();
    private EvaluationCost? _written;

    /// <summary>Reads what earlier sittings cost.</summary>
    /// <param name="path">The file; null where nothing is kept.</param>
    /// <param name="sitting">What this sitting has cost until now.</param>
    /// <param name="clock">Time.</param>
    public CostFile(string? path, Func<EvaluationCost> sitting, TimeProvider clock)
    {
        (_path, _sitting) = (path, sitting);
        _earlier = File.Exists(path) ? EvaluationCost.Read(path) : null;
        _timer = path is null ? null : clock.CreateTimer(_ => TryWrite(), null, Every, Every);
    }

    /// <summary>Of all sittings.</summary>
    public EvaluationCost Total => _sitting().Plus(_earlier);

    /// <summary>Writes what has changed; nothing where no server was asked.</summary>
    public void Write()
    {
        lock (_writing)
        {
            var total = Total;
            if (_path is null || total == _written || total is { Requests: 0, User: null, Judge: null })
                return;
            AtomicFile.Write(_path, total.ToJson());
            _written = total;
        }
    }

    /// <summary>Ends the writing beside the evaluation.</summary>
    public void Dispose() => _timer?.Dispose();

    private void TryWrite()
    {
        try
        {
            Write();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Whoever writes the episodes meets the same, and says so.
        }
    }
}
