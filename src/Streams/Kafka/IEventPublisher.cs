using StreamNer.Inference.Domain;
using StreamNer.Streams.Wire;

namespace StreamNer.Streams.Kafka;

/// <summary>Writes records to Kafka: the publishing half of the seam for another connector.</summary>
internal interface IEventPublisher : IDisposable
{
    /// <summary>Records that the client has and the broker has not answered for. Any thread.</summary>
    int Unacknowledged { get; }

    /// <summary>
    /// Hands records to the client, in order. Any thread; order between calls holds when the next waits for the task of the one before.
    /// </summary>
    /// <param name="records">May not change until <see cref="SettleAsync"/> completes.</param>
    /// <param name="answered">The batch that they answer; null when they answer none.</param>
    /// <returns>Completes when the client has taken all of them, which is at once unless its queue is full.</returns>
    /// <exception cref="PublishFailedException">The client cannot go on.</exception>
    Task<Delivery> EnqueueAsync(ReadOnlyMemory<OutgoingRecord> records, RecordBatch? answered = null);

    /// <summary>
    /// Says that every record of a batch is answered by what was handed over and acknowledged. Completes when the answers are final: at
    /// once, or with the transaction that holds them. Any thread.
    /// </summary>
    Task SettleAsync(RecordBatch batch) => Task.CompletedTask;

    /// <summary>
    /// Batches that may wait for acknowledgement and settlement at the same time: several of the client's linger times' worth.
    /// </summary>
    int MaxUnsettledBatches => 64;
}

/// <summary>Records on their way to the broker.</summary>
/// <param name="Acknowledged">
/// Completes when every record is either acknowledged by all replicas in sync, or refused for good: these are listed. Fails with
/// <see cref="PublishFailedException"/> when one is neither.
/// </param>
internal readonly record struct Delivery(Task<IReadOnlyList<Refusal>> Acknowledged)
{
    /// <summary>What stands in for a refusal list that is empty.</summary>
    public static IReadOnlyList<Refusal> NoRefusals { get; } = [];
}

/// <summary>A record that Kafka will never take as it is.</summary>
/// <param name="Index">Its place among the records that were handed over together.</param>
/// <param name="Code">Why.</param>
/// <param name="Message">Why, for a person.</param>
/// <param name="Alone">
/// True when the record itself was refused. False when the broker refused the request it travelled in: its neighbours may be to blame.
/// </param>
internal readonly record struct Refusal(int Index, FailureCode Code, string Message, bool Alone);
