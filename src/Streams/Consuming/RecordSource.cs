using Akka.Streams;
using Akka.Streams.Stage;
using StreamNer.Streams.Wire;

namespace StreamNer.Streams.Consuming;

/// <summary>The stream's end of the handover: pushes what the consumer thread offers, and tells it when the stream goes away.</summary>
/// <param name="handover">Where the batches come from.</param>
/// <param name="started">Called once when the stream starts.</param>
/// <param name="taken">Called for each batch as it enters the stream.</param>
/// <param name="cancelled">Called when the stream goes away although batches would still come: it failed, or it was cancelled.</param>
internal sealed class RecordSource(RecordHandover handover, Action started, Action taken, Action cancelled)
    : GraphStage<SourceShape<RecordBatch>>
{
    private readonly Outlet<RecordBatch> _out = new("RecordSource.out");

    /// <inheritdoc/>
    public override SourceShape<RecordBatch> Shape => new(_out);

    /// <inheritdoc/>
    protected override GraphStageLogic CreateLogic(Attributes inheritedAttributes) => new Logic(this, handover, started, taken, cancelled);

    private sealed class Logic : OutGraphStageLogic
    {
        private readonly RecordSource _stage;
        private readonly RecordHandover _handover;
        private readonly Action _started;
        private readonly Action _taken;
        private readonly Action _cancelled;
        private int _wakeUnderWay;

        public Logic(RecordSource stage, RecordHandover handover, Action started, Action taken, Action cancelled)
            : base(stage.Shape)
        {
            _stage = stage;
            _handover = handover;
            _started = started;
            _taken = taken;
            _cancelled = cancelled;
            SetHandler(stage._out, this);
        }

        public override void PreStart()
        {
            var wake = GetAsyncCallback(() =>
            {
                Volatile.Write(ref _wakeUnderWay, 0);
                Advance();
            });

            // One wake-up under way is enough: it sees everything that was offered before it runs.
            _handover.Attach(() =>
            {
                if (Interlocked.Exchange(ref _wakeUnderWay, 1) == 0)
                    wake();
            });
            _started();
        }

        public override void OnPull() => Advance();

        public override void PostStop()
        {
            if (!_handover.HasEnded)
                _cancelled();
        }

        // Asks for the end first: what was queued before the end is then sure to be seen by the take after it.
        private void Advance()
        {
            var ended = _handover.HasEnded;
            if (_handover.Failure is { } failure)
            {
                FailStage(failure);
            }
            else if (IsAvailable(_stage._out) && _handover.TryTake(out var batch))
            {
                Push(_stage._out, batch);
                _taken();
            }
            else if (ended && _handover.IsEmpty)
            {
                CompleteStage();
            }
        }
    }
}
