using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using Confluent.Kafka;
using StreamNer.Streams.Telemetry;
using StreamNer.TestSupport.Kafka;

namespace StreamNer.Broker.Tests;

public sealed class TracingTests : IDisposable
{
    private const string Trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    private const string Sender = "00f067aa0ba902b7";

    private readonly BrokerForTests _broker;
    private readonly TestTopics _topics;
    private readonly ConcurrentQueue<Activity> _ended = new();
    private readonly ActivityListener _listener;

    public TracingTests(BrokerForTests broker)
    {
        _broker = broker;
        _topics = broker.NewTopics();
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == DocumentTracing.SourceName,
            // The source is that of every pipeline in this process: only this test's topics are looked at.
            Sample = (ref ActivityCreationOptions<ActivityContext> creation) =>
                IsOurs(creation.Tags) ? ActivitySamplingResult.AllDataAndRecorded : ActivitySamplingResult.None,
            ActivityStopped = _ended.Enqueue,
        };
        ActivitySource.AddActivityListener(_listener);
    }

    public void Dispose() => _listener.Dispose();

    [Fact]
    public async Task A_trace_goes_on_from_the_sender_through_our_spans_to_the_published_event()
    {
        await using var pipeline = await PipelineUnderTest.StartAsync(_broker, _topics);
        Write("Sarah lives in London", ("traceparent", $"00-{Trace}-{Sender}-01"), ("tracestate", "vendor=1"));
        var published = Event(_topics.Output);
        await pipeline.StopAsync();

        var (poll, process, send) = (Span($"poll {_topics.Input}"), Span($"process {_topics.Input}"), Span($"send {_topics.Output}"));
        Assert.Equal($"00-{Trace}-{send.SpanId}-01", published.Headers["traceparent"]);
        Assert.Equal("vendor=1", published.Headers["tracestate"]);
        Assert.Equal((Trace, Sender, true), (process.TraceId.ToString(), process.ParentSpanId.ToString(), process.HasRemoteParent));
        Assert.Equal((Trace, process.SpanId), (send.TraceId.ToString(), send.ParentSpanId));
        Assert.Equal((ActivityKind.Consumer, ActivityKind.Consumer, ActivityKind.Producer), (poll.Kind, process.Kind, send.Kind));
        Assert.Equal(poll.Context, Assert.Single(process.Links).Context);
        Assert.Equal((Trace, Sender), Assert.Single(poll.Links).Context is var link
            ? (link.TraceId.ToString(), link.SpanId.ToString()) : default);
        Assert.NotEqual(Trace, poll.TraceId.ToString());
        Assert.Equal("vendor=1", process.TraceStateString);
        Assert.True(poll.StartTimeUtc <= process.StartTimeUtc && process.StartTimeUtc <= send.StartTimeUtc && send.StartTimeUtc
            + send.Duration <= process.StartTimeUtc + process.Duration);
    }

    [Fact]
    public async Task Spans_have_the_attributes_of_the_messaging_conventions_and_nothing_of_the_text()
    {
        await using var pipeline = await PipelineUnderTest.StartAsync(_broker, _topics);
        Write("Sarah lives in London", ("traceparent", $"00-{Trace}-{Sender}-01"), ("secret", "hush"));
        _ = Event(_topics.Output);
        await pipeline.StopAsync();

        var process = Span($"process {_topics.Input}");
        Assert.Equal("kafka", process.GetTagItem("messaging.system"));
        Assert.Equal("process", process.GetTagItem("messaging.operation.name"));
        Assert.Equal(_topics.Input, process.GetTagItem("messaging.destination.name"));
        Assert.Equal("0", process.GetTagItem("messaging.destination.partition.id"));
        Assert.Equal(_topics.Group, process.GetTagItem("messaging.consumer.group.name"));
        Assert.Equal(0L, process.GetTagItem("messaging.kafka.offset"));
        Assert.Equal(21, process.GetTagItem("messaging.message.body.size"));
        Assert.Equal(1, Span($"poll {_topics.Input}").GetTagItem("messaging.batch.message_count"));
        Assert.Equal("send", Span($"send {_topics.Output}").GetTagItem("messaging.operation.type"));
        foreach (var word in new[] { "Sarah", "London", "the-key", "hush" })
        {
            Assert.DoesNotContain(_ended.SelectMany(span => span.TagObjects), tag =>
                $"{tag.Value}".Contains(word, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task A_document_without_a_trace_begins_one()
    {
        await using var pipeline = await PipelineUnderTest.StartAsync(_broker, _topics);
        Write("Sarah lives in London");
        var published = Event(_topics.Output);
        await pipeline.StopAsync();

        var process = Span($"process {_topics.Input}");
        Assert.Equal(default, process.ParentSpanId);
        Assert.Equal($"00-{process.TraceId}-{Span($"send {_topics.Output}").SpanId}-01", published.Headers["traceparent"]);
    }

    [Theory]
    [InlineData("00", "1", "50")]
    [InlineData("01", "1", "0")]
    public async Task What_is_not_sampled_keeps_its_own_traceparent_and_makes_no_span(string flags, string ratio, string perSecond)
    {
        await using var pipeline = await PipelineUnderTest.StartAsync(_broker, _topics, settings: Traces(ratio, perSecond));
        Write("Sarah lives in London", ("traceparent", $"00-{Trace}-{Sender}-{flags}"), ("tracestate", "vendor=1"));
        var published = Event(_topics.Output);
        await pipeline.StopAsync();

        Assert.Equal($"00-{Trace}-{Sender}-{flags}", published.Headers["traceparent"]);
        Assert.Equal("vendor=1", published.Headers["tracestate"]);
        Assert.Empty(_ended);
    }

    [Fact]
    public async Task With_a_ratio_of_0_only_what_a_sender_sampled_is_traced()
    {
        await using var pipeline = await PipelineUnderTest.StartAsync(_broker, _topics, settings: Traces("0", "50"));
        Write("Sarah lives in London");
        var untraced = Event(_topics.Output);
        Write("Sarah lives in London", ("traceparent", $"00-{Trace}-{Sender}-01"));
        using (var reader = new TopicReader(_broker.BootstrapServers, _topics.Output))
            _ = reader.Read(2);
        await pipeline.StopAsync();

        Assert.False(untraced.Headers.ContainsKey("traceparent"));
        Assert.Equal(Trace, Assert.Single(_ended, span => span.OperationName == $"process {_topics.Input}").TraceId.ToString());
    }

    [Fact]
    public async Task A_dead_letter_keeps_its_headers_and_its_span_tells_the_code()
    {
        await using var pipeline = await PipelineUnderTest.StartAsync(_broker, _topics);
        using (var writer = new TopicWriter(_broker.BootstrapServers, _topics.Input))
        {
            writer.Write("the-key", [0xFF], headers: new Headers { { "traceparent", Encoding.ASCII.GetBytes($"00-{Trace}-{Sender}-01") } });
            writer.Flush();
        }

        var letter = Event(_topics.DeadLetters);
        await pipeline.StopAsync();

        Assert.Equal($"00-{Trace}-{Sender}-01", letter.Headers["traceparent"]);
        var process = Span($"process {_topics.Input}");
        Assert.Equal((ActivityStatusCode.Error, "invalid_utf8"), (process.Status, process.GetTagItem("error.type")));
        Assert.Equal(process.SpanId, Span($"send {_topics.DeadLetters}").ParentSpanId);
    }

    private static Dictionary<string, string?> Traces(string ratio, string perSecond) => new()
    {
        ["StreamNer:Telemetry:Traces:SampleRatio"] = ratio,
        ["StreamNer:Telemetry:Traces:MaxPerSecond"] = perSecond,
    };

    private Activity Span(string name) => Assert.Single(_ended, span => span.OperationName == name);

    private TestRecord Event(string topic)
    {
        using var reader = new TopicReader(_broker.BootstrapServers, topic);
        return reader.Read(1)[0];
    }

    private void Write(string text, params (string Key, string Value)[] headers)
    {
        var written = new Headers();
        foreach (var (key, value) in headers)
            written.Add(key, Encoding.ASCII.GetBytes(value));
        using var writer = new TopicWriter(_broker.BootstrapServers, _topics.Input);
        writer.Write("the-key", text, headers: written);
        writer.Flush();
    }

    private bool IsOurs(IEnumerable<KeyValuePair<string, object?>>? tags) =>
        tags?.Any(tag => tag.Key == "messaging.destination.name"
            && (Equals(tag.Value, _topics.Input) || Equals(tag.Value, _topics.Output) || Equals(tag.Value, _topics.DeadLetters))) == true;
}
