using Akka;
using Akka.Actor;
using Akka.Streams;
using StreamNer.Streams.Consuming;
using StreamNer.Streams.Kafka;
using StreamNer.Streams.Publishing;
using StreamNer.Streams.Wire;

namespace StreamNer.Streams.Pipeline;

/// <summary>One run of the graph: a fresh consumer, a fresh producer, a materializer of its own. All end together.</summary>
/// <remarks>Tells its parent <see cref="Ended"/> once, when both Kafka clients are closed, and stops.</remarks>
internal sealed class PipelineRunActor : ReceiveActor
{
    // A client that hangs while it closes must not hold up the next run; it is a group member of its own until its session ends.
    private static readonly TimeSpan CloseTime = TimeSpan.FromSeconds(30);

    // Of a graph that was told to end; longer only where no thread is free to run it.
    private static readonly TimeSpan GraphTime = TimeSpan.FromSeconds(5);

    private readonly PipelineSetup _setup;
    private readonly IActorRef _recogniser;
    private readonly ModelIdentity _model;
    private readonly ActorMaterializer _materializer = Context.Materializer();
    private readonly TaskCompletionSource _abandoned = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private IRecordConnector? _connector;

    public PipelineRunActor(PipelineSetup setup, IActorRef recogniser, ModelIdentity model)
    {
        _setup = setup;
        _recogniser = recogniser;
        _model = model;
        Receive<PipelineProtocol.StopIntake>(_ => _connector?.StopIntake());
        Receive<Abandon>(abandon => _abandoned.TrySetException(new RunAbandonedException(abandon.Reason)));
        Receive<Terminated>(_ =>
            _abandoned.TrySetException(new RunAbandonedException("the recogniser has ended, nobody answers any more")));
        Receive<Ended>(ended =>
        {
            Context.Parent.Tell(ended);
            Context.Stop(Self);
        });
    }

    /// <summary>Makes the props of a run.</summary>
    public static Props Props(PipelineSetup setup, IActorRef recogniser, ModelIdentity model) =>
        Akka.Actor.Props.Create(() => new PipelineRunActor(setup, recogniser, model));

    /// <inheritdoc/>
    protected override void PreStart()
    {
        // What it was asked is never answered then: neither a run nor a drain waits for it.
        Context.Watch(_recogniser);
        IEventPublisher? publisher = null;
        var ended = new CancellationTokenSource();
        try
        {
            _setup.Telemetry.RunStarted();
            (_connector, publisher) = _setup.Connectors.Create();
            var composer = new RecordComposer(_setup.Kafka, _setup.Output, _model);
            _setup.Status.Watch(publisher);
            var graph = NerGraph.Build(_setup, _connector, publisher, composer, _recogniser, ended.Token);
            var completion = graph.Run(_materializer);
            EndAsync(completion, _materializer, _abandoned.Task, ended, _connector, publisher, composer)
                .PipeTo(Self, success: end => end, failure: cause => new Ended(cause));
        }
        catch (Exception broken)
        {
            // Told as the end of a run like any other, so that it is tried again with back-off.
            publisher?.Dispose();
            ended.Dispose();
            Self.Tell(new Ended(broken));
        }
    }

    /// <inheritdoc/>
    /// <remarks>Stopped from outside, in the middle of things: what is not finished is read again.</remarks>
    protected override void PostStop()
    {
        _abandoned.TrySetException(new RunAbandonedException("the run was stopped from outside"));
        _connector?.Abort();
        _setup.Status.RunEnded();
    }

    private static async Task<Ended> EndAsync(
        Task<Done> graph,
        ActorMaterializer materializer,
        Task abandoned,
        CancellationTokenSource ended,
        IRecordConnector connector,
        IEventPublisher publisher,
        RecordComposer composer)
    {
        Exception? failure = null;
        try
        {
            // The consumer closes first in two cases: it failed, and fails the graph as well; or the drain took too long, and the graph
            // is left behind.
            var first = await Task.WhenAny(graph, connector.Closed, abandoned).ConfigureAwait(false);
            if (first == abandoned)
                await abandoned.ConfigureAwait(false);
            else if (first == graph || connector.Closed.IsFaulted)
                await graph.WaitAsync(CloseTime).ConfigureAwait(false);
        }
        catch (Exception broken)
        {
            // A step's failure comes wrapped, once by its task and once by the stage.
            failure = broken is AggregateException wrapped ? wrapped.GetBaseException() : broken;
            connector.Abort();
        }

        // A graph that was left behind goes first: to it, that its questions are called back would be an error like any other.
        materializer.Shutdown();
        await Task.WhenAny(graph, Task.Delay(GraphTime)).ConfigureAwait(false);

        // Nobody waits any more for what the recogniser was asked.
        await ended.CancelAsync().ConfigureAwait(false);
        ended.Dispose();
        try
        {
            // After a failure the consumer does not wait for anything, so this is only the closing itself.
            await (failure is null ? connector.Closed : connector.Closed.WaitAsync(CloseTime)).ConfigureAwait(false);
        }
        catch (Exception broken)
        {
            failure ??= broken;
        }

        // Disposing blocks while the client's threads end.
        await Task.Factory
            .StartNew(publisher.Dispose, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)
            .ConfigureAwait(false);
        composer.Dispose();
        return new Ended(failure);
    }

    /// <summary>Ends the run at once, as a failure would.</summary>
    /// <param name="Reason">Why, for the log and the status.</param>
    public sealed record Abandon(string Reason);

    /// <summary>Told to the parent.</summary>
    /// <param name="Failure">Null when the run ended because it was asked to.</param>
    public sealed record Ended(Exception? Failure);
}

/// <summary>A run was given up although none of its parts had failed. What was under way is read again.</summary>
internal sealed class RunAbandonedException(string message) : Exception(message);
