namespace StreamNer.Inference.Models;

/// <summary>
/// Watches how much memory the process takes beyond what it had, while a graph of a stranger is loaded and run in it. Any thread.
/// </summary>
/// <remarks>
/// The runtime tells nobody how much it is about to take. What a single node takes is seen only while or after it does, so this ends a
/// graph that grows from node to node and names one that took too much; a limit for the process itself is the system's to set.
/// </remarks>
internal sealed class MemoryWatch : IDisposable
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(25);

    private readonly CancellationTokenSource _exceeded = new();
    private readonly Lock _gate = new();
    private readonly long _before = Environment.WorkingSet;
    private readonly Timer _timer;
    private long _taken;

    /// <param name="mostBytes">More than this ends what is watched.</param>
    public MemoryWatch(long mostBytes)
    {
        MostBytes = mostBytes;
        _timer = new Timer(_ => Look(), null, LookEvery, LookEvery);
    }

    /// <summary>Half of what the process may have: of the machine's memory, or of its container's.</summary>
    public static long DefaultMostBytes => GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 2;

    /// <summary>The limit.</summary>
    public long MostBytes { get; }

    /// <summary>Most that was taken at a time, as far as it was seen.</summary>
    public long TakenBytes => Interlocked.Read(ref _taken);

    /// <summary>Cancelled once more than the limit was taken.</summary>
    public CancellationToken Exceeded => _exceeded.Token;

    /// <summary>Looks now.</summary>
    public void Look()
    {
        lock (_gate)
        {
            _taken = Math.Max(_taken, Environment.WorkingSet - _before);
            if (_taken > MostBytes && !_exceeded.IsCancellationRequested)
                _exceeded.Cancel();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        using var ended = new ManualResetEvent(initialState: false);
        if (_timer.Dispose(ended))
            ended.WaitOne();
        _exceeded.Dispose();
    }
}
