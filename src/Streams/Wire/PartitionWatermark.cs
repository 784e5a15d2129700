namespace StreamNer.Streams.Wire;

/// <summary>Says up to where a partition may be committed: never past an unfinished offset, and to the end once all is finished.</summary>
/// <remarks>
/// A pure rule, not thread-safe. It does not mind in which order ranges finish, so it needs no promise from the steps before it.
/// </remarks>
internal sealed class PartitionWatermark
{
    private readonly Queue<OffsetRange> _begun = new();
    private readonly HashSet<OffsetRange> _unfinished = [];
    private readonly HashSet<OffsetRange> _abandoned = [];
    private long _last = -1;

    /// <summary>The offset to commit, which is the next one to be read: last finished + 1. Null before anything finished.</summary>
    public long? Committable { get; private set; }

    /// <summary>Ranges that were begun and are neither finished nor abandoned: what there is to wait for.</summary>
    public int Unfinished => _unfinished.Count;

    /// <summary>Notes that a range has been taken from the partition.</summary>
    /// <exception cref="InvalidOperationException">The range does not lie behind all that were begun before it.</exception>
    public void Begin(OffsetRange range)
    {
        if (range.First <= _last || range.Last < range.First)
            throw new InvalidOperationException($"offsets {range.First} to {range.Last} cannot follow offset {_last}");

        _last = range.Last;
        _begun.Enqueue(range);
        _unfinished.Add(range);
    }

    /// <summary>Notes that a range is finished.</summary>
    /// <exception cref="InvalidOperationException">The range was never begun, or was finished before.</exception>
    public void Finish(OffsetRange range)
    {
        Remove(range);
        while (_begun.TryPeek(out var head) && !_unfinished.Contains(head) && !_abandoned.Contains(head))
        {
            Committable = head.Last + 1;
            _begun.Dequeue();
        }
    }

    /// <summary>Notes that a range will not be finished. Nobody waits for it any more, and nothing behind it is ever committed.</summary>
    /// <exception cref="InvalidOperationException">The range was never begun, or was finished before.</exception>
    public void Abandon(OffsetRange range)
    {
        Remove(range);
        _abandoned.Add(range);
    }

    private void Remove(OffsetRange range)
    {
        if (!_unfinished.Remove(range))
            throw new InvalidOperationException($"offsets {range.First} to {range.Last} were not begun, or finished twice");
    }
}
