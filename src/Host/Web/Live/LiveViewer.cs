using System.Threading.Channels;

namespace StreamNer.Host.Web.Live;

/// <summary>One who looks on: what he has not read yet, and how much he missed. Disposing leaves.</summary>
/// <remarks>Any number of threads may offer; one reads.</remarks>
internal sealed class LiveViewer : IDisposable
{
    /// <summary>Events that wait for a viewer, at most. At the usual rate this is about two seconds' worth.</summary>
    public const int MaxWaiting = 128;

    private readonly LiveFeed _feed;
    private readonly Channel<ReadOnlyMemory<byte>> _waiting;
    private Task<bool>? _arrival;
    private long _dropped;

    public LiveViewer(LiveFeed feed, LiveCount since)
    {
        _feed = feed;
        Since = since;
        _waiting = Channel.CreateBounded<ReadOnlyMemory<byte>>(
            new BoundedChannelOptions(MaxWaiting) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true },
            _ => Interlocked.Increment(ref _dropped));
    }

    /// <summary>What the feed had counted when this viewer came.</summary>
    public LiveCount Since { get; }

    /// <summary>Events that were meant for this viewer and fell out of its queue.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    /// <summary>Events that wait to be read.</summary>
    public int Waiting => _waiting.Reader.Count;

    /// <summary>Puts an event behind the others; the oldest one goes when there is no room. Never waits.</summary>
    public void Offer(ReadOnlyMemory<byte> frame) => _waiting.Writer.TryWrite(frame);

    /// <summary>Takes the oldest event, if there is one.</summary>
    public bool TryRead(out ReadOnlyMemory<byte> frame) => _waiting.Reader.TryRead(out frame);

    /// <summary>Waits until there is an event, or for a time.</summary>
    public async Task WaitAsync(TimeSpan atMost, TimeProvider clock, CancellationToken stop)
    {
        // One wait for the next event goes on through as many times as it takes: a new one each time would pile up.
        _arrival ??= _waiting.Reader.WaitToReadAsync(CancellationToken.None).AsTask();
        using var over = CancellationTokenSource.CreateLinkedTokenSource(stop);
        await Task.WhenAny(_arrival, Task.Delay(atMost, clock, over.Token));
        await over.CancelAsync();
        stop.ThrowIfCancellationRequested();
        if (_arrival.IsCompleted)
            _arrival = null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _feed.Leave(this);
        _waiting.Writer.TryComplete();
    }
}
