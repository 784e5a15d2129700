using StreamNer.Streams.Wire;

namespace StreamNer.Streams.Publishing;

/// <summary>Writes records to Kafka: the publishing half of the seam for another connector.</summary>
internal interface IEventPublisher : IDisposable
{
    /// <summary>Hands records to the client, in order. Any thread; order between calls holds when the next waits for the task of the one before.</summary>
    /// <param name="records">May not change until <see cref="Delivery.Acknowledged"/> completes.</param>
    /// <returns>Completes when the client has taken all of them, which is at once unless its queue is full.</returns>
    /// <exception cref="PublishFailedException">The client cannot go on.</exception>
    Task<Delivery> EnqueueAsync(ReadOnlyMemory<OutgoingRecord> records);
}
