namespace FissionGrpo.Evaluation.Endpoints;

/// <summary>A clock whose long waits end when the test says so, so that no test depends on how fast the machine is. Short waits take their time.</summary>
internal sealed class PatientClock : TimeProvider
{
    private static readonly TimeSpan Short = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly List<HeldTimer> _held = [];

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        if (dueTime <= Short)
            return base.CreateTimer(callback, state, dueTime, period);
        var timer = new HeldTimer(() => callback(state));
        lock (_gate)
            _held.Add(timer);
        return timer;
    }

    /// <summary>Ends every long wait that is under way.</summary>
    public void LetTimePass()
    {
        HeldTimer[] due;
        lock (_gate)
        {
            due = [.. _held];
            _held.Clear();
        }
        foreach (var timer in due)
            timer.Fire();
    }

    private sealed class HeldTimer(Action fire) : ITimer
    {
        private volatile bool _isDisposed;

        public void Fire()
        {
            if (!_isDisposed)
                fire();
        }

        public bool Change(TimeSpan dueTime, TimeSpan period) => !_isDisposed;

        public void Dispose() => _isDisposed = true;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
