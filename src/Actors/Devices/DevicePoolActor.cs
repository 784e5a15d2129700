using Akka.Actor;
using Akka.Event;
using StreamNer.Actors.Recognition;
using StreamNer.Inference.Models;
using static StreamNer.Actors.Devices.DeviceProtocol;
using static StreamNer.Actors.Recognition.RecognitionProtocol;

namespace StreamNer.Actors.Devices;

/// <summary>Starts the lanes, starts lost ones again with back-off, watches for hung ones, and gives up loudly when none is left.</summary>
internal sealed class DevicePoolActor : ReceiveActor, IWithTimers
{
    private readonly RecognitionSetup _setup;
    private readonly IActorRef _batcher;
    private readonly IActorRef _model;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly Lane[] _lanes;

    public DevicePoolActor(RecognitionSetup setup, IActorRef batcher, IActorRef model)
    {
        _setup = setup;
        _batcher = batcher;
        _model = model;
        _lanes = [.. setup.Lanes.Select(spec => new Lane(spec, setup.Options.CountRestarts(setup.Clock), new LaneActivity(setup.Clock)))];

        Receive<StartLane>(message => Start(_lanes[message.Lane]));
        Receive<LaneReady>(message => OnReady(_lanes[message.Lane]));
        Receive<LaneFailed>(message => OnFailed(_lanes[message.Lane], message.Cause));
        Receive<LaneEnded>(message => OnEnded(_lanes[message.Lane]));
        Receive<CheckForHung>(_ => CheckLanes());
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(RecognitionSetup setup, IActorRef batcher, IActorRef model) =>
        Akka.Actor.Props.Create(() => new DevicePoolActor(setup, batcher, model));

    protected override void PreStart()
    {
        foreach (var lane in _lanes)
        {
            ActorsTelemetry.LaneAdded(_setup.Model, lane.Spec.Device, lane.Spec.Lane, lane.Activity, () => lane.Activity.Busy);
            Start(lane);
        }

        var patience = _setup.Options.StallTimeout < _setup.Options.LoadTimeout ? _setup.Options.StallTimeout : _setup.Options.LoadTimeout;
        Timers.StartPeriodicTimer(CheckForHung.Instance, CheckForHung.Instance, patience / 4);
    }

    protected override void PostStop()
    {
        foreach (var lane in _lanes)
            ActorsTelemetry.LaneGone(lane.Activity);
    }

    /// <summary>A lane is never restarted in place: it ends, its session is disposed, and a new one with a new thread takes over.</summary>
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(localOnlyDecider: _ => Directive.Stop);

    private void Start(Lane lane)
    {
        Set(lane, LaneState.Loading);
        lane.Generation++;
        var actor = Context.ActorOf(
            InferenceActor.Props(_setup, lane.Spec, lane.Activity, _batcher, _model),
            lane.Generation == 1 ? $"{lane.Spec.Lane}" : $"{lane.Spec.Lane}-{lane.Generation}");
        Context.WatchWith(actor, new LaneEnded(lane.Spec.Lane));
    }

    private void OnReady(Lane lane)
    {
        lane.Restarts.Ready();
        lane.HasBeenReady = true;
        Set(lane, LaneState.Ready);
    }

    private void OnFailed(Lane lane, Exception cause)
    {
        if (cause is ModelLoadException && !lane.HasBeenReady)
        {
            _log.Error("lane {Lane} on {Device}: {Error}", lane.Spec.Lane, lane.Spec.Device, cause.Message);
            Set(lane, LaneState.Lost);
            EndProcess(ModelUnusable.Instance);
            return;
        }

        if (cause is InferenceException { DeviceIsDead: true })
        {
            _log.Error("lane {Lane} on {Device} is given up, no lane of this process can use its device any more: {Error}",
                lane.Spec.Lane, lane.Spec.Device, cause.Message);
            GiveUp(lane);
            return;
        }

        _log.Warning("lane {Lane} on {Device} is lost: {Error}", lane.Spec.Lane, lane.Spec.Device, cause.Message);
    }

    private void OnEnded(Lane lane)
    {
        if (lane.State == LaneState.Lost)
            return;

        if (lane.Restarts.Lost() is { } wait)
        {
            _log.Warning("lane {Lane} on {Device} starts again in {Seconds:F1} s (restart {Restart})",
                lane.Spec.Lane, lane.Spec.Device, wait.TotalSeconds, lane.Restarts.Total);
            ActorsTelemetry.LaneRestarted(_setup.Model, lane.Spec.Device);
            Set(lane, LaneState.Restarting);
            Timers.StartSingleTimer(lane, new StartLane(lane.Spec.Lane), wait);
            return;
        }

        _log.Error("lane {Lane} on {Device} is given up after {Restarts} restarts", lane.Spec.Lane, lane.Spec.Device, lane.Restarts.Total);
        GiveUp(lane);
    }

    private void GiveUp(Lane lane)
    {
        Set(lane, LaneState.Lost);
        if (Array.TrueForAll(_lanes, other => other.State == LaneState.Lost))
        {
            _log.Error("every lane is lost, the process ends with exit code {ExitCode}", DevicesLost.Instance.ExitCode);
            EndProcess(DevicesLost.Instance);
        }
    }

    private void CheckLanes()
    {
        var limit = _setup.Options.StallTimeout;
        foreach (var lane in _lanes)
        {
            var running = lane.Activity.RunningFor;
            if (running >= limit * 2)
            {
                _log.Error("lane {Lane} on {Device} has computed one batch for {Seconds:F0} s and can't be stopped, the process ends",
                    lane.Spec.Lane, lane.Spec.Device, running.Value.TotalSeconds);
                EndProcess(DevicesLost.Instance);
            }
            else if (running >= limit)
            {
                _log.Error("lane {Lane} on {Device} has computed one batch for {Seconds:F0} s, the limit is {Limit:F0} s: it is cancelled",
                    lane.Spec.Lane, lane.Spec.Device, running.Value.TotalSeconds, limit.TotalSeconds);
                lane.Activity.Cancel();
            }
            else if (lane.Activity.LoadingFor is { } loading && loading >= _setup.Options.LoadTimeout)
            {
                // The runtime is asked first; what does not listen is a thread that can't be called back.
                if (lane.Activity.CancelLoad())
                    continue;
                _log.Error("lane {Lane} on {Device} has loaded its model for {Seconds:F0} s, {Setting} is {Limit:F0} s: the process ends",
                    lane.Spec.Lane, lane.Spec.Device, loading.TotalSeconds,
                        RecognitionOptions.LoadTimeoutSetting,
                    _setup.Options.LoadTimeout.TotalSeconds);
                EndProcess(DevicesLost.Instance);
            }
        }
    }

    private static void EndProcess(CoordinatedShutdown.Reason reason) => _ = CoordinatedShutdown.Get(Context.System).Run(reason);

    private void Set(Lane lane, LaneState state)
    {
        lane.State = state;
        _model.Tell(new LanesChanged(
        [
            .. _lanes.Select(each =>
                new LaneStatus(each.Spec.Lane, each.Spec.Device, each.State, each.Restarts.Total) { Model = _setup.Model }),
        ]));
    }

    private sealed class Lane(LaneSpec spec, Restarts restarts, LaneActivity activity)
    {
        public LaneSpec Spec { get; } = spec;

        public Restarts Restarts { get; } = restarts;

        public LaneActivity Activity { get; } = activity;

        public LaneState State { get; set; }

        /// <summary>A model that was loaded once is sound: a later failure to load it is the device's, and passes.</summary>
        public bool HasBeenReady { get; set; }

        public int Generation { get; set; }
    }

    private sealed record StartLane(int Lane);

    private sealed record LaneEnded(int Lane);

    private sealed class CheckForHung
    {
        public static readonly CheckForHung Instance = new();

        private CheckForHung()
        {
        }
    }
}
