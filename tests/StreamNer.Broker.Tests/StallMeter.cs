using System.Diagnostics;

namespace StreamNer.Broker.Tests;

/// <summary>Measures how long this process stood still at most: its machine, or all threads of its pool.</summary>
internal sealed class StallMeter : IDisposable
{
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(20);

    private readonly CancellationTokenSource _stop = new();
    private long _last = Stopwatch.GetTimestamp();
    private long _longest;

    public StallMeter() => _ = BeatAsync(_stop.Token);

    /// <summary>The longest time between two beats, the present one included.</summary>
    public TimeSpan Longest
    {
        get
        {
            var present = Stopwatch.GetElapsedTime(Volatile.Read(ref _last));
            var past = new TimeSpan(Volatile.Read(ref _longest));
            return present > past ? present : past;
        }
    }

    public void Dispose()
    {
        _stop.Cancel();
        _stop.Dispose();
    }

    private async Task BeatAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(Beat);
        while (!stop.IsCancellationRequested)
        {
            await timer.WaitForNextTickAsync(CancellationToken.None).ConfigureAwait(false);
            var now = Stopwatch.GetTimestamp();
            Volatile.Write(ref _longest, Math.Max(_longest, Stopwatch.GetElapsedTime(_last, now).Ticks));
            Volatile.Write(ref _last, now);
        }
    }
}
