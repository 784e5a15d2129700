namespace StreamNer.Streams.Kafka;

/// <summary>
/// A transaction was not committed. Nothing of it is seen and none of its offsets counts: its records are read again by the next run.
/// </summary>
/// <param name="reason">Why, as the end of a sentence.</param>
/// <param name="way">What is left to do.</param>
/// <param name="inner">What the client said.</param>
internal sealed class TransactionFailedException(string reason, TransactionWay way, Exception? inner = null) : Exception(reason, inner)
{
    /// <summary>What is left to do.</summary>
    public TransactionWay Way => way;
}

/// <summary>What is left to do after a transaction has failed.</summary>
internal enum TransactionWay
{
    /// <summary>Abort it.</summary>
    Abort,

    /// <summary>Nothing with this client: only a new one can go on.</summary>
    NewClient,

    /// <summary>Nothing with this client: another one has its name, and the brokers take nothing from this one any more.</summary>
    Fenced,
}
