using System.Runtime.InteropServices;

namespace StreamNer.Cli.Terminal;

/// <summary>Turns SIGINT, SIGTERM and SIGQUIT into a request to stop. The second one ends the process at once.</summary>
internal sealed class StopSignals : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly PosixSignalRegistration[] _registrations;

    private StopSignals() =>
        _registrations =
            [.. new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGQUIT }.Select(signal =>
                PosixSignalRegistration.Create(signal, OnSignal))];

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => _stop.Token;

    /// <summary>Starts listening.</summary>
    public static StopSignals Listen() => new();

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var registration in _registrations)
            registration.Dispose();
        _stop.Dispose();
    }

    private void OnSignal(PosixSignalContext context)
    {
        // Left alone the runtime ends the process here. The first time there is work to bring to an end; whoever asks twice is in a hurry.
        context.Cancel = !_stop.IsCancellationRequested;
        _stop.Cancel();
    }
}
