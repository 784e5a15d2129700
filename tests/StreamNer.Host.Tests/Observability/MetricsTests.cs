using System.Text;
using Confluent.Kafka;
using StreamNer.TestSupport;
using StreamNer.TestSupport.Kafka;

namespace StreamNer.Host.Tests.Observability;

[Collection(ProcessWideMetrics.Name)]
public sealed class MetricsTests(ServiceUnderTest service) : IClassFixture<ServiceUnderTest>
{
    /// <summary>The names that users build dashboards on, as Prometheus writes them, and the labels of each.</summary>
    private static readonly Dictionary<string, string> Contract = new()
    {
        ["messaging_client_consumed_messages_total"] = "messaging_consumer_group_name messaging_destination_name messaging_system",
        ["messaging_client_sent_messages_total"] = "messaging_destination_name messaging_system",
        ["messaging_process_duration_seconds"] = "messaging_operation_name messaging_system",
        ["streamner_document_duration_seconds"] = "",
        ["streamner_tokenize_duration_seconds"] = "model",
        ["streamner_queue_duration_seconds"] = "model",
        ["streamner_inference_duration_seconds"] = "device model",
        ["streamner_decode_duration_seconds"] = "model",
        ["streamner_batch_size"] = "model",
        ["streamner_batch_tokens"] = "model",
        ["streamner_batch_padding_ratio"] = "model",
        ["streamner_queue_tokens"] = "model",
        ["streamner_questions_waiting"] = "asker",
        ["streamner_questions_waiting_characters"] = "asker",
        ["streamner_questions_oldest_wait_seconds"] = "asker",
        ["streamner_questions_abandoned_total"] = "asker",
        ["streamner_questions_refused_total"] = "",
        ["streamner_windows_dropped_total"] = "model",
        ["streamner_inference_not_finite_total"] = "model",
        ["streamner_documents_in_flight"] = "",
        ["streamner_documents_in_flight_limit"] = "",
        ["streamner_partitions_paused"] = "",
        ["streamner_partitions_unreadable"] = "",
        ["streamner_producer_queue"] = "",
        ["streamner_handovers_refused_total"] = "",
        ["streamner_watermark_age_seconds"] = "",
        ["streamner_entities_total"] = "label",
        ["streamner_windows_total"] = "",
        ["streamner_truncated_total"] = "",
        ["streamner_dead_letters_total"] = "code stage",
        ["streamner_lane_restarts_total"] = "device model",
        ["streamner_lane_busy_seconds_total"] = "device lane model",
        ["streamner_offset_gaps_total"] = "topic",
        ["streamner_transactions_total"] = "outcome reason",
        ["streamner_transaction_open_seconds"] = "",
        ["kafka_consumergroup_lag"] = "consumergroup partition topic",
    };

    /// <summary>What a service has that delivers exactly once, and this one has not.</summary>
    internal static IEnumerable<string> OfExactlyOnce => ["streamner_transaction_duration_seconds", "streamner_transaction_records"];

    /// <summary>What a node of a cluster has, and this one is none; the labels of each.</summary>
    internal static IReadOnlyDictionary<string, string> OfCluster { get; } = new Dictionary<string, string>
    {
        ["streamner_pool_nodes"] = "role state",
        ["streamner_pool_lanes"] = "location model state",
        ["streamner_pool_nodes_without_lanes"] = "model",
        ["streamner_pool_round_trip_seconds"] = "model",
        ["streamner_pool_batches_total"] = "model outcome",
        ["streamner_pool_bytes_total"] = "direction",
    };

    /// <summary>The names alone.</summary>
    internal static IEnumerable<string> Names => Contract.Keys.Concat(OfExactlyOnce).Concat(OfCluster.Keys);

    private static readonly string[] Errors = ["[]", "{", """{"text": 3}""", """{"text": "a", "text": """];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_name_of_the_contract_is_there_with_its_labels_and_none_grows_with_documents_or_errors()
    {
        var sample = File.ReadAllLines(Repository.File("config", "sample", "documents.txt"));
        var first = await SendAsync(sample.Length + 5, i => i < sample.Length ? (sample[i], null) : Wrong(i));
        var before = await MetricsAsync();

        Assert.All(Contract, name => Assert.Equal(name.Value, Labels(before, name.Key)));

        // Each with an id, a text and, where it fails, a content type or a message of its own.
        await SendAsync(10_000, i => i % 4 == 0 ? Wrong(i) : ($"Number {i} is Sarah of London{i}", null), alreadySent: first);
        var after = await MetricsAsync();

        Assert.Equal(Ours(before), Ours(after));
        Assert.True(after.Series.Single(series => series.Key.Contains("code=\"unknown_content_type\"", StringComparison.Ordinal))
            .Value > 1000);
    }

    /// <summary>Sends records and waits until all are through.</summary>
    private async Task<long> SendAsync(int records, Func<int, (string Text, string? ContentType)> record, long alreadySent = 0)
    {
        using var writer = new TopicWriter(service.Broker, "documents");
        for (var i = 0; i < records; i++)
        {
            var (text, type) = record(i);
            writer.Write($"key-{i}", text, partition: i % 4, headers: type is null ? null
                : new Headers { { "content-type", Encoding.UTF8.GetBytes(type) } });
        }

        writer.Flush();
        await Eventually.TrueAsync(() => Done() == alreadySent + records, $"{records} records through", seconds: 120);

        // The lag is looked at once a second.
        await Eventually.TrueAsync(() =>
            service.Pipeline.Snapshot().Partitions.All(partition => partition.Lag is not null), "every lag known");
        return alreadySent + records;

        long Done()
        {
            var snapshot = service.Pipeline.Snapshot();
            return snapshot.Published + snapshot.DeadLettered;
        }
    }

    private static (string Text, string? ContentType) Wrong(int i) =>
        i % 8 == 0 ? ("text", $"application/x-{i}") : (Errors[i / 4 % Errors.Length], "application/json");

    private async Task<PrometheusText> MetricsAsync() => PrometheusText.Parse(await service.Http.GetStringAsync("/metrics", Stop));

    internal static string? Labels(PrometheusText metrics, string name)
    {
        var series = metrics.Series.Keys.FirstOrDefault(key => key.StartsWith($"{name}{{", StringComparison.Ordinal)
            || key.StartsWith($"{name}_count{{", StringComparison.Ordinal));
        return series is null ? null
            : string.Join(
            ' ', series[(series.IndexOf('{', StringComparison.Ordinal) + 1)..^1].Split(',', StringSplitOptions.RemoveEmptyEntries)
            .Select(label => label.Split('=')[0]).Where(label => !label.StartsWith("otel_scope", StringComparison.Ordinal)));
    }

    private static string[] Ours(PrometheusText metrics) =>
        [.. metrics.Series.Keys.Where(key => key.StartsWith("streamner_", StringComparison.Ordinal) || key.StartsWith("messaging_",
            StringComparison.Ordinal) || key.StartsWith("kafka_", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
}
