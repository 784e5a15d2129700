using System.Diagnostics;
using System.Diagnostics.Metrics;
using StreamNer.Inference.Domain;
using StreamNer.Streams.Kafka;
using StreamNer.Streams.Wire;

namespace StreamNer.Streams.Telemetry;

/// <summary>Every metric of this project: names, units, tags. Tags come from bounded sets, never from content.</summary>
internal sealed class StreamsTelemetry : IDisposable
{
    /// <summary>The meter's name, for whoever collects.</summary>
    public const string MeterName = "StreamNer.Streams";

    private static readonly KeyValuePair<string, object?> Kafka = new("messaging.system", "kafka");

    private readonly Meter _meter;
    private readonly PipelineStatus _status;
    private readonly KafkaOptions _kafka;
    private readonly Counter<long> _consumed;
    private readonly Counter<long> _sent;
    private readonly Histogram<double> _processDuration;
    private readonly Histogram<double> _documentDuration;
    private readonly Counter<long> _deadLetters;
    private readonly Counter<long> _entities;
    private readonly Counter<long> _windows;
    private readonly Counter<long> _truncated;
    private readonly Counter<long> _gaps;
    private readonly Counter<long> _refusedHandovers;
    private readonly Counter<long> _transactions;
    private readonly Histogram<double> _transactionDuration;
    private readonly Histogram<long> _transactionRecords;

    public StreamsTelemetry(PipelineStatus status, KafkaOptions kafka)
    {
        // The scope tells this pipeline's instruments from those of another one in the same process.
        _meter = new Meter(new MeterOptions(MeterName) { Scope = status });
        _status = status;
        _kafka = kafka;
        _consumed = _meter.CreateCounter<long>("messaging.client.consumed.messages", "{message}",
            "Records handed from the consumer to the stream.");
        _sent = _meter.CreateCounter<long>("messaging.client.sent.messages", "{message}", "Records acknowledged by the broker.");
        _processDuration = _meter.CreateHistogram<double>("messaging.process.duration", "s", "One batch, from consumed to acknowledged.");
        _documentDuration =
            _meter.CreateHistogram<double>("streamner.document.duration", "s", "One document, from consumed to acknowledged.");
        _deadLetters = _meter.CreateCounter<long>("streamner.dead_letters", "{message}",
            "Dead letters acknowledged by the broker, by stage and code.");
        _entities = _meter.CreateCounter<long>("streamner.entities", "{entity}", "Entities published, by label.");
        _windows = _meter.CreateCounter<long>("streamner.windows", "{window}", "Windows that the published documents took.");
        _truncated = _meter.CreateCounter<long>("streamner.truncated", "{document}", "Published documents whose text was cut.");
        _gaps = _meter.CreateCounter<long>("streamner.offset_gaps", "{offset}",
            "Offsets skipped between one record and the next, by topic.");
        _refusedHandovers = _meter.CreateCounter<long>(
            "streamner.handovers.refused", "{batch}", "Times that a full batch was not handed on for want of room.");
        _transactions = _meter.CreateCounter<long>("streamner.transactions", "{transaction}",
            "Transactions that ended, by outcome and reason.");
        _transactionDuration = _meter.CreateHistogram<double>("streamner.transaction.duration", "s",
            "One transaction, from its first answers to its end, by outcome.");
        _transactionRecords = _meter.CreateHistogram<long>("streamner.transaction.records", "{message}",
            "Input records that a committed transaction answers.");
        _meter.CreateObservableGauge(
            "streamner.transaction.open", () => _status.Snapshot().TransactionOpenFor.TotalSeconds, "s",
            "How long the present transaction has been open; 0 while there is none.");
        _meter.CreateObservableGauge(
            "streamner.documents.in_flight.limit", () => _status.Snapshot().InFlightLimit, "{document}",
            "Records that may be under way at present; it follows the rate.");
        _meter.CreateObservableGauge(
            "streamner.partitions.paused", () => _status.Snapshot().PausedPartitions, "{partition}",
            "Partitions from which nothing is taken for want of room.");
        _meter.CreateObservableGauge(
            "streamner.partitions.unreadable", () => _status.Snapshot().Partitions.Count(partition => partition.Unreadable is not null),
            "{partition}", "Partitions that stand still at a batch that can't be read.");
        _meter.CreateObservableGauge(
            "streamner.producer.queue", () => _status.Snapshot().ProducerQueue, "{message}",
            "Records that the producer has and the broker has not acknowledged.");
        _meter.CreateObservableGauge(
            "streamner.watermark.age", () => _status.Snapshot().SinceProgress.TotalSeconds, "s",
            "Time since something was finished while records were under way; 0 when none are.");
        _meter.CreateObservableGauge("streamner.documents.in_flight", () =>
            _status.Snapshot().InFlight, "{document}", "Records between consumer and commit.");
        _meter.CreateObservableGauge("kafka_consumergroup_lag", Lags, "{message}", "Records that are not finished yet, by partition.");
    }

    /// <summary>
    /// A run of the graph begins. Counters whose tags are known are written with 0: one that appears with its first event has no rate
    /// there.
    /// </summary>
    public void RunStarted()
    {
        var names = new TopicSelection(_kafka).Names;
        foreach (var topic in names)
        {
            _consumed.Add(0, Kafka, new("messaging.destination.name", topic), new("messaging.consumer.group.name", _kafka.GroupId));
            _gaps.Add(0, new KeyValuePair<string, object?>("topic", topic));
        }

        foreach (var topic in names.Select(_kafka.DeadLetterTopicOf).Append(_kafka.OutputTopic).Distinct(StringComparer.Ordinal))
        {
            _sent.Add(0, Kafka, new("messaging.destination.name", topic));
        }

        foreach (var code in Enum.GetValues<FailureCode>())
            _deadLetters.Add(0, new("stage", StageOf(code).Name()), new("code", code.Name()));
        _windows.Add(0);
        _truncated.Add(0);
        _refusedHandovers.Add(0);
        foreach (var reason in TransactionEnd.OfCommits)
            _transactions.Add(0, new("outcome", "committed"), new("reason", reason));
        foreach (var reason in TransactionEnd.OfAborts)
            _transactions.Add(0, new("outcome", "aborted"), new("reason", reason));
    }

    /// <summary>A batch went from the consumer to the stream.</summary>
    public void BatchConsumed(RecordBatch batch)
    {
        _status.Consumed(batch.Count);
        if (!_consumed.Enabled)
            return;

        foreach (var run in batch.Runs)
        {
            _consumed.Add(run.Count, Kafka, new("messaging.destination.name", run.Partition.Topic),
                new("messaging.consumer.group.name", _kafka.GroupId));
        }
    }

    /// <summary>The broker has every answer to a batch.</summary>
    public void BatchPublished(RecordBatch batch)
    {
        var elapsed = Stopwatch.GetElapsedTime(batch.ReadAt).TotalSeconds;
        var (events, tombstones, deadLetters, documents) = (0, 0, 0, 0);
        foreach (ref readonly var result in batch.Results)
        {
            if (result.Answer is not { } answer)
                continue;

            documents += result.Document is null ? 0 : 1;
            if (result.Failure is { } failure)
            {
                deadLetters++;
                _deadLetters.Add(1, new("stage", failure.Stage.Name()), new("code", failure.Code.Name()));
                _sent.Add(1, Kafka, new("messaging.destination.name", answer.Topic));
            }
            else if (result.Outcome is null)
            {
                tombstones++;
            }
            else
            {
                events++;
            }
        }

        _status.Published(events, tombstones, deadLetters);
        _processDuration.Record(elapsed, Kafka, new("messaging.operation.name", "process"));
        if (events + tombstones > 0)
            _sent.Add(events + tombstones, Kafka, new("messaging.destination.name", _kafka.OutputTopic));

        CountOutcomes(batch);
        if (_documentDuration.Enabled)
        {
            for (var i = 0; i < documents; i++)
                _documentDuration.Record(elapsed);
        }
    }

    /// <summary>A transaction was committed.</summary>
    /// <param name="reason">Why it ended, of <see cref="TransactionEnd.OfCommits"/>.</param>
    /// <param name="records">Input records that it answers.</param>
    /// <param name="duration">From its first answers to the brokers' word.</param>
    public void TransactionCommitted(string reason, int records, TimeSpan duration)
    {
        _transactions.Add(1, new("outcome", "committed"), new("reason", reason));
        _transactionDuration.Record(duration.TotalSeconds, new KeyValuePair<string, object?>("outcome", "committed"));
        _transactionRecords.Record(records);
    }

    /// <summary>A transaction was aborted, or is aborted by the brokers.</summary>
    /// <param name="reason">Why, of <see cref="TransactionEnd.OfAborts"/>.</param>
    /// <param name="duration">From its first answers.</param>
    public void TransactionAborted(string reason, TimeSpan duration)
    {
        _transactions.Add(1, new("outcome", "aborted"), new("reason", reason));
        _transactionDuration.Record(duration.TotalSeconds, new KeyValuePair<string, object?>("outcome", "aborted"));
    }

    /// <summary>A full batch was not handed on for want of room.</summary>
    public void HandoverRefused() => _refusedHandovers.Add(1);

    /// <summary>Offsets were skipped.</summary>
    public void OffsetsSkipped(string topic, long offsets)
    {
        _status.Skipped(offsets);
        _gaps.Add(offsets, new KeyValuePair<string, object?>("topic", topic));
    }

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();

    private void CountOutcomes(RecordBatch batch)
    {
        if (!_windows.Enabled && !_entities.Enabled && !_truncated.Enabled)
            return;

        var windows = 0L;
        var truncated = 0L;
        var labels = new Dictionary<string, long>();
        foreach (ref readonly var result in batch.Results)
        {
            if (result is not { Outcome: DocumentOutcome.Labelled labelled, Answer: not null })
                continue;

            windows += labelled.Windows;
            truncated += labelled.Truncated ? 1 : 0;
            foreach (var entity in labelled.Entities)
                labels[entity.Label] = labels.GetValueOrDefault(entity.Label) + 1;
        }

        _windows.Add(windows);
        if (truncated > 0)
            _truncated.Add(truncated);
        foreach (var (label, count) in labels)
            _entities.Add(count, new KeyValuePair<string, object?>("label", label));
    }

    private static FailureStage StageOf(FailureCode code) => code switch
    {
        FailureCode.TextTooLong or FailureCode.TokenizerFailed => FailureStage.Tokenize,
        FailureCode.InferenceFailed or FailureCode.LaneLost => FailureStage.Infer,
        FailureCode.RuleTimedOut or FailureCode.RulesFailed => FailureStage.Rules,
        FailureCode.EventTooLarge or FailureCode.PublishRefused => FailureStage.Publish,
        _ => FailureStage.Read,
    };

    private IEnumerable<Measurement<long>> Lags()
    {
        foreach (var partition in _status.Snapshot().Partitions)
        {
            if (partition.Lag is { } lag)
            {
                yield return new Measurement<long>(lag, new("consumergroup", _kafka.GroupId), new("topic", partition.Topic),
                    new("partition", partition.Partition));
            }
        }
    }
}
