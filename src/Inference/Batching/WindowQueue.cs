using StreamNer.Inference.Windows;

namespace StreamNer.Inference.Batching;

/// <summary>Windows waiting for a lane, and the rule by which they become batches.</summary>
/// <remarks>
/// <para>
/// The rule: the window that is due first always goes, so nobody waits for ever; the batch around it grows by the windows nearest to it in
/// length, whichever costs less padding next, until the budget is reached. A window that was in a batch whose lane was lost goes alone.
/// </para>
/// <para>
/// A window is due when it arrives, but those within something long later, by <see cref="LongTextFactor"/> times what stands before them
/// in their text, and in the texts that were asked for before it in one request: what arrives meanwhile and is short need not wait for the
/// end of what is long, and what is long does not wait for ever.
/// </para>
/// <para>Windows of abandoned documents never enter a batch: they are left out and returned by <see cref="TakeLeftOut"/>.</para>
/// <para>One owner, one thread. Time is the caller's: stamps of a <see cref="TimeProvider"/>.</para>
/// </remarks>
internal sealed class WindowQueue(PaddedTokenBudget budget, TimeProvider clock)
{
    /// <summary>Long texts or requests that may be under way at once without holding up what is short.</summary>
    private const int LongTextFactor = 32;

    private readonly PriorityQueue<TokenWindow, (long, long)> _suspects = new();
    private PriorityQueue<TokenWindow, (long, long)>?[] _byLength = new PriorityQueue<TokenWindow, (long, long)>?[64];
    private List<TokenWindow> _leftOut = [];
    private int _shortest = int.MaxValue;
    private int _longest;
    private long _arrivals;
    private long _served;

    /// <summary>Number of waiting windows.</summary>
    public int Count { get; private set; }

    /// <summary>Sum of their lengths in tokens.</summary>
    public long Tokens { get; private set; }

    /// <summary>True when there is enough for a batch that needs no waiting.</summary>
    public bool HasFullBatch => Fills(budget);

    /// <summary>True when there is enough for a batch of another budget that needs no waiting.</summary>
    public bool Fills(PaddedTokenBudget other) => Tokens >= other.MaxPaddedTokens || Count >= other.MaxWindows || _suspects.Count > 0;

    /// <summary>Puts a window into the queue.</summary>
    public void Add(TokenWindow window)
    {
        window.QueuedAt = clock.GetTimestamp();
        window.Ticket = (_served + LongTextFactor * (window.Owner.TokensBefore + window.Range.FirstPiece), _arrivals++);
        Put(window);
    }

    /// <summary>
    /// Puts a window back that was in a batch of a lost lane. It keeps its place in the order and will go alone if it is suspect.
    /// </summary>
    public void Requeue(TokenWindow window) => Put(window);

    /// <summary>How long the oldest window has waited; null when the queue is empty.</summary>
    public TimeSpan? OldestWait()
    {
        var oldest = Oldest();
        return oldest is null ? null : clock.GetElapsedTime(oldest.QueuedAt);
    }

    /// <summary>Takes the next batch.</summary>
    /// <returns>Null when the queue is empty.</returns>
    public TokenBatch? DequeueBatch() => DequeueBatch(budget);

    /// <summary>Takes the next batch, of another budget.</summary>
    /// <param name="other">What it may cost.</param>
    /// <returns>Null when the queue is empty.</returns>
    public TokenBatch? DequeueBatch(PaddedTokenBudget other)
    {
        var oldest = Oldest();
        if (oldest is null)
            return null;
        if (oldest.LaneLosses > 0)
        {
            _suspects.Dequeue();
            Count--;
            Tokens -= oldest.Length;
            _served += oldest.Length;
            return new TokenBatch([oldest]);
        }

        // Taken as it was found: looked for once more it might have been abandoned meanwhile, by whichever thread, and the batch be empty.
        List<TokenWindow> windows = [_byLength[oldest.Length]!.Dequeue()];
        var (low, high) = (oldest.Length, oldest.Length);
        var longest = oldest.Length;
        long tokens = oldest.Length;
        while (NextLength(ref low, ref high, windows.Count, longest, oldest.Length) is var length and > 0)
        {
            if (!other.Allows(windows.Count + 1, Math.Max(longest, length), tokens + length))
            {
                // What is too long for this batch may leave room for what is shorter, and the other way round.
                if (length > longest)
                    high = int.MaxValue;
                else
                    break;
                continue;
            }

            windows.Add(_byLength[length]!.Dequeue());
            longest = Math.Max(longest, length);
            tokens += length;
        }

        Count -= windows.Count;
        Tokens -= tokens;
        _served += tokens;
        if (Count == _suspects.Count)
            (_shortest, _longest) = (int.MaxValue, 0);
        return new TokenBatch(windows);
    }

    /// <summary>Takes every window out whose document was abandoned, those included that were left out before.</summary>
    public IReadOnlyList<TokenWindow> TakeAbandoned()
    {
        Sweep(_suspects);
        for (var length = Math.Max(0, _shortest); length <= _longest; length++)
        {
            if (_byLength[length] is { Count: > 0 } windows)
                Sweep(windows);
        }

        return TakeLeftOut();
    }

    /// <summary>Takes the abandoned windows that were left out of batches.</summary>
    public IReadOnlyList<TokenWindow> TakeLeftOut()
    {
        if (_leftOut.Count == 0)
            return [];
        var leftOut = _leftOut;
        _leftOut = [];
        return leftOut;
    }

    private void Sweep(PriorityQueue<TokenWindow, (long, long)> windows)
    {
        (TokenWindow, (long, long))[] all = [.. windows.UnorderedItems];
        if (!Array.Exists(all, each => each.Item1.Owner.IsAbandoned))
            return;

        windows.Clear();
        foreach (var (window, ticket) in all)
        {
            if (window.Owner.IsAbandoned)
                LeaveOut(window);
            else
                windows.Enqueue(window, ticket);
        }
    }

    private void LeaveOut(TokenWindow window)
    {
        Count--;
        Tokens -= window.Length;
        _leftOut.Add(window);
    }

    private void Put(TokenWindow window)
    {
        Count++;
        Tokens += window.Length;
        if (window.LaneLosses > 0)
        {
            _suspects.Enqueue(window, window.Ticket);
            return;
        }

        if (window.Length >= _byLength.Length)
            Array.Resize(ref _byLength, Math.Max(window.Length + 1, _byLength.Length * 2));
        (_byLength[window.Length] ??= new PriorityQueue<TokenWindow, (long, long)>()).Enqueue(window, window.Ticket);
        _shortest = Math.Min(_shortest, window.Length);
        _longest = Math.Max(_longest, window.Length);
    }

    private TokenWindow? Oldest()
    {
        var oldest = First(_suspects);
        for (var length = Math.Max(0, _shortest); length <= _longest; length++)
        {
            if (_byLength[length] is not { } windows || First(windows) is not { } first)
                continue;
            if (oldest is null || first.Ticket.CompareTo(oldest.Ticket) < 0)
                oldest = first;
        }

        return oldest;
    }

    /// <summary>
    /// The length that costs the least padding next: the oldest's own, then the nearest shorter or longer one; 0 when none is left.
    /// </summary>
    private int NextLength(ref int low, ref int high, int count, int longest, int seed)
    {
        if (HasWindows(seed))
            return seed;

        while (low >= _shortest && !HasWindows(low))
            low--;
        while (high <= _longest && !HasWindows(high))
            high++;
        var shorter = low >= _shortest ? low : 0;
        var longer = high <= _longest ? high : 0;
        if (shorter == 0 || longer == 0)
            return Math.Max(shorter, longer);
        var paddingOfShorter = (long)(longest - shorter);
        var paddingOfLonger = (long)Math.Max(0, longer - longest) * count;
        return paddingOfLonger < paddingOfShorter ? longer : shorter;
    }

    private bool HasWindows(int length) =>
        length >= 0 && length < _byLength.Length && _byLength[length] is { } windows && First(windows) is not null;

    /// <summary>The first window that somebody waits for; what stands before it is left out.</summary>
    private TokenWindow? First(PriorityQueue<TokenWindow, (long, long)> windows)
    {
        while (windows.TryPeek(out var window, out _))
        {
            if (!window.Owner.IsAbandoned)
                return window;
            windows.Dequeue();
            LeaveOut(window);
        }

        return null;
    }
}
