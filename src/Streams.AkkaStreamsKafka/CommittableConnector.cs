using System.Collections.Immutable;
using System.Globalization;
using System.Threading.Channels;
using Akka;
using Akka.Streams;
using Akka.Streams.Dsl;
using Akka.Streams.Kafka.Helpers;
using Akka.Streams.Kafka.Messages;
using Akka.Streams.Kafka.Settings;
using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using StreamNer.Streams.Consuming;
using StreamNer.Streams.Kafka;
using StreamNer.Streams.Pipeline;
using StreamNer.Streams.Telemetry;
using StreamNer.Streams.Wire;
using Directive = Akka.Streams.Supervision.Directive;

namespace StreamNer.Streams.AkkaStreamsKafka;

/// <summary>Consumes by <c>KafkaConsumer.CommittableSource</c> and commits by <c>Committer</c>.</summary>
/// <remarks>
/// One source for all partitions: it keeps poll order, and what it has fetched of a partition that went is handed on, not dropped. A second
/// small graph commits, since a batch's offsets come out of the end of the first one. Lives for one run of the graph.
/// </remarks>
internal sealed partial class CommittableConnector : IRecordConnector
{
    private const int MaxCommitBatch = 1000;
    private const int ParallelCommits = 4;

    // Of the drain it waits for nothing, and after a failure for the last commits only.
    private static readonly TimeSpan StopTimeout = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan CommitAgainAfter = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan UsualCommitInterval = TimeSpan.FromSeconds(5);

    private readonly KafkaOptions _options;
    private readonly PipelineOptions _pipeline;
    private readonly IMaterializer _materializer;
    private readonly ConsumerSettings<byte[]?, byte[]?> _consumer;
    private readonly CommitterSettings _committer;
    private readonly PipelineStatus _status;
    private readonly StreamsTelemetry _telemetry;
    private readonly ILogger _log;
    private readonly ConsumerFaults _faults;
    private readonly InFlight _inFlight;
    private readonly AssignedOffsets _offsets = new();
    private readonly Channel<ICommittable> _due =
        Channel.CreateUnbounded<ICommittable>(new UnboundedChannelOptions { SingleReader = true });
    private readonly TaskCompletionSource _intakeEnded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private IControl? _control;
    private Task _commits = Task.CompletedTask;
    private Action _wake = () => { };
    private Exception? _failure;
    private Exception? _lastReported;
    private long _skipped;
    private int _ending;

    /// <param name="options">The cluster, group and topics.</param>
    /// <param name="pipeline">Bounds and times.</param>
    /// <param name="identity">The member's name; told when another instance has it.</param>
    /// <param name="materializer">Runs the graph that commits; its owner disposes it.</param>
    /// <param name="status">Told of partitions.</param>
    /// <param name="telemetry">Told of records.</param>
    /// <param name="log">Told what an operator should know.</param>
    public CommittableConnector(KafkaOptions options, PipelineOptions pipeline, MemberIdentity identity, ActorMaterializer materializer,
        PipelineStatus status, StreamsTelemetry telemetry, ILogger log)
    {
        _options = options;
        _pipeline = pipeline;
        _materializer = materializer;
        _status = status;
        _telemetry = telemetry;
        _log = log;
        _faults = new ConsumerFaults(options, identity, log);
        _inFlight = new InFlight(
            new DrainableLimit(pipeline.MaxDocumentsInFlight, pipeline.DrainTimeout / 4, TimeProvider.System), pipeline.MaxBytesInFlight);

        var config = materializer.System.Settings.Config.WithFallback(KafkaExtensions.DefaultSettings);
        var settings = ClientSettings.Consumer(options, identity.InstanceId);
        var interval = settings.TryGetValue("auto.commit.interval.ms", out var text)
            ? TimeSpan.FromMilliseconds(int.Parse(text, CultureInfo.InvariantCulture)) : UsualCommitInterval;
        settings["enable.auto.commit"] = "false";

        // The stage gives librdkafka no log but standard error, where it warns of each close.
        settings.TryAdd("log_level", "3");
        _consumer = ConsumerSettings<byte[]?, byte[]?>
            .Create(config.GetConfig("akka.kafka.consumer"), RawBytes.Instance, RawBytes.Instance)
            .WithProperties(settings)
            .WithStopTimeout(StopTimeout);
        _committer = CommitterSettings.Create(config.GetConfig("akka.kafka.committer"))
            .WithMaxBatch(MaxCommitBatch)
            .WithMaxInterval(interval)
            .WithParallelism(ParallelCommits);
        status.Watch(_inFlight);
    }

    private bool IsEnding => Volatile.Read(ref _ending) == 1;

    /// <inheritdoc/>
    public Task Closed => _closed.Task;

    /// <inheritdoc/>
    public Source<RecordBatch, NotUsed> Records()
    {
        var partitions = new PartitionEvents(this);
        var topics = Subscriptions.Topics([.. _options.InputTopics]).WithPartitionEventsHandler(partitions);
        var batches = new BatchingStage(
            _offsets, _inFlight, _telemetry, _pipeline.MaxBatchRecords, _pipeline.MaxBytesInFlight / 8, NoteRead,
            wake => Volatile.Write(ref _wake, wake), () => _intakeEnded.TrySetResult());
        return Akka.Streams.Kafka.Dsl.KafkaConsumer.CommittableSource(_consumer, topics)
            .WithAttributes(ActorAttributes.CreateSupervisionStrategy(DecideConsuming))
            .Via(batches)
            .SelectError(broken => Volatile.Read(ref _failure) ?? broken)
            .MapMaterializedValue(Started);
    }

    /// <inheritdoc/>
    public void Finished(RecordBatch batch)
    {
        foreach (var offset in _offsets.Finish(batch))
            _due.Writer.TryWrite(offset);
        _inFlight.Leave(batch);
        if (_intakeEnded.Task.IsCompleted && _inFlight.Documents == 0)
            _idle.TrySetResult();
        Volatile.Read(ref _wake)();
    }

    /// <inheritdoc/>
    public void StopIntake()
    {
        if (Interlocked.Exchange(ref _ending, 1) == 1)
            return;

        if (_control is null)
            Close();
        else
            _ = DrainAsync(_control);
    }

    /// <inheritdoc/>
    public void Abort()
    {
        Volatile.Write(ref _ending, 1);
        Close();
    }

    // Called while the graph is materialised, so before anybody can ask for an end.
    private NotUsed Started(IControl control)
    {
        _control = control;
        var commit = Committer.BatchFlow(_committer)
            .WithAttributes(ActorAttributes.CreateSupervisionStrategy(DecideCommitting));
        _commits = ChannelSource.FromReader(_due.Reader)
            .Via(commit)
            .RunForeach(Committed, _materializer);
        control.IsShutdown.ContinueWith(
            _ => EndClosed(), CancellationToken.None, TaskContinuationOptions.RunContinuationsAsynchronously, TaskScheduler.Default);
        return NotUsed.Instance;
    }

    private async Task DrainAsync(IControl control)
    {
        var begun = TimeProvider.System.GetTimestamp();
        try
        {
            LogDraining(_log, _inFlight.Documents);
            await control.Stop().ConfigureAwait(false);
            await _intakeEnded.Task.WaitAsync(Left()).ConfigureAwait(false);
            if (_inFlight.Documents == 0)
                _idle.TrySetResult();
            await Task.WhenAny(_idle.Task, _closed.Task).WaitAsync(Left()).ConfigureAwait(false);
            if (!_idle.Task.IsCompleted)
                return;

            _due.Writer.TryComplete();
            await _commits.WaitAsync(Left()).ConfigureAwait(false);
            while (_offsets.Unconfirmed() is { Count: > 0 } unconfirmed && Left() > TimeSpan.Zero)
                await CommitAgainAsync(unconfirmed, Left()).ConfigureAwait(false);
            LogDrained(_log, TimeProvider.System.GetElapsedTime(begun).TotalMilliseconds);
        }
        catch (Exception late) when (late is TimeoutException or KafkaException)
        {
            LogNotDrained(_log, _inFlight.Documents, TimeProvider.System.GetElapsedTime(begun).TotalSeconds);
        }
        catch (Exception broken)
        {
            Interlocked.CompareExchange(
                ref _failure, new ConsumerFailedException($"the drain failed: {broken.GetBaseException().Message}", broken), null);
        }
        finally
        {
            Close();
        }

        TimeSpan Left()
        {
            var left = _pipeline.DrainTimeout - TimeProvider.System.GetElapsedTime(begun);
            return left < TimeSpan.Zero ? TimeSpan.Zero : left;
        }
    }

    // A group that is rebalancing may take no offsets, nor does the stage's actor while it thinks so.
    private async Task CommitAgainAsync(IReadOnlyList<ICommittableOffset> offsets, TimeSpan atMost)
    {
        try
        {
            await Task.WhenAll(offsets.Select(offset => offset.Commit())).WaitAsync(atMost).ConfigureAwait(false);
            foreach (var offset in offsets)
                _offsets.Confirm(offset.Offset);
        }
        catch (Exception refused) when (refused is not TimeoutException)
        {
            LogNotCommitted(_log, offsets.Count, refused.GetBaseException().Message);
            await Task.Delay(CommitAgainAfter).ConfigureAwait(false);
        }
    }

    private void Committed(ICommittableOffsetBatch batch)
    {
        _faults.NoteBrokerAnswered();
        foreach (var offset in batch.Offsets)
            _offsets.Confirm(offset);
        ReportAssigned();
        if (Interlocked.Exchange(ref _skipped, 0) is > 0 and var skipped)
            LogSkipped(_log, skipped);
    }

    private void NoteRead(string topic, long skipped)
    {
        _faults.NoteBrokerAnswered();
        NoteSkipped(topic, skipped);
    }

    private void NoteSkipped(string topic, long offsets)
    {
        if (offsets == 0)
            return;

        Interlocked.Add(ref _skipped, offsets);
        _telemetry.OffsetsSkipped(topic, offsets);
    }

    // Only for the sake of gaps, and beside the stage, which doesn't tell: its consumer asks for itself where to begin.
    private async Task ReadCommittedAsync(PartitionId[] partitions)
    {
        try
        {
            using var group = new GroupOffsets(_options);
            foreach (var topic in partitions.GroupBy(id => id.Topic))
            {
                var committed = await group.ReadAsync(_options.GroupId, topic.Key, topic.Max(id => id.Partition) + 1).ConfigureAwait(false);
                foreach (var id in topic.Where(id => committed.ContainsKey(id.Partition)))
                    NoteSkipped(id.Topic, _offsets.NoteCommitted(id, committed[id.Partition]));
            }
        }
        catch (Exception unknown)
        {
            LogCommittedUnknown(_log, unknown.Message);
        }
    }

    private void Close()
    {
        _due.Writer.TryComplete();
        if (_control is { } control)
            control.Shutdown();
        else
            EndClosed();
    }

    private void EndClosed()
    {
        _due.Writer.TryComplete();
        _offsets.RevokeAll();
        _status.LeftGroup();
        if (Volatile.Read(ref _failure) is { } failure)
            _closed.TrySetException(failure);
        else if (IsEnding)
            _closed.TrySetResult();
        else
            _closed.TrySetException(new ConsumerFailedException("the source of records has ended by itself"));
    }

    // Asked twice for each error: by the consumer's actor, and by the stage that it tells.
    private Directive DecideConsuming(Exception cause)
    {
        switch (cause)
        {
            case ConsumeException { ConsumerRecord: { } at } unreadable when ConsumerFaults.IsOfBatch(unreadable.Error.Code):
                Fail(new ConsumerFailedException(
                    $"{at.Topic}/{at.Partition.Value}: the batch at offset {at.Offset.Value} can't be read: {unreadable.Error.Reason}; "
                    + "see \"A batch can't be read\" in docs/failure-modes.md", unreadable));
                return Directive.Stop;
            case KafkaException reported:
                if (!ReferenceEquals(Interlocked.Exchange(ref _lastReported, reported), reported))
                    _faults.Note(reported.Error);
                if (_faults.Fatal is not { } fatal)
                    return Directive.Resume;
                Fail(fatal);
                return Directive.Stop;
            default:
                // Records were polled and are in nobody's hands: they are read again from the committed offset.
                Fail(new ConsumerFailedException($"the consumer failed: {cause.Message}", cause));
                return Directive.Stop;
        }
    }

    // Offsets that are refused are followed by others, and at a stop they are tried again.
    private Directive DecideCommitting(Exception cause)
    {
        LogNotCommitted(_log, _offsets.Unconfirmed().Count, cause.GetBaseException().Message);
        return Directive.Resume;
    }

    private void Fail(Exception failure) => Interlocked.CompareExchange(ref _failure, failure, null);

    private void ReportAssigned() => _status.Assigned(_offsets.Snapshot());

    /// <summary>What the consumer's actor tells, on its thread.</summary>
    private sealed class PartitionEvents(CommittableConnector connector) : IPartitionEventHandler
    {
        public void OnAssign(IImmutableSet<TopicPartition> assignedTopicPartitions, IRestrictedConsumer consumer)
        {
            PartitionId[] assigned = [.. assignedTopicPartitions.Select(Id)];
            connector._offsets.Assign(assigned);
            connector._faults.NoteAssigned();
            connector.ReportAssigned();
            LogAssigned(connector._log, assigned.Length, connector._offsets.Snapshot().Count);
            if (assigned.Length > 0)
                _ = Task.Run(() => connector.ReadCommittedAsync(assigned));
        }

        // Lost ones too: this version knows no difference.
        public void OnRevoke(IImmutableSet<TopicPartitionOffset> revokedTopicPartitions, IRestrictedConsumer consumer)
        {
            connector._offsets.Revoke(revokedTopicPartitions.Select(partition => Id(partition.TopicPartition)));
            connector.ReportAssigned();
            if (revokedTopicPartitions.Count > 0)
            {
                LogRevoked(
                    connector._log, revokedTopicPartitions.Count, connector._offsets.Snapshot().Count, connector._inFlight.Documents);
            }
        }

        // Called at the end, and also when the actor begins again after a fault of its own: then nobody subscribes any more.
        public void OnStop(IImmutableSet<TopicPartition> topicPartitions, IRestrictedConsumer consumer)
        {
            if (connector.IsEnding || Volatile.Read(ref connector._failure) is not null)
                return;

            connector.Fail(new ConsumerFailedException("the consumer's actor has stopped by itself"));
            connector._control?.Shutdown();
        }

        private static PartitionId Id(TopicPartition partition) => new(partition.Topic, partition.Partition.Value);
    }
}
