using StreamNer.Streams.Kafka;
using StreamNer.Streams.Wire;

namespace StreamNer.Streams.Consuming;

/// <content>Batches that the client can't read: somebody is told, and where the settings say so they are skipped.</content>
internal sealed partial class ConsumerLoop
{
    /// <summary>After so many times at one position a batch that can't be read is no passing fault.</summary>
    private const int MostUnreadable = 3;

    /// <summary>The first offset that is missing because of a batch: a partition may be read from its middle.</summary>
    private static long FirstMissing(PartitionReading reading, UnreadableBatch batch) =>
        reading.NextOffset is { } next && next > batch.At.Offset ? next : batch.At.Offset;

    // The client asks for the same batch again and again, and its partition stands still meanwhile.
    /// <returns>True when the batch is skipped: a record that stands for it was taken.</returns>
    private bool NoteUnreadable()
    {
        if (_client.Unreadable is not { } batch || FindAssigned(batch.At.Id) is not { } reading
            || HasPassedOver(reading, batch.At.Offset))
        {
            return false;
        }

        reading.NoteUnreadable(batch);
        if (reading.UnreadableTimes < MostUnreadable)
            return false;

        var skips = _limits.OnUnreadable == OnUnreadableBatch.Skip;
        if (reading.UnreadableTimes == MostUnreadable)
        {
            if (!skips)
                LogUnreadable(_log, reading.Id.Topic, reading.Id.Partition, batch.At.Offset, batch.Reason);
            ReportAssigned();
        }

        return skips && _state == State.Consuming && !IsEnding && SkipBatch(reading, batch);
    }

    private bool SkipBatch(PartitionReading reading, UnreadableBatch batch)
    {
        reading.EndSearch ??= _client.FindLastAsync(batch);
        if (!reading.EndSearch.IsCompletedSuccessfully)
            return false;

        var first = FirstMissing(reading, batch);
        if (reading.EndSearch.Result is not { } last || first < 0 || last < first)
        {
            // Looked for again when the client meets the batch again.
            reading.EndSearch = null;
            return false;
        }

        NoteOffset(reading, first);
        reading.NextOffset = last + 1;
        reading.LastTimestamp = null;
        reading.ForgetUnreadable();
        _client.Seek(reading.Id, last + 1);
        var range = new UnreadableRange(last, batch.Reason);
        _batch.Add(new KafkaRecord(reading.Partition, first, null, null, [], null) { Unreadable = range });
        LogBatchSkipped(_log, reading.Id.Topic, reading.Id.Partition, first, last, batch.Reason);
        ReportAssigned();
        return true;
    }

    // Over a wrong checksum (check.crcs) the client passes by itself once it has told of it, and nobody would miss the records. Sent back,
    // it meets the batch again; where it does not, what came, a record or another such batch, was the next all along, as in a compacted
    // topic.
    private bool HasPassedOver(PartitionReading reading, long metOffset)
    {
        if (reading.Unreadable is not { } batch || reading.IsReread || metOffset <= FirstMissing(reading, batch))
            return false;

        reading.IsReread = true;
        _client.Seek(reading.Id, FirstMissing(reading, batch));

        // Here the client does not wait between one try and the next.
        if (reading.UnreadableTimes >= MostUnreadable && _limits.OnUnreadable == OnUnreadableBatch.Stop)
            _client.Pause(reading.Id);
        return true;
    }
}
