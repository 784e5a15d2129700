using System.Text;
using StreamNer.Inference.Domain;
using StreamNer.Streams.Publishing;
using StreamNer.Streams.Wire;

namespace StreamNer.Streams.Tests.Publishing;

public sealed class EventHeadersTests
{
    private static readonly EventHeaders Headers =
        new(new OutputOptions { PassHeaders = ["tenant"] }, new ModelIdentity("ner small", "3f9a1c2e"));

    [Fact]
    public void An_event_has_the_attributes_of_a_binary_CloudEvent() => Assert.Equal(
        [
            ("ce_specversion", "1.0"),
            ("ce_id", "news/0/42/3f9a1c2e"),
            ("ce_source", "/streamner/ner%20small"),
            ("ce_type", "dev.streamner.entities.v1"),
            ("ce_subject", "d1"),
            ("content-type", "application/json"),
            ("ce_time", "2026-01-02T03:04:05.678Z"),
        ],
        Text(Headers.Event(Records.Of("Ann"), new("d1"))));

    [Fact]
    public void A_record_without_a_timestamp_gives_an_event_without_a_time() =>
        Assert.DoesNotContain(Text(Headers.Event(Records.Of("Ann") with { Timestamp = null }, new("d1"))), header =>
            header.Key == "ce_time");

    [Fact]
    public void The_id_of_a_schema_in_the_frame_of_the_value_goes_on_in_a_header() => Assert.Equal(
        [("streamner.schema_id", "258"), ("Tenant", "a")],
        Text(Headers.Event(Records.Of("Ann", ("Tenant", "a")), new("d1"), schemaId: 258))[7..]);

    [Fact]
    public void The_trace_and_configured_headers_are_passed_on_and_others_are_not()
    {
        var record = Records.Of("Ann", ("traceparent", "00-1"), ("secret", "x"), ("tenant", "a"), ("tenant", "b"), ("tracestate", "s"));

        Assert.Equal([("traceparent", "00-1"), ("tenant", "a"), ("tenant", "b"), ("tracestate", "s")],
            Text(Headers.Event(record, new("d1")))[7..]);
        Assert.Equal([("traceparent", "00-1"), ("tenant", "a"), ("tenant", "b"), ("tracestate", "s")], Text(Headers.Tombstone(record)));
    }

    [Fact]
    public void The_traceparent_of_our_span_stands_in_for_the_inputs_own()
    {
        var record = Records.Of("Ann", ("traceparent", "00-1"), ("tenant", "a"), ("traceparent", "00-2"), ("tracestate", "s"));

        Assert.Equal([("traceparent", "00-9"), ("tenant", "a"), ("tracestate", "s")],
            Text(Headers.Event(record, new("d1"), "00-9"u8.ToArray()))[7..]);
        Assert.Equal([("traceparent", "00-9"), ("tenant", "a"), ("tracestate", "s")], Text(Headers.Tombstone(record, "00-9"u8.ToArray())));
    }

    [Fact]
    public void The_same_record_gives_the_same_headers() =>
        Assert.Equal(Text(Headers.Event(Records.Of("Ann"), new("d1"))), Text(Headers.Event(Records.Of("Ann"), new("d1"))));

    [Fact]
    public void The_letter_of_a_batch_that_could_not_be_read_names_its_first_and_last_offset()
    {
        var batch = Records.Of((byte[]?)null) with { Unreadable = new UnreadableRange(50, "bad compression") };
        var failure = new DocumentOutcome.Failed(FailureStage.Read, FailureCode.BatchUnreadable, "unreadable");

        var headers = Text(EventHeaders.DeadLetter(batch, failure));

        Assert.Contains(("__streams.errors.offset", "42"), headers);
        Assert.Contains(("streamner.errors.last_offset", "50"), headers);
        Assert.Contains(("streamner.errors.code", "batch_unreadable"), headers);
    }

    private static (string Key, string Value)[] Text(RecordHeader[] headers) =>
        Array.ConvertAll(headers, header => (header.Key, Encoding.UTF8.GetString(header.Value!)));
}
