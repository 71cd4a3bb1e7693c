using System.Runtime.InteropServices;

namespace FissionGrpo.Cli.Shells;

/// <summary>
/// Ctrl+C and SIGTERM ask the command to save and stop; the second one does not ask. (The parser's own handling would end the
/// process after two seconds, in the middle of a checkpoint.)
/// </summary>
internal sealed class Interruption : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration[] _signals;
    private readonly TextWriter _error;

    public Interruption(TextWriter error)
    {
        _error = error;
        _signals = [PosixSignalRegistration.Create(PosixSignal.SIGINT, Handle), PosixSignalRegistration.Create(PosixSignal.SIGTERM, Handle)];
    }

    public CancellationToken Token => _source.Token;

    public void Dispose()
    {
        foreach (var signal in _signals)
            signal.Dispose();
        _source.Dispose();
    }

    /// <summary>A signal has come.</summary>
    internal void Handle(PosixSignalContext context)
    {
        if (_source.IsCancellationRequested)
        {
            _error.WriteLine("fission: stopped at once; what was saved before is whole, and what was under way is not kept");
            return; // the default: the process ends
        }
        context.Cancel = true;
        _error.WriteLine("fission: stopping; what is done is being saved (again to stop at once)");
        _source.Cancel();
    }
}
