using StreamNer.Actors.Recognition;
using StreamNer.Inference.Batching;
using StreamNer.Inference.Windows;

namespace StreamNer.Actors.Batching;

/// <summary>The windows that wait: those of the stream and those of requests, which take turns by the tokens computed for each.</summary>
/// <remarks>One owner, one thread.</remarks>
internal sealed class SharedQueue(PaddedTokenBudget budget, double requestShare, TimeProvider clock)
{
    private readonly WindowQueue _stream = new(budget, clock);
    private readonly WindowQueue _requests = new(budget, clock);
    private readonly Turns _turns = new(requestShare);

    public int Count => _stream.Count + _requests.Count;

    /// <summary>Sum of the lengths of the windows that wait, in tokens.</summary>
    public long Tokens => _stream.Tokens + _requests.Tokens;

    /// <summary>True when there is enough for a batch of this budget that needs no waiting.</summary>
    public bool Fills(PaddedTokenBudget lane) => _stream.Fills(lane) || _requests.Fills(lane);

    /// <summary>
    /// How long the next window of the stream or of the requests has waited, whichever is longer; null when the queue is empty.
    /// </summary>
    public TimeSpan? OldestWait() => (_stream.OldestWait(), _requests.OldestWait()) switch
    {
        ({ } stream, { } request) => stream > request ? stream : request,
        var (stream, request) => stream ?? request,
    };

    public void Add(RecognitionProtocol.Asker asker, TokenWindow window) => Of(asker).Add(window);

    /// <summary>Puts a window back that was in a batch of a lost lane.</summary>
    public void Return(RecognitionProtocol.Asker asker, TokenWindow window) => Of(asker).Requeue(window);

    /// <summary>Takes the next batch of whoever's turn it is.</summary>
    /// <param name="lane">What it may cost there; null where it is as everywhere.</param>
    /// <returns>Null when the queue is empty.</returns>
    public (RecognitionProtocol.Asker Asker, TokenBatch Batch)? Take(PaddedTokenBudget? lane = null)
    {
        var contended = _stream.OldestWait() is not null & _requests.OldestWait() is not null;
        var asker = contended ? _turns.Next : _requests.Count > 0 ? RecognitionProtocol.Asker.Request : RecognitionProtocol.Asker.Stream;
        if (Of(asker).DequeueBatch(lane ?? budget) is not { } batch)
            return null;
        _turns.Charge(asker, batch.PaddedTokens, contended);
        return (asker, batch);
    }

    /// <summary>Takes every window out whose document was abandoned, those included that were met and left out before.</summary>
    public IReadOnlyList<TokenWindow> TakeAbandoned() => [.. _stream.TakeAbandoned(), .. _requests.TakeAbandoned()];

    /// <summary>Takes those abandoned windows that were met and left out.</summary>
    public IReadOnlyList<TokenWindow> TakeLeftOut() => [.. _stream.TakeLeftOut(), .. _requests.TakeLeftOut()];

    private WindowQueue Of(RecognitionProtocol.Asker asker) => asker == RecognitionProtocol.Asker.Stream ? _stream : _requests;
}
