using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Metrics;
using StreamNer.Actors;
using StreamNer.Actors.Pool;
using StreamNer.Actors.Recognition;
using StreamNer.Host.Observability;
using StreamNer.Inference.Domain;
using StreamNer.Streams.Kafka;
using StreamNer.Streams.Telemetry;
using StreamNer.Streams.Wire;
using StreamNer.TestSupport;
using YamlDotNet.RepresentationModel;

namespace StreamNer.Host.Tests.Observability;

/// <summary>
/// Each rule of config/prometheus/alerts.yml fires when its condition is made with the product's own instruments, as they are scraped, and
/// before that it doesn't. Scrapes are fifteen seconds apart by a clock of the test's own.
/// </summary>
[Collection(ProcessWideMetrics.Name)]
public sealed class AlertRuleTests : IAsyncLifetime
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(15);

    /// <summary>
    /// How each alert is made to fire: within which time, what happens before each scrape, and whether the service answers it.
    /// </summary>
    private static readonly Dictionary<string, (TimeSpan Within, Action<AlertRuleTests> Make, bool Answers)> Conditions = new()
    {
        ["StreamNerDown"] = (TimeSpan.FromMinutes(3), test => test.KeepUp(), false),
        ["StreamNerNotReady"] = (TimeSpan.FromMinutes(11), test => test.Lag(50), true),
        ["StreamNerStuck"] = (TimeSpan.FromMinutes(4), test =>
        {
            test.KeepUp();
            test._flight.SinceProgress += Interval;
        }, true),
        ["StreamNerUnreadable"] = (TimeSpan.FromMinutes(2), test =>
        {
            test.KeepUp();
            test._status.Assigned([new PartitionSnapshot("documents", 0, 7, 7, 5) { Unreadable = "bad checksum" }]);
        }, true),
        ["StreamNerTransactionStuck"] = (TimeSpan.FromMinutes(2), test =>
        {
            test.KeepUp();
            test._transaction.OpenFor += Interval;
        }, true),
        ["StreamNerTransactionsAborted"] = (TimeSpan.FromMinutes(3), test =>
        {
            test.KeepUp();
            test._telemetry.TransactionAborted(TransactionEnd.Failed, TimeSpan.FromSeconds(1));
        }, true),
        ["StreamNerLagGrows"] = (TimeSpan.FromMinutes(21), test =>
        {
            var left = test._lag + 1_000;
            test.KeepUp();
            test.Lag(left);
        }, true),
        ["StreamNerLanesLost"] = (TimeSpan.FromMinutes(1), test =>
        {
            test.KeepUp();
            ActorsTelemetry.LaneRestarted("alerting", "cpu");
        }, true),
        ["StreamNerDeadLetters"] = (TimeSpan.FromMinutes(11), test =>
        {
            test.KeepUp();
            var failure = new DocumentOutcome.Failed(FailureStage.Read, FailureCode.InvalidJson, "no JSON");
            for (var i = 0; i < 4; i++)
                test._telemetry.BatchPublished(test.Batch(failure));
        }, true),
        ["StreamNerWrongNumbers"] = (TimeSpan.FromMinutes(1), test =>
        {
            test.KeepUp();
            ActorsTelemetry.LogitsNotFinite("alerting", 1);
        }, true),
        ["StreamNerRefusesRequests"] = (TimeSpan.FromMinutes(11), test =>
        {
            test.KeepUp();
            for (var i = 0; i < 4; i++)
                ActorsTelemetry.QuestionRefused();
        }, true),
        ["StreamNerSaturated"] = (TimeSpan.FromMinutes(21), test =>
        {
            test.KeepUp();
            test._busy += Interval / 2;
        }, true),
        ["StreamNerNoLanes"] = (TimeSpan.FromMinutes(4), test =>
        {
            test.KeepUp();
            test._pool = Pool(RecognitionProtocol.LaneState.Restarting);
        }, true),
        ["StreamNerNodesUnreachable"] = (TimeSpan.FromMinutes(3), test =>
        {
            test.KeepUp();
            test._pool = Pool(RecognitionProtocol.LaneState.Ready, RecognitionProtocol.NodeState.Unreachable);
        }, true),
        ["StreamNerNodesWithoutLanes"] = (TimeSpan.FromMinutes(16), test =>
        {
            test.KeepUp();
            test._pool = Pool(RecognitionProtocol.LaneState.Ready, refusal: new("b:1", "alerting", "other files"));
        }, true),
    };

    private readonly PipelineStatus _status = new();
    private readonly StreamsTelemetry _telemetry;
    private readonly object _lane = new();
    private readonly object _node = new();
    private readonly object _questions = new();
    private readonly PromQl.Scrapes _scrapes = new();
    private readonly Dictionary<string, Rule> _rules = Rules();
    private readonly Flight _flight = new();
    private readonly OpenTransaction _transaction = new();
    private WebApplication _service = null!;
    private HttpClient _http = null!;
    private TimeSpan _now;
    private TimeSpan _busy;
    private long _read;
    private long _lag;
    private RecognitionProtocol.Status _pool = Pool(RecognitionProtocol.LaneState.Ready);

    public AlertRuleTests()
    {
        _telemetry = new StreamsTelemetry(_status, new KafkaOptions { InputTopics = ["documents"] });
        ActorsTelemetry.LaneAdded("alerting", "cpu", 0, _lane, () => _busy);
        ActorsTelemetry.RootAdded(_questions, asker => (asker == RecognitionProtocol.Asker.Stream ? 2 : 0, 100, 2, TimeSpan.Zero));
        PoolTelemetry.NodeStarted(_node, () => _pool);
        _status.Watch(_flight);
        _status.Watch(_transaction, overdue: TimeSpan.FromSeconds(1));
        _telemetry.RunStarted();
    }

    public static TheoryData<string> Alerts => [.. Conditions.Keys];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddOpenTelemetry().WithMetrics(metrics =>
            metrics.AddServiceMeters().AddPrometheusExporter(exporter => exporter.ScrapeResponseCacheDurationMilliseconds = 0));
        _service = builder.Build();
        _service.MapPrometheusScrapingEndpoint("/metrics");
        await _service.StartAsync(Stop);
        _http = new HttpClient { BaseAddress = new Uri(_service.Urls.Single()) };
    }

    public async ValueTask DisposeAsync()
    {
        ActorsTelemetry.LaneGone(_lane);
        ActorsTelemetry.RootGone(_questions);
        PoolTelemetry.NodeStopped(_node);
        _telemetry.Dispose();
        _http.Dispose();
        await _service.DisposeAsync();
    }

    [Fact]
    public async Task No_alert_fires_for_a_service_that_keeps_up()
    {
        for (var i = 0; i < 120; i++)
        {
            KeepUp();
            await ScrapeAsync();
            Assert.Empty(Firing());
        }
    }

    [Fact]
    public async Task The_marker_of_a_transaction_in_a_topic_that_nobody_writes_wakes_nobody()
    {
        KeepUp();
        for (var i = 0; i < 120; i++)
        {
            Lag(1);
            await ScrapeAsync();
            Assert.Empty(Firing());
        }
    }

    [Fact]
    public async Task A_lag_that_is_large_and_shrinks_is_not_told_of()
    {
        Lag(200_000);
        for (var i = 0; i < 100; i++)
        {
            var left = _lag - 1_000;
            KeepUp();
            Lag(left);
            await ScrapeAsync();
            Assert.DoesNotContain("StreamNerLagGrows", Firing());
        }
    }

    /// <remarks>After ten minutes without a fault the condition is made before each scrape, until the alert fires: it alone.</remarks>
    [Theory]
    [MemberData(nameof(Alerts))]
    public async Task An_alert_fires_when_its_condition_is_made_and_not_before(string alert)
    {
        var (within, make, answers) = Conditions[alert];
        for (var i = 0; i < 40; i++)
        {
            KeepUp();
            await ScrapeAsync();
        }

        Assert.Empty(Firing());

        var end = _now + within;
        while (Firing().Length == 0 && _now < end)
        {
            make(this);
            await ScrapeAsync(answers);
        }

        Assert.Equal([alert], Firing());
    }

    [Fact]
    public void Every_rule_has_its_test() =>
        Assert.Equal(_rules.Keys.Order(StringComparer.Ordinal), Conditions.Keys.Order(StringComparer.Ordinal));

    /// <summary>What a service does within fifteen seconds that gets all records through and has time left.</summary>
    private void KeepUp()
    {
        _busy += Interval / 2;
        Lag(5);
        var batch = Batch(new DocumentOutcome.Labelled([], [], 1, false));
        _telemetry.BatchConsumed(batch);
        _telemetry.BatchPublished(batch);
    }

    /// <summary>A node that reads and computes nothing itself, and what it knows of the one other.</summary>
    private static RecognitionProtocol.Status Pool(RecognitionProtocol.LaneState lane,
        RecognitionProtocol.NodeState other = RecognitionProtocol.NodeState.Up, RecognitionProtocol.LaneRefusal? refusal = null) =>
        new([new RecognitionProtocol.LaneStatus(0, "cpu", lane, 0) { Model = "alerting", Node = "b:1" }], 0)
        {
            Models = ["alerting"],
            Nodes =
            [
                new("a:1", ["stream"], RecognitionProtocol.NodeState.Up),
                new("b:1", ["inference"], other) { Refusals = refusal is null ? [] : [refusal] },
            ],
        };

    private void Lag(long records)
    {
        _lag = records;
        _status.Assigned([new PartitionSnapshot("documents", 0, _read, _read, records)]);
    }

    private RecordBatch Batch(DocumentOutcome outcome)
    {
        var records = new RecordBatch.Builder(1, long.MaxValue);
        records.Add(new KafkaRecord(new AssignedPartition("documents", 0), _read++, null, "text"u8.ToArray(), [], null));
        var batch = records.Build();
        batch.Results[0] = new RecordResult
        {
            Document = new Document(new DocumentId("1"), "text"),
            Outcome = outcome,
            Answer = new OutgoingRecord(outcome is DocumentOutcome.Failed ? "documents.dlq" : "entities", null, null, []),
        };
        return batch;
    }

    private async Task ScrapeAsync(bool answers = true)
    {
        _now += Interval;
        _scrapes.Add(_now, answers ? PrometheusText.Parse(await _http.GetStringAsync("/metrics", Stop)) : null);
        foreach (var rule in _rules.Values)
            rule.Evaluate(_scrapes, _now);
    }

    private string[] Firing() => [.. _rules.Where(rule => rule.Value.Fires(_now)).Select(rule => rule.Key)];

    private static Dictionary<string, Rule> Rules()
    {
        var yaml = new YamlStream();
        using var reader = File.OpenText(Repository.File("config", "prometheus", "alerts.yml"));
        yaml.Load(reader);
        return ((YamlSequenceNode)yaml.Documents[0].RootNode["groups"]).SelectMany(group => (YamlSequenceNode)group["rules"])
            .Cast<YamlMappingNode>().ToDictionary(rule => $"{rule["alert"]}", rule => new Rule(
                PromQl.Parse($"{rule["expr"]}"),
                rule.Children.TryGetValue("for", out var time) ? PromQl.Duration($"{time}") : TimeSpan.Zero));
    }

    /// <summary>A rule that fires once its expression has had a series for a time without a break.</summary>
    private sealed class Rule(PromQl.Expression expression, TimeSpan time)
    {
        private readonly Dictionary<string, TimeSpan> _since = [];

        public void Evaluate(PromQl.Scrapes scrapes, TimeSpan now)
        {
            var keys = expression(scrapes, now).Select(series => series.Key(null)).ToHashSet();
            foreach (var over in _since.Keys.Except(keys).ToArray())
                _since.Remove(over);
            foreach (var key in keys)
                _since.TryAdd(key, now);
        }

        public bool Fires(TimeSpan now) => _since.Values.Any(since => now - since >= time);
    }

    private sealed class OpenTransaction : ITransactionGauge
    {
        public TimeSpan OpenFor { get; set; }
    }

    private sealed class Flight : IFlightGauges
    {
        public int Documents => 5;

        public int Limit => 64;

        public int PausedPartitions => 0;

        public TimeSpan SinceProgress { get; set; }

        public string DescribeUnderWay() => "";
    }
}
