using Akka.Streams;
using Akka.Streams.Kafka.Messages;
using Akka.Streams.Stage;
using StreamNer.Streams.Consuming;
using StreamNer.Streams.Kafka;
using StreamNer.Streams.Telemetry;
using StreamNer.Streams.Wire;

namespace StreamNer.Streams.AkkaStreamsKafka;

/// <summary>Groups the stage's records into the product's batches, within the bound of what may be under way.</summary>
/// <remarks>
/// A short batch leaves at once while nothing is under way, so that a quiet stream is not held up; under load it waits for more, for a
/// moment. Without room nothing is asked for, and the consumer pauses its partitions.
/// </remarks>
/// <param name="offsets">Gives records their assignment.</param>
/// <param name="inFlight">The bound.</param>
/// <param name="telemetry">Told of batches.</param>
/// <param name="maxBatchRecords">Records of one batch, at most.</param>
/// <param name="maxBatchBytes">Bytes with which a batch leaves early.</param>
/// <param name="noteRead">Called for each record with its topic, and how many offsets lie between it and the one before.</param>
/// <param name="attach">Given what is to be called after each batch that has left the stream. Any thread may call it.</param>
/// <param name="ended">Called when no more batches will come.</param>
internal sealed class BatchingStage(
    AssignedOffsets offsets, InFlight inFlight, StreamsTelemetry telemetry, int maxBatchRecords, long maxBatchBytes,
        Action<string, long> noteRead, Action<Action> attach, Action ended)
    : GraphStage<FlowShape<CommittableMessage<byte[]?, byte[]?>, RecordBatch>>
{
    private static readonly TimeSpan Linger = TimeSpan.FromMilliseconds(5);

    private readonly Inlet<CommittableMessage<byte[]?, byte[]?>> _in = new("Batching.in");
    private readonly Outlet<RecordBatch> _out = new("Batching.out");

    /// <inheritdoc/>
    public override FlowShape<CommittableMessage<byte[]?, byte[]?>, RecordBatch> Shape => new(_in, _out);

    /// <inheritdoc/>
    protected override GraphStageLogic CreateLogic(Attributes inheritedAttributes) => new Logic(this);

    private void Attach(Action wake) => attach(wake);

    private RecordBatch.Builder NewBuilder() => new(maxBatchRecords, maxBatchBytes);

    private sealed class Logic : TimerGraphStageLogic
    {
        private const string LingerTimer = "linger";

        private readonly BatchingStage _stage;
        private readonly RecordBatch.Builder _batch;
        private List<ICommittableOffset> _handles = [];
        private bool _waited;
        private bool _refused;

        public Logic(BatchingStage stage)
            : base(stage.Shape)
        {
            _stage = stage;
            _batch = stage.NewBuilder();

            // What was collected and not handed on is neither begun nor committed: the next run reads it.
            SetHandler(stage._in, onPush: OnPush, onUpstreamFinish: CompleteStage);
            SetHandler(stage._out, onPull: Advance);
        }

        private bool IsFull => _batch.IsFull || _batch.Count >= _stage.Flight.Limit;

        public override void PreStart()
        {
            _stage.Attach(GetAsyncCallback(Advance));
            Pull(_stage._in);
        }

        public override void PostStop() => _stage.NoteEnded();

        protected override void OnTimer(object timerKey)
        {
            _waited = true;
            Advance();
        }

        private void OnPush()
        {
            var message = Grab(_stage._in);
            if (_stage.Read(message.Record) is { } record)
            {
                _batch.Add(record);
                _handles.Add(message.CommitableOffset);
            }

            Advance();
        }

        private void Advance()
        {
            if (_batch.Count > 0 && (IsFull || _waited || _stage.Flight.Documents == 0))
                TryHandOver();
            if (!IsFull && !HasBeenPulled(_stage._in) && !IsClosed(_stage._in))
                Pull(_stage._in);
            if (_batch.Count > 0 && !_waited && !IsTimerActive(LingerTimer))
                ScheduleOnce(LingerTimer, Linger);
        }

        private void TryHandOver()
        {
            if (!_stage.Flight.HasRoom(_batch.Count, _batch.Bytes))
            {
                if (IsFull && !_refused)
                    _stage.NoteRefused();
                _refused |= IsFull;
                return;
            }

            if (!IsAvailable(_stage._out))
                return;

            var batch = _batch.Build();
            _stage.Begin(batch, _handles);
            (_handles, _waited, _refused) = ([], false, false);
            CancelTimer(LingerTimer);
            Push(_stage._out, batch);
        }
    }

    private InFlight Flight => inFlight;

    private void NoteEnded() => ended();

    private void NoteRefused() => telemetry.HandoverRefused();

    private KafkaRecord? Read(Confluent.Kafka.ConsumeResult<byte[]?, byte[]?> result)
    {
        var record = offsets.Read(
            new ConsumedRecord(
                new PartitionId(result.Topic, result.Partition.Value), result.Offset.Value, result.Message.Key, result.Message.Value,
                RecordHeaders.From(result.Message.Headers), KafkaConsumer.ReadTimestamp(result.Message.Timestamp)),
            out var skipped);
        noteRead(result.Topic, skipped);
        return record;
    }

    private void Begin(RecordBatch batch, List<ICommittableOffset> handles)
    {
        offsets.Begin(batch, handles);
        inFlight.Enter(batch);
        telemetry.BatchConsumed(batch);
    }
}
