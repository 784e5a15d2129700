using System.Diagnostics.CodeAnalysis;
using StreamNer.Streams.Wire;

namespace StreamNer.Streams.Consuming;

/// <summary>The short queue between the consumer thread, which offers, and the stream, which takes.</summary>
/// <remarks>
/// Its owner keeps it short by asking <see cref="HasRoom"/>; only a flush before a rebalance may go beyond. Offering and ending
/// are for the consumer thread, taking and attaching for the stage.
/// </remarks>
internal sealed class RecordHandover(int capacity)
{
    private readonly Lock _gate = new();
    private readonly Queue<RecordBatch> _batches = new();
    private Action? _wake;
    private volatile Exception? _failure;
    private volatile bool _ended;

    /// <summary>True while another batch may be offered.</summary>
    public bool HasRoom => Count < capacity;

    /// <summary>True when the stream has taken everything and would take more at once.</summary>
    public bool IsEmpty => Count == 0;

    /// <summary>True when nothing more will come: what is queued is the rest.</summary>
    public bool HasEnded => _ended;

    /// <summary>Why it ended; null when it ended well.</summary>
    public Exception? Failure => _failure;

    private int Count
    {
        get
        {
            lock (_gate)
                return _batches.Count;
        }
    }

    /// <summary>Names who is to be woken after each change. The callback must be cheap and may come too often.</summary>
    public void Attach(Action wake)
    {
        Volatile.Write(ref _wake, wake);
        wake();
    }

    /// <summary>Queues a batch.</summary>
    public void Offer(RecordBatch batch)
    {
        lock (_gate)
            _batches.Enqueue(batch);
        Volatile.Read(ref _wake)?.Invoke();
    }

    /// <summary>Takes the oldest batch.</summary>
    public bool TryTake([NotNullWhen(true)] out RecordBatch? batch)
    {
        lock (_gate)
            return _batches.TryDequeue(out batch);
    }

    /// <summary>
    /// Takes back all that the stream has not taken: at once, so that it has none of what lies behind what is taken back.
    /// </summary>
    public IReadOnlyList<RecordBatch> TakeBack()
    {
        lock (_gate)
        {
            RecordBatch[] queued = [.. _batches];
            _batches.Clear();
            return queued;
        }
    }

    /// <summary>Says that nothing more will come.</summary>
    public void End(Exception? failure)
    {
        if (_ended)
            return;

        _failure = failure;
        _ended = true;
        Volatile.Read(ref _wake)?.Invoke();
    }
}
