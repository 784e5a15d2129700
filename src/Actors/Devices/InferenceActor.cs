using System.Diagnostics;
using Akka.Actor;
using Akka.Event;
using StreamNer.Actors.Batching;
using StreamNer.Actors.Recognition;
using StreamNer.Inference.Batching;
using StreamNer.Inference.Decoding;
using StreamNer.Inference.Domain;
using StreamNer.Inference.Models;

namespace StreamNer.Actors.Devices;

/// <summary>A lane: owns one session on one device, and computes one batch after the other on a thread of its own.</summary>
/// <remarks>
/// <code>
/// Loading ──model loaded and warm──▶ Serving ──run failed for good──▶ stops; the pool starts another, the batcher takes the batch back
/// </code>
/// The model is loaded here and disposed in PostStop, on this thread. Plain Receive only: its thread is pinned, so a blocking run harms
/// nobody.
/// </remarks>
internal sealed class InferenceActor : ReceiveActor
{
    private readonly RecognitionSetup _setup;
    private readonly LaneSpec _lane;
    private readonly LaneActivity _activity;
    private readonly IActorRef _batcher;
    private readonly IActorRef _model;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private ITokenClassifier? _classifier;
    private long _demand;

    public InferenceActor(RecognitionSetup setup, LaneSpec lane, LaneActivity activity, IActorRef batcher, IActorRef model)
    {
        _setup = setup;
        _lane = lane;
        _activity = activity;
        _batcher = batcher;
        _model = model;
        Loading();
    }

    public static Props Props(RecognitionSetup setup, LaneSpec lane, LaneActivity activity, IActorRef batcher, IActorRef model) =>
        Akka.Actor.Props.Create(() => new InferenceActor(setup, lane, activity, batcher, model)).WithDispatcher(DispatcherNames.Inference);

    protected override void PreStart() => Self.Tell(Load.Instance);

    protected override void PostStop()
    {
        _activity.End();
        _classifier?.Dispose();
    }

    private void Loading() => Receive<Load>(_ =>
    {
        var started = Stopwatch.GetTimestamp();
        using var load = new CancellationTokenSource();
        _activity.BeginLoad(load);
        try
        {
            _classifier = _setup.Classifiers.Create(_lane, _setup.Shapes, load.Token);
            using (load.Token.Register(_classifier.Stop))
                _classifier.WarmUp(_setup.Shapes);
        }
        catch (Exception e) when (load.IsCancellationRequested
            && e is (ModelLoadException or InferenceException or OperationCanceledException))
        {
            End(new ModelLoadException(
                _setup.Model, [LoadTime.Problem(_setup.Options.LoadTimeout, RecognitionOptions.LoadTimeoutSetting)], e));
            return;
        }
        catch (Exception e) when (e is ModelLoadException or InferenceException)
        {
            End(e);
            return;
        }
        finally
        {
            _activity.EndLoad();
        }

        _log.Info("lane {Lane} is ready on {Device} with {Threads} threads after {Seconds:F2} s",
            _lane.Lane, _lane.Device, _lane.Threads, Stopwatch.GetElapsedTime(started).TotalSeconds);
        Become(Serving);
        Context.Parent.Tell(new DeviceProtocol.LaneReady(_lane.Lane));
        _batcher.Tell(new BatcherProtocol.Demand(++_demand, IsIdle: true));
    });

    private void Serving() => Receive<BatcherProtocol.Compute>(message =>
    {
        // Ask for the next batch before this one keeps the thread busy; repeat it when idle, and the batcher waits no longer.
        _batcher.Tell(new BatcherProtocol.Demand(++_demand, IsIdle: false));
        try
        {
            Compute(message.Batch);
        }
        catch (Exception e) when (e is ModelLoadException or InferenceException)
        {
            End(e);
            return;
        }

        _batcher.Tell(BatcherProtocol.Computed.Instance);
        _batcher.Tell(new BatcherProtocol.Demand(_demand, IsIdle: true));
    });

    private void Compute(TokenBatch batch)
    {
        // Nobody waits for any of it any more.
        if (batch.Windows.All(window => window.Owner.IsAbandoned))
        {
            _model.Tell(new BatcherProtocol.Finished(batch.Windows, []));
            return;
        }

        var started = Stopwatch.GetTimestamp();
        _activity.Begin(_classifier!);
        try
        {
            var result = BatchRunner.RunToEnd(_classifier!, batch, _setup.Special, waitsForMemory: true);
            if (result.Failed.Length > 0)
            {
                _log.Warning("{Failed} of {Windows} windows fail alone, each time, on {Device}: {Error}",
                    result.Failed.Length, batch.Windows.Count, _lane.Device, result.Failed[0].Message);
                ActorsTelemetry.LogitsNotFinite(_setup.Model, result.Failed.Count(failure => failure.NotFinite));
            }

            _model.Tell(new BatcherProtocol.Finished(batch.Windows,
            [
                .. result.Failed.Select(failure => new BatcherProtocol.WindowFailure(
                    failure.Window, FailureCode.InferenceFailed, failure.Message, failure.Attempts)),
            ]));
        }
        finally
        {
            _activity.End();
        }

        ActorsTelemetry.BatchFinished(_setup.Model, _lane.Device, Stopwatch.GetElapsedTime(started));
    }

    private void End(Exception cause)
    {
        Context.Parent.Tell(new DeviceProtocol.LaneFailed(_lane.Lane, cause));
        Context.Stop(Self);
    }

    private sealed class Load
    {
        public static readonly Load Instance = new();

        private Load()
        {
        }
    }
}
