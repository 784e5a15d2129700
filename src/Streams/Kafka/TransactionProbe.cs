using Confluent.Kafka;

namespace StreamNer.Streams.Kafka;

/// <summary>Asks a cluster whether this instance could use transactions there.</summary>
internal static class TransactionProbe
{
    /// <summary>Takes a name beside the one that the service would take, so that no running instance is put out. Writes nothing.</summary>
    /// <param name="options">The cluster and the transactions.</param>
    /// <param name="machine">The machine's name.</param>
    /// <param name="atMost">How long the brokers may take. Blocks the calling thread for so long.</param>
    /// <returns>The name that was tried, and what is wrong; null when nothing is.</returns>
    public static (string Id, string? Problem) Probe(KafkaOptions options, string machine, TimeSpan atMost)
    {
        var id = $"{options.Transaction.Id ?? TransactionalId.Default(options, machine, 0)}.check";
        using var producer = new ProducerBuilder<byte[]?, byte[]?>(ClientSettings.TransactionalProducer(options, id))
            .SetLogHandler((_, _) => { })
            .SetErrorHandler((_, _) => { })
            .Build();
        try
        {
            producer.InitTransactions(atMost);
            return (id, null);
        }
        catch (KafkaRetriableException unanswered)
        {
            return (id, $"no transaction coordinator answered within {atMost.TotalSeconds:0.#} s ({unanswered.Error.Reason}). Has the "
                + "cluster as many brokers as transaction.state.log.replication.factor and transaction.state.log.min.isr ask for?");
        }
        catch (KafkaException refused)
        {
            return (id, refused.Error.Code switch
            {
                ErrorCode.TransactionalIdAuthorizationFailed =>
                    $"the user has no right to transactional ids such as '{id}': give it Describe and Write on those that begin with "
                        + $"'{id[..^".check".Length]}'",
                ErrorCode.InvalidTransactionTimeout =>
                    $"{TransactionOptions.Section}:Timeout is {options.Transaction.Timeout}, longer than the brokers' "
                        + "transaction.max.timeout.ms",
                _ => $"the brokers refuse transactions: {refused.Error.Reason} ({refused.Error.Code})",
            });
        }
    }
}
