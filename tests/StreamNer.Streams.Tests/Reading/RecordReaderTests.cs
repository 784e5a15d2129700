using CsCheck;
using StreamNer.Inference.Domain;
using StreamNer.Streams.Reading;
using StreamNer.Streams.Wire;

namespace StreamNer.Streams.Tests.Reading;

public sealed class RecordReaderTests
{
    private const string Json = "application/json";
    private const string Structured = "application/cloudevents+json; charset=utf-8";

    private static readonly RecordReader Reader = new(new ReadingOptions { MaxValueBytes = 1000 });

    [Theory]
    [InlineData("Ann lives in Rome")]
    [InlineData("")]
    [InlineData(" \t\n")]
    [InlineData("\ud83d\ude00\ud83d\udc68\u200d\ud83d\udc69")]
    [InlineData("a\ufeff")]
    public void A_plain_text_is_the_whole_value(string text)
    {
        var document = Document(Records.Of(text));

        Assert.Equal(text, document.Text);
        Assert.Equal("news/0/42", document.Id.Value);
    }

    [Fact]
    public void A_null_value_is_a_tombstone() => Assert.Equal(ReadRecord.Tombstone, Reader.Read(Records.Of((byte[]?)null)));

    [Theory]
    [InlineData("""{"text":"Ann","id":"d1"}""", "Ann", "d1")]
    [InlineData("""{"id":17,"text":"Ann"}""", "Ann", "17")]
    [InlineData("""{"text":"Ann","id":null}""", "Ann", "news/0/42")]
    [InlineData("""{"text":"Ann","id":"  "}""", "Ann", "news/0/42")]
    [InlineData("""{"text":"no","text":"Ann","x":{"text":"no"},"y":[{"text":"no"}]}""", "Ann", "news/0/42")]
    [InlineData("""{"text":"A\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00"}""", "A\"\\/\b\f\n\r\t\u00e9\ud83d\ude00", "news/0/42")]
    [InlineData("\ufeff{\"text\":\"Ann\"}", "Ann", "news/0/42")]
    public void A_JSON_value_has_text_and_id_at_their_pointers(string value, string text, string id)
    {
        var document = Document(Records.Of(value, ("content-type", Json)));

        Assert.Equal(text, document.Text);
        Assert.Equal(id, document.Id.Value);
    }

    [Theory]
    [InlineData("""{"doc":{"id":"1","text":"no"},"doc":{"text":"Ann"}}""", "Ann", "news/0/42")]
    [InlineData("""{"doc":{"id":"1","text":"no"},"doc":7}""", null, null)]
    [InlineData("""{"doc":[{"text":"no"}],"doc":{}}""", null, null)]
    public void Of_an_object_that_stands_twice_nothing_of_the_first_counts(string value, string? text, string? id)
    {
        var reader = new RecordReader(new ReadingOptions { TextPointer = "/doc/text", IdPointer = "/doc/id", DefaultContentType = Json });

        var document = reader.Read(Records.Of(value)).Document;

        Assert.Equal((id, text), (document?.Id.Value, document?.Text));
    }

    [Fact]
    public void An_escape_for_half_of_a_surrogate_pair_is_kept() =>
        Assert.Equal("a\ud83d", Document(Records.Of("""{"text":"a\ud83d"}""", ("content-type", Json))).Text);

    [Fact]
    public void A_pointer_may_lead_through_arrays_and_escaped_names()
    {
        var reader = new RecordReader(new ReadingOptions { TextPointer = "/a~1b/1/t", IdPointer = "/a~1b/0", DefaultContentType = Json });

        var document = reader.Read(Records.Of("""{"a/b":["d7",{"t":"Ann"}]}""")).Document;

        Assert.Equal(("d7", "Ann"), (document?.Id.Value, document?.Text));
    }

    [Theory]
    [InlineData("""{"text":"Ann" """, FailureCode.InvalidJson)]
    [InlineData("""{"text":"Ann"} x""", FailureCode.InvalidJson)]
    [InlineData("""{"text":"Ann",}""", FailureCode.InvalidJson)]
    [InlineData("", FailureCode.InvalidJson)]
    [InlineData("nonsense", FailureCode.InvalidJson)]
    [InlineData("""{"Text":"Ann"}""", FailureCode.TextMissing)]
    [InlineData("\"Ann\"", FailureCode.TextMissing)]
    [InlineData("[]", FailureCode.TextMissing)]
    [InlineData("""{"text":5}""", FailureCode.TextNotString)]
    [InlineData("""{"text":null}""", FailureCode.TextNotString)]
    [InlineData("""{"text":{"text":"Ann"}}""", FailureCode.TextNotString)]
    public void JSON_without_a_text_is_refused_with_its_reason(string value, FailureCode code) =>
        Assert.Equal(code, Failure(Records.Of(value, ("content-type", Json))).Code);

    [Fact]
    public void JSON_that_is_too_deep_is_refused() => Assert.Equal(
        FailureCode.InvalidJson,
        Failure(Records.Of($$"""{"x":{{new string('[', 100)}}{{new string(']', 100)}},"text":"Ann"}""", ("content-type", Json))).Code);

    [Theory]
    [InlineData("text/plain")]
    [InlineData(Json)]
    [InlineData(Structured)]
    public void A_value_that_is_not_UTF8_is_refused_with_the_place(string contentType)
    {
        var failure = Failure(Records.Of([.. "abc"u8, 0xC3, 0x28], ("content-type", contentType)));

        Assert.Equal(FailureCode.InvalidUtf8, failure.Code);
        Assert.Contains("byte 3 of 5", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_batch_that_could_not_be_read_is_refused_and_its_place_and_reason_are_named()
    {
        var failure = Failure(Records.Of((byte[]?)null) with { Unreadable = new UnreadableRange(50, "bad compression") });

        Assert.Equal((FailureStage.Read, FailureCode.BatchUnreadable), (failure.Stage, failure.Code));
        Assert.Equal("the batch with offsets 42 to 50 of news/0 can't be read: bad compression", failure.Message);
    }

    [Fact]
    public void A_value_above_the_limit_is_refused_and_both_are_named()
    {
        var failure = Failure(Records.Of(new byte[1001]));

        Assert.Equal((FailureStage.Read, FailureCode.ValueTooLarge), (failure.Stage, failure.Code));
        Assert.Contains("1001 bytes, the limit is 1000", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("image/png")]
    [InlineData("text/plain; charset=iso-8859-1")]
    [InlineData("application/cloudevents-batch+json")]
    [InlineData("")]
    public void An_unknown_content_type_is_refused(string contentType) =>
        Assert.Equal(FailureCode.UnknownContentType, Failure(Records.Of("Ann", ("content-type", contentType))).Code);

    [Theory]
    [InlineData("TEXT/PLAIN;charset=\"UTF-8\"")]
    [InlineData(" text/plain ; format=flowed")]
    public void A_content_type_is_read_as_the_web_writes_it(string contentType) =>
        Assert.Equal("Ann", Document(Records.Of("Ann", ("content-type", contentType))).Text);

    [Fact]
    public void A_binary_CloudEvent_gives_its_id_and_is_read_by_its_content_type()
    {
        var document = Document(Records.Of(
            """{"text":"Ann","id":"not this"}""",
            ("content-type", Json), ("ce_specversion", "1.0"), ("ce_id", "e1"), ("ce_source", "/s"), ("ce_type", "t")));

        Assert.Equal(("e1", "Ann"), (document.Id.Value, document.Text));
    }

    [Theory]
    [InlineData("ce_specversion")]
    [InlineData("ce_id")]
    [InlineData("ce_source")]
    [InlineData("ce_type")]
    public void A_binary_CloudEvent_without_a_required_attribute_is_refused(string missing)
    {
        (string, string?)[] all = [("ce_specversion", "1.0"), ("ce_id", "e1"), ("ce_source", "/s"), ("ce_type", "t"), ("ce_time", "now")];

        var failure = Failure(Records.Of("Ann", [.. all.Where(header => header.Item1 != missing)]));

        Assert.Equal(FailureCode.InvalidCloudEvent, failure.Code);
        Assert.Contains(missing, failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"specversion":"1.0","id":"e1","source":"/s","type":"t","data":{"text":"Ann"}}""")]
    [InlineData("""{"specversion":"1.0","id":"e1","source":"/s","type":"t","datacontenttype":"application/json","data":{"text":"Ann"}}""")]
    [InlineData("""{"specversion":"1.0","id":"e1","source":"/s","type":"t","datacontenttype":"text/plain","data":"Ann"}""")]
    [InlineData("""{"specversion":"1.0","id":"e1","source":"/s","type":"t","datacontenttype":"text/plain","data_base64":"QW5u"}""")]
    [InlineData("""{"data_base64":"eyJ0ZXh0IjoiQW5uIn0=","specversion":"1.0","id":"e1","source":"/s","type":"t"}""")]
    public void A_structured_CloudEvent_is_read_by_the_type_of_its_data(string value)
    {
        var document = Document(Records.Of(value, ("content-type", Structured)));

        Assert.Equal(("e1", "Ann"), (document.Id.Value, document.Text));
    }

    [Theory]
    [InlineData("""{"specversion":"0.3","id":"e1","source":"/s","type":"t","data":{"text":"Ann"}}""", FailureCode.InvalidCloudEvent)]
    [InlineData("""{"specversion":"1.0","source":"/s","type":"t","data":{"text":"Ann"}}""", FailureCode.InvalidCloudEvent)]
    [InlineData("""{"specversion":"1.0","id":"","source":"/s","type":"t","data":{"text":"Ann"}}""", FailureCode.InvalidCloudEvent)]
    [InlineData("""{"specversion":"1.0","id":"e1","source":"/s","type":"t","data_base64":"!"}""", FailureCode.InvalidCloudEvent)]
    [InlineData("""{"specversion":"1.0","id":"e1","source":"/s","type":"t"}""", FailureCode.TextMissing)]
    [InlineData("""{"specversion":"1.0","id":"e1","source":"/s","type":"t","datacontenttype":"text/plain","data":{}}""",
        FailureCode.TextNotString)]
    [InlineData("""{"specversion":"1.0","id":"e1","source":"/s","type":"t","datacontenttype":"image/png","data":"x"}""",
        FailureCode.UnknownContentType)]
    [InlineData("[]", FailureCode.InvalidCloudEvent)]
    [InlineData("{", FailureCode.InvalidJson)]
    public void A_broken_structured_CloudEvent_is_refused_with_its_reason(string value, FailureCode code) =>
        Assert.Equal(code, Failure(Records.Of(value, ("content-type", Structured))).Code);

    [Fact]
    public void Any_bytes_give_a_document_or_a_reason_and_never_an_exception() =>
        Gen.Select(Gen.Byte.Array[0, 60], Anyone("text/plain", Json, Structured)).Sample((value, type) =>
        {
            var read = Reader.Read(Records.Of(value, ("content-type", type)));
            Assert.True(read.Document is null ^ read.Failure is null);
        });

    [Fact]
    public void Any_broken_piece_of_JSON_gives_a_document_or_a_reason()
    {
        const string value =
            """{"specversion":"1.0","id":"e1","source":"\/s","type":"t","text":"a\ud83db","data":{"text":"A\u006en","x":[1,{"y":true}]}}""";
        Gen.Select(Gen.Int[0, value.Length], Gen.Int[0, 20], Anyone("{", "}", "\"", "\\", "\\u12", "", ",", "1")).Sample((at, cut, put) =>
        {
            var broken = value[..at] + put + value[Math.Min(value.Length, at + cut)..];
            foreach (var type in new[] { Json, Structured })
            {
                var read = Reader.Read(Records.Of(broken, ("content-type", type)));
                Assert.True(read.Document is null ^ read.Failure is null);
            }
        });
    }

    private static Gen<string> Anyone(params string[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    [Theory]
    [InlineData("content-type", "application/json")]
    [InlineData("Content-Type", "application/json")]
    [InlineData("contentType", "application/json")]
    [InlineData("content-type", "\"application/json\"")]
    [InlineData("content-type", "\"application/json; charset=utf-8\"")]
    [InlineData("content-type", "text/json")]
    [InlineData("content-type", "application/vnd.acme+json")]
    [InlineData("content-type", "application/vnd.acme.v2+JSON; charset=UTF-8")]
    public void JSON_is_known_under_all_of_its_names(string name, string contentType) =>
        Assert.Equal("Ann", Document(Records.Of("""{"text":"Ann"}""", (name, contentType))).Text);

    [Theory]
    [InlineData("application/cloudevents-batch+json")]
    [InlineData("+json")]
    [InlineData("/+json")]
    [InlineData("application/+json")]
    [InlineData("\"")]
    public void What_only_looks_like_JSON_is_no_content_type(string contentType) =>
        Assert.Equal(FailureCode.UnknownContentType, Failure(Records.Of("{}", ("content-type", contentType))).Code);

    [Fact]
    public void The_frame_of_a_schema_registry_is_taken_off_JSON_and_its_id_kept()
    {
        byte[] framed = [0, 0, 0, 1, 2, .. """{"text":"Ann"}"""u8];

        var read = Reader.Read(Records.Of(framed, ("content-type", "application/json")));

        Assert.Equal("Ann", read.Document?.Text);
        Assert.Equal(258, read.SchemaId);
        Assert.Null(Reader.Read(Records.Of("""{"text":"Ann"}""", ("content-type", "application/json"))).SchemaId);
    }

    [Fact]
    public void A_zero_before_plain_text_is_text() =>
        Assert.Equal("\0\0\0\u0001\u0002Ann", Document(Records.Of([0, 0, 0, 1, 2, .. "Ann"u8])).Text);

    [Theory]
    [InlineData("text/plain", "Ann")]
    [InlineData("application/json", """{"text":"Ann"}""")]
    public void A_byte_order_mark_belongs_to_no_text(string contentType, string value) =>
        Assert.Equal("Ann", Document(Records.Of("\uFEFF" + value, ("content-type", contentType))).Text);

    private static Document Document(in KafkaRecord record) =>
        Reader.Read(record).Document ?? throw new InvalidOperationException(Reader.Read(record).Failure?.Message);

    private static DocumentOutcome.Failed Failure(in KafkaRecord record) =>
        Assert.IsType<DocumentOutcome.Failed>(Reader.Read(record).Failure);
}
