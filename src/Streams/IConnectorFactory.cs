using StreamNer.Streams.Publishing;

namespace StreamNer.Streams;

/// <summary>Makes both ends of the pipe anew for each run of the graph. Another Kafka connector comes in by registering another factory.</summary>
internal interface IConnectorFactory
{
    /// <summary>Makes the reading end. It connects when its source is materialised.</summary>
    IRecordConnector CreateConnector();

    /// <summary>Makes the writing end. The caller disposes it, after the graph has ended.</summary>
    IEventPublisher CreatePublisher();
}
