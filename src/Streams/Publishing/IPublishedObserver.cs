using StreamNer.Streams.Wire;

namespace StreamNer.Streams.Publishing;

/// <summary>Sees what has been published, for people who look on. Never part of the delivery: nothing waits for it.</summary>
internal interface IPublishedObserver
{
    /// <summary>Whether anybody looks on. Read for every batch: one field, nothing more.</summary>
    bool IsWatched { get; }

    /// <summary>The broker has every answer to this batch. Called only while somebody looks on, from any thread, several at once.</summary>
    /// <param name="batch">Nothing changes it from here on.</param>
    /// <remarks>Returns at once and does not throw: the offsets of the batch are not committed before it has returned.</remarks>
    void Published(RecordBatch batch);
}
