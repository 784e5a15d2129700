using StreamNer.Actors.Recognition;

namespace StreamNer.Actors.Batching;

/// <summary>Says whose turn it is, the stream's or the requests', by the tokens that each has had: neither can starve the other.</summary>
/// <param name="requestShare">What requests get while both have work, 0..1, exclusive.</param>
/// <remarks>Whoever has work alone gets all of it and pays nothing: shares are of what is contended, and nobody saves up.</remarks>
internal sealed class Turns(double requestShare)
{
    /// <summary>Tokens that the stream is ahead by, each side's weighed with the other's share; negative when the requests are.</summary>
    private double _streamAhead;

    /// <summary>Whose turn it is when both have work. A tie goes to the requests, which somebody waits for.</summary>
    public RecognitionProtocol.Asker Next => _streamAhead < 0 ? RecognitionProtocol.Asker.Stream : RecognitionProtocol.Asker.Request;

    /// <summary>Notes what an asker got.</summary>
    /// <param name="asker">Whose turn it was.</param>
    /// <param name="tokens">How many tokens.</param>
    /// <param name="contended">Whether the other had work too.</param>
    public void Charge(RecognitionProtocol.Asker asker, long tokens, bool contended)
    {
        if (!contended)
            _streamAhead = 0;
        else if (asker == RecognitionProtocol.Asker.Stream)
            _streamAhead += tokens * requestShare;
        else
            _streamAhead -= tokens * (1 - requestShare);
    }
}
