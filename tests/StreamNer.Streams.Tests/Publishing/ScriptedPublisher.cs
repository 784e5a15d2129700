using StreamNer.Inference.Domain;
using StreamNer.Streams.Kafka;
using StreamNer.Streams.Wire;

namespace StreamNer.Streams.Tests.Publishing;

/// <summary>Takes records in order and answers as it is told to.</summary>
internal sealed class ScriptedPublisher : IEventPublisher
{
    private readonly Lock _gate = new();
    private readonly List<OutgoingRecord> _taken = [];

    /// <summary>Refuses a record: the answer, or null to take it. Asked once for each time it is sent.</summary>
    public Func<OutgoingRecord, int, Refusal?> Refuse { get; init; } = (_, _) => null;

    /// <summary>Fails instead of answering.</summary>
    public Exception? Failure { get; init; }

    /// <summary>Acknowledgements wait for this.</summary>
    public Task Acknowledge { get; init; } = Task.CompletedTask;

    /// <summary>What was acknowledged, in the order of sending.</summary>
    public IReadOnlyList<OutgoingRecord> Taken
    {
        get
        {
            lock (_gate)
                return [.. _taken];
        }
    }

    public int Unacknowledged => 0;

    public Task<Delivery> EnqueueAsync(ReadOnlyMemory<OutgoingRecord> records, RecordBatch? answered = null)
    {
        var refusals = new List<Refusal>();
        for (var i = 0; i < records.Length; i++)
        {
            var record = records.Span[i];
            if (Refuse(record, i) is { } refusal)
            {
                refusals.Add(refusal);
                continue;
            }

            lock (_gate)
                _taken.Add(record);
        }

        return Task.FromResult(new Delivery(Answer()));

        async Task<IReadOnlyList<Refusal>> Answer()
        {
            await Acknowledge;
            return Failure is null ? refusals : throw Failure;
        }
    }

    public static Refusal TooLarge(int index, bool alone) => new(index, FailureCode.EventTooLarge, "too large", alone);

    public void Dispose()
    {
    }
}
