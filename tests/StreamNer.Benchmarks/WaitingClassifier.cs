using System.Diagnostics;
using StreamNer.Inference.Batching;
using StreamNer.Inference.Models;

namespace StreamNer.Benchmarks;

/// <summary>
/// A classifier of known cost: each batch takes one fixed time, in which the processor has nothing to do, as with a GPU. So many lanes can
/// be busy at once on few cores.
/// </summary>
internal sealed class WaitingClassifier(int labels, BatchCost cost) : ITokenClassifier
{
    private readonly FreeClassifier _free = new(labels);

    public PieceScores Run(TokenBatch batch)
    {
        var started = Stopwatch.GetTimestamp();
        Thread.Sleep(cost.Wait);
        var scores = _free.Run(batch);
        cost.AddBusy(Stopwatch.GetElapsedTime(started));
        return scores;
    }

    public void WarmUp(BatchShapes shapes)
    {
    }

    public void Cancel()
    {
    }

    public void Dispose() => _free.Dispose();

    /// <summary>Makes one for each lane; all have one cost.</summary>
    internal sealed class Factory(int labels, BatchCost cost) : ITokenClassifierFactory
    {
        public ITokenClassifier Create(LaneSpec lane, BatchShapes? shapes = null, CancellationToken stop = default) =>
            new WaitingClassifier(labels, cost);
    }
}

/// <summary>How long a batch takes, which may change while lanes run, and how long they computed in all. Any thread.</summary>
internal sealed class BatchCost
{
    private long _waitTicks;
    private long _busyTicks;

    public TimeSpan Wait
    {
        get => TimeSpan.FromTicks(Interlocked.Read(ref _waitTicks));
        set => Interlocked.Exchange(ref _waitTicks, value.Ticks);
    }

    public TimeSpan Busy => TimeSpan.FromTicks(Interlocked.Read(ref _busyTicks));

    public void AddBusy(TimeSpan time) => Interlocked.Add(ref _busyTicks, time.Ticks);
}
