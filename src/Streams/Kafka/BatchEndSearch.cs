using Confluent.Kafka;

namespace StreamNer.Streams.Kafka;

/// <summary>
/// Finds where a batch ends that can't be read. Its header is for the client alone, but from every offset inside it the client meets the
/// same batch, and from the first one behind it does not. One caller at a time, whose thread it blocks.
/// </summary>
/// <remarks>Reads with a client of its own, outside of any group: the member's place in its partition is not touched.</remarks>
internal sealed class BatchEndSearch : IDisposable
{
    private static readonly TimeSpan AnswerTime = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan PollTime = TimeSpan.FromMilliseconds(100);

    private readonly TopicPartition _partition;
    private readonly long _first;
    private readonly IConsumer<byte[]?, byte[]?> _consumer;

    /// <param name="options">The broker.</param>
    /// <param name="batch">The batch.</param>
    public BatchEndSearch(KafkaOptions options, UnreadableBatch batch)
    {
        _partition = new TopicPartition(batch.At.Id.Topic, batch.At.Id.Partition);
        _first = batch.At.Offset;
        _consumer = ReaderClient.Build(options, ("fetch.error.backoff.ms", "20"));
    }

    /// <summary>Looks, in some dozens of reads at most.</summary>
    /// <returns>The last offset that nothing is read from because of the batch.</returns>
    /// <exception cref="TimeoutException">The broker does not answer.</exception>
    /// <exception cref="KafkaException">The broker refuses.</exception>
    public long FindLast(CancellationToken stop)
    {
        var end = _consumer.QueryWatermarkOffsets(_partition, AnswerTime).High.Value;
        return LastInside(_first, end, offset => IsInside(offset, stop));
    }

    /// <summary>Finds the last offset of a range that begins at a known place and ends somewhere.</summary>
    /// <param name="first">The first offset, which is inside.</param>
    /// <param name="end">An offset that is not.</param>
    /// <param name="isInside">Tells of any in between.</param>
    public static long LastInside(long first, long end, Func<long, bool> isInside)
    {
        // Batches are short and what lies behind them may be long: in growing steps first, then by halves.
        var (inside, outside) = (first, end);
        for (var step = 1L; inside + step < outside; step *= 2)
        {
            if (isInside(inside + step))
                inside += step;
            else
                outside = inside + step;
        }

        while (outside - inside > 1)
        {
            var middle = inside + (outside - inside) / 2;
            if (isInside(middle))
                inside = middle;
            else
                outside = middle;
        }

        return inside;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _consumer.Close();
        _consumer.Dispose();
    }

    private bool IsInside(long offset, CancellationToken stop)
    {
        _consumer.Assign(new TopicPartitionOffset(_partition, offset));
        var asked = Environment.TickCount64;
        while (Environment.TickCount64 - asked < AnswerTime.TotalMilliseconds)
        {
            stop.ThrowIfCancellationRequested();
            try
            {
                // A record, or the end of the partition, where nothing but offsets without records follow.
                if (_consumer.Consume(PollTime) is not null)
                    return false;
            }
            catch (ConsumeException met) when (ConsumerFaults.IsOfBatch(met.Error.Code) && met.ConsumerRecord is { } at)
            {
                // There may be another one behind it.
                return at.Offset.Value == _first;
            }
            catch (ConsumeException passing) when (!passing.Error.IsFatal && !passing.Error.IsBrokerError)
            {
                // Between brokers, say: asked again until the time is over.
            }
        }

        throw new TimeoutException($"no answer from offset {offset} on within {AnswerTime.TotalSeconds:F0} s");
    }
}
