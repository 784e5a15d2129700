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

    private readonly PipelineSetup _setup;
    private readonly IActorRef _recogniser;
    private readonly ModelIdentity _model;
    private readonly ActorMaterializer _materializer = Context.Materializer();
    private IRecordConnector? _connector;

    public PipelineRunActor(PipelineSetup setup, IActorRef recogniser, ModelIdentity model)
    {
        _setup = setup;
        _recogniser = recogniser;
        _model = model;
        Receive<PipelineProtocol.StopIntake>(_ => _connector?.StopIntake());
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
        IEventPublisher? publisher = null;
        try
        {
            _setup.Telemetry.RunStarted();
            publisher = _setup.Connectors.CreatePublisher();
            var composer = new RecordComposer(_setup.Kafka, _setup.Output, _model);
            _connector = _setup.Connectors.CreateConnector();
            var graph = NerGraph.Build(_setup, _connector, publisher, composer, _recogniser);
            var completion = graph.Run(_materializer);
            EndAsync(completion, _connector, publisher, composer)
                .PipeTo(Self, success: ended => ended, failure: cause => new Ended(cause));
        }
        catch (Exception broken)
        {
            // Told as the end of a run like any other, so that it is tried again with back-off.
            publisher?.Dispose();
            Self.Tell(new Ended(broken));
        }
    }

    /// <inheritdoc/>
    /// <remarks>Stopped from outside, in the middle of things: what is not finished is read again.</remarks>
    protected override void PostStop() => _connector?.Abort();

    private static async Task<Ended> EndAsync(
        Task<Done> graph, IRecordConnector connector, IEventPublisher publisher, RecordComposer composer)
    {
        Exception? failure = null;
        try
        {
            // The consumer closes first in two cases: it failed, and fails the graph as well; or the drain took too long, and the graph
            // is left behind.
            if (await Task.WhenAny(graph, connector.Closed).ConfigureAwait(false) == graph || connector.Closed.IsFaulted)
                await graph.WaitAsync(CloseTime).ConfigureAwait(false);
        }
        catch (Exception broken)
        {
            // A step's failure comes wrapped, once by its task and once by the stage.
            failure = broken is AggregateException wrapped ? wrapped.GetBaseException() : broken;
            connector.Abort();
        }

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

    /// <summary>Told to the parent.</summary>
    /// <param name="Failure">Null when the run ended because it was asked to.</param>
    public sealed record Ended(Exception? Failure);
}
