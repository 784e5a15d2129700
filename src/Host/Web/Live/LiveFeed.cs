using System.Collections.Immutable;
using StreamNer.Host.Settings;
using StreamNer.Inference.Domain;
using StreamNer.Streams.Publishing;
using StreamNer.Streams.Telemetry;
using StreamNer.Streams.Wire;

namespace StreamNer.Host.Web.Live;

/// <summary>Shows a sample of what is published to those who look on. Any thread.</summary>
/// <remarks>
/// The stream pays one read of a field for each batch while nobody looks. While somebody does, it pays for writing the sample, which
/// is bounded (<see cref="WebOptions.MaxEventsPerSecond"/>, <see cref="LiveFrame"/>) and made once for all viewers. It never waits
/// for a viewer: each has a queue of its own, and what does not fit falls out at its old end.
/// </remarks>
internal sealed class LiveFeed(WebOptions options, TimeProvider clock) : IPublishedObserver
{
    private readonly Lock _gate = new();
    private readonly TokenBucket _budget = new(options.MaxEventsPerSecond, clock);
    private volatile LiveViewer[] _viewers = [];
    private LiveCount _count;

    /// <inheritdoc/>
    public bool IsWatched => _viewers.Length > 0;

    /// <summary>How many look on.</summary>
    public int Viewers => _viewers.Length;

    /// <summary>Events that those who look on now have lost because they were slow.</summary>
    public long Dropped => _viewers.Sum(viewer => viewer.Dropped);

    /// <summary>What went past so far while somebody looked on.</summary>
    public LiveCount Count
    {
        get
        {
            lock (_gate)
                return _count;
        }
    }

    /// <summary>Begins to look on.</summary>
    /// <returns>Null when there are as many viewers as allowed.</returns>
    public LiveViewer? Enter()
    {
        lock (_gate)
        {
            if (_viewers.Length >= options.MaxViewers)
                return null;

            var viewer = new LiveViewer(this, _count);
            _viewers = [.. _viewers, viewer];
            return viewer;
        }
    }

    /// <summary>Ends looking on.</summary>
    public void Leave(LiveViewer viewer)
    {
        lock (_gate)
            _viewers = [.. _viewers.Where(other => !ReferenceEquals(other, viewer))];
    }

    /// <inheritdoc/>
    public void Published(RecordBatch batch)
    {
        var published = CountEvents(batch);
        if (published == 0)
            return;

        int shown;
        lock (_gate)
        {
            shown = _budget.SpendUpTo(published);
            _count = new LiveCount(_count.Published + published, _count.Shown + shown);
        }

        // Most batches of a busy stream: they cost no more than the count.
        if (shown == 0)
            return;

        var (viewers, events) = (_viewers, EventsOf(batch));
        for (var i = 0; i < shown; i++)
        {
            // Evenly from the whole batch: its beginning alone would be one partition, again and again.
            var frame = LiveFrame.Of(batch, events[(int)((long)i * events.Length / shown)], options.ShowText, clock.GetUtcNow());
            foreach (var viewer in viewers)
                viewer.Offer(frame);
        }
    }

    /// <summary>How many events the batch has: all records that were answered, but tombstones.</summary>
    private static int CountEvents(RecordBatch batch)
    {
        var count = 0;
        foreach (ref readonly var result in batch.Results)
            count += result is { Answer: not null, Outcome: not null } ? 1 : 0;
        return count;
    }

    /// <summary>The batch's records and what became of them; tombstones are no events.</summary>
    private static ImmutableArray<(int Index, DocumentOutcome Outcome)> EventsOf(RecordBatch batch)
    {
        var events = ImmutableArray.CreateBuilder<(int, DocumentOutcome)>(batch.Count);
        for (var i = 0; i < batch.Count; i++)
        {
            if (batch.Results[i] is { Answer: not null, Outcome: { } became })
                events.Add((i, became));
        }

        return events.DrainToImmutable();
    }
}
