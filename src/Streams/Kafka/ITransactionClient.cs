using StreamNer.Streams.Wire;

namespace StreamNer.Streams.Kafka;

/// <summary>A producer with transactions, as far as the rules need one: the port behind which a client library stands.</summary>
/// <remarks>One thread calls all of it, but for <see cref="Unacknowledged"/>. Only <see cref="Commit"/> and <see cref="Abort"/> wait for a
/// broker.</remarks>
internal interface ITransactionClient : IDisposable
{
    /// <summary>Records that the client has and the broker has not answered for. Any thread.</summary>
    int Unacknowledged { get; }

    /// <summary>Begins a transaction.</summary>
    /// <exception cref="TransactionFailedException">The client cannot go on.</exception>
    void Begin();

    /// <summary>Hands records to the client, in order, as a part of the transaction.</summary>
    /// <exception cref="TransactionFailedException">The client cannot go on.</exception>
    Delivery Produce(ReadOnlyMemory<OutgoingRecord> records);

    /// <summary>The membership at this moment. A commit with it is refused once the group has gone on to another generation.</summary>
    /// <exception cref="TransactionFailedException">There is none any more.</exception>
    GroupGeneration ReadGeneration();

    /// <summary>Adds offsets to the transaction and commits it: either all of it is seen from now on, or nothing.</summary>
    /// <param name="offsets">For each partition the next offset to read.</param>
    /// <param name="generation">The membership under which the records were read.</param>
    /// <exception cref="TransactionFailedException">It is not committed, or that can't be told; it says which way is left.</exception>
    void Commit(IReadOnlyList<PartitionOffset> offsets, GroupGeneration generation);

    /// <summary>Aborts the transaction: readers see nothing of it.</summary>
    /// <param name="atMost">How long the brokers may take; null for as long as it takes.</param>
    /// <exception cref="TransactionFailedException">The client cannot go on, or they did not answer in time.</exception>
    void Abort(TimeSpan? atMost = null);
}

/// <summary>Who the consumer is in its group, with the generation: the client's own, to be handed back.</summary>
internal sealed record GroupGeneration(object Metadata);
