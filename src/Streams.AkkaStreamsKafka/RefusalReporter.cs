using Confluent.Kafka;
using StreamNer.Inference.Domain;
using StreamNer.Streams.Kafka;

namespace StreamNer.Streams.AkkaStreamsKafka;

/// <summary>A producer that reports a record which is refused for good as delivered, in a <see cref="RefusedReport"/>.</summary>
/// <remarks>
/// The stage knows one answer to an error, to end; and where it is told to go on it never answers for that record. But a record that is too
/// large becomes a dead letter, and its neighbours go on.
/// </remarks>
internal sealed class RefusalReporter(IProducer<byte[]?, byte[]?> producer) : IProducer<byte[]?, byte[]?>
{
    /// <inheritdoc/>
    public Handle Handle => producer.Handle;

    /// <inheritdoc/>
    public string Name => producer.Name;

    /// <inheritdoc/>
    public void Produce(
        string topic, Message<byte[]?, byte[]?> message, Action<DeliveryReport<byte[]?, byte[]?>>? deliveryHandler = null)
    {
        try
        {
            producer.Produce(topic, message, report => deliveryHandler?.Invoke(Translate(report)));
        }
        catch (ProduceException<byte[]?, byte[]?> refused) when (BatchProducer.CodeOf(refused.Error) is { } code)
        {
            // Refused before it was sent: the record itself is to blame, no neighbour.
            deliveryHandler?.Invoke(new RefusedReport(refused.Error, code, alone: true) { Topic = topic, Message = message });
        }
    }

    /// <inheritdoc/>
    public void Produce(
        TopicPartition topicPartition, Message<byte[]?, byte[]?> message,
        Action<DeliveryReport<byte[]?, byte[]?>>? deliveryHandler = null) =>
        producer.Produce(topicPartition, message, deliveryHandler);

    /// <inheritdoc/>
    public Task<DeliveryResult<byte[]?, byte[]?>> ProduceAsync(
        string topic, Message<byte[]?, byte[]?> message, CancellationToken cancellationToken = default) =>
        producer.ProduceAsync(topic, message, cancellationToken);

    /// <inheritdoc/>
    public Task<DeliveryResult<byte[]?, byte[]?>> ProduceAsync(
        TopicPartition topicPartition, Message<byte[]?, byte[]?> message, CancellationToken cancellationToken = default) =>
        producer.ProduceAsync(topicPartition, message, cancellationToken);

    /// <inheritdoc/>
    public int Poll(TimeSpan timeout) => producer.Poll(timeout);

    /// <inheritdoc/>
    public int Flush(TimeSpan timeout) => producer.Flush(timeout);

    /// <inheritdoc/>
    public void Flush(CancellationToken cancellationToken = default) => producer.Flush(cancellationToken);

    /// <inheritdoc/>
    public void InitTransactions(TimeSpan timeout) => producer.InitTransactions(timeout);

    /// <inheritdoc/>
    public void BeginTransaction() => producer.BeginTransaction();

    /// <inheritdoc/>
    public void CommitTransaction(TimeSpan timeout) => producer.CommitTransaction(timeout);

    /// <inheritdoc/>
    public void CommitTransaction() => producer.CommitTransaction();

    /// <inheritdoc/>
    public void AbortTransaction(TimeSpan timeout) => producer.AbortTransaction(timeout);

    /// <inheritdoc/>
    public void AbortTransaction() => producer.AbortTransaction();

    /// <inheritdoc/>
    public void SendOffsetsToTransaction(
        IEnumerable<TopicPartitionOffset> offsets, IConsumerGroupMetadata groupMetadata, TimeSpan timeout) =>
        producer.SendOffsetsToTransaction(offsets, groupMetadata, timeout);

    /// <inheritdoc/>
    public int AddBrokers(string brokers) => producer.AddBrokers(brokers);

    /// <inheritdoc/>
    public void SetSaslCredentials(string username, string password) => producer.SetSaslCredentials(username, password);

    /// <inheritdoc/>
    /// <remarks>The client itself belongs to who made it.</remarks>
    public void Dispose()
    {
    }

    private static DeliveryReport<byte[]?, byte[]?> Translate(DeliveryReport<byte[]?, byte[]?> report) =>
        report.Error.IsError && BatchProducer.CodeOf(report.Error) is { } code
            ? new RefusedReport(report.Error, code, alone: false)
            {
                TopicPartitionOffset = report.TopicPartitionOffset,
                Message = report.Message,
            }
            : report;
}

/// <summary>Stands for a record that was refused for good.</summary>
internal sealed class RefusedReport : DeliveryReport<byte[]?, byte[]?>
{
    /// <param name="refusal">Why.</param>
    /// <param name="code">Why, as a dead letter has it.</param>
    /// <param name="alone">True when the record itself was refused, false when its request was.</param>
    public RefusedReport(Error refusal, FailureCode code, bool alone)
    {
        Error = new Error(ErrorCode.NoError);
        Refusal = new Refusal(Index: 0, code, refusal.Reason, alone);
    }

    /// <summary>Why, without the record's place, which the stage does not know.</summary>
    public Refusal Refusal { get; }
}
