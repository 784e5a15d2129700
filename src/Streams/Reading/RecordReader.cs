using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using StreamNer.Inference.Domain;
using StreamNer.Streams.Wire;

namespace StreamNer.Streams.Reading;

/// <summary>Finds the text and the id in a record, by its content type. A pure rule; any thread.</summary>
/// <remarks>Messages say where and how much, never what the value holds.</remarks>
internal sealed class RecordReader
{
    private static readonly JsonPointers Envelope = new(
        Pointer("/specversion"), Pointer("/id"), Pointer("/source"), Pointer("/type"),
        Pointer("/datacontenttype"), Pointer("/data"), Pointer("/data_base64"));

    /// <summary>What Confluent's serializer for JSON Schema writes first: a zero, which no JSON begins with, and the schema's id.</summary>
    private const int FrameBytes = 5;

    private readonly ReadingOptions _options;
    private readonly ContentType _default;
    private readonly JsonPointer _text;
    private readonly JsonPointers _fields;

    /// <exception cref="ArgumentException">
    /// The options name an unknown content type or a broken pointer; the validator says so earlier.
    /// </exception>
    public RecordReader(ReadingOptions options)
    {
        _options = options;
        if (!ContentTypeName.TryParse(options.DefaultContentType, out _default))
            throw new ArgumentException($"content type '{options.DefaultContentType}' is none of {ContentTypeName.Known}", nameof(options));
        _text = Pointer(options.TextPointer);
        _fields = new JsonPointers(_text, Pointer(options.IdPointer));
    }

    /// <summary>Reads one record.</summary>
    public ReadRecord Read(in KafkaRecord record)
    {
        if (record.Unreadable is { } batch)
        {
            return ReadRecord.Refused(FailureCode.BatchUnreadable, $"the batch with offsets {record.Offset} to {batch.Last} of "
                + $"{record.Partition.Topic}/{record.Partition.Partition} can't be read: {batch.Reason}");
        }

        if (record.Value is not { } value)
            return ReadRecord.Tombstone;
        if (value.Length > _options.MaxValueBytes)
        {
            return ReadRecord.Refused(
                FailureCode.ValueTooLarge,
                $"the value has {value.Length} bytes, the limit is {_options.MaxValueBytes}; raise "
                    + $"{ReadingOptions.Section}:MaxValueBytes or send less");
        }

        var type = _default;
        if (record.Headers.Length > 0
            && (record.Header(HeaderNames.ContentType) ?? record.Header(HeaderNames.SpringContentType)) is { } header)
        {
            var name = Encoding.UTF8.GetString(header);
            if (!ContentTypeName.TryParse(name, out type))
                return Unknown(name);
        }

        if (type == ContentType.CloudEvent)
            return Structured(record, value);
        if (!IsCloudEvent(record.Headers))
            return Content(value, type, id: null, record);
        return MissingAttribute(record) is { } missing
            ? ReadRecord.Refused(FailureCode.InvalidCloudEvent, missing)
            : Content(value, type, Encoding.UTF8.GetString(record.Header(HeaderNames.CloudEventId)!), record);
    }

    private ReadRecord Content(ReadOnlySpan<byte> value, ContentType type, string? id, in KafkaRecord record)
    {
        var framed = type == ContentType.Json && value.Length > FrameBytes && value[0] == 0;
        var content = framed ? value[FrameBytes..] : value;
        if (!Utf8.IsValid(content))
            return InvalidUtf8(content);

        content = WithoutMark(content);
        if (type == ContentType.PlainText)
            return Read(id, Encoding.UTF8.GetString(content), record);

        var read = Json(content, id, record);
        return framed ? read with { SchemaId = BinaryPrimitives.ReadInt32BigEndian(value[1..]) } : read;
    }

    private ReadRecord Json(ReadOnlySpan<byte> json, string? id, in KafkaRecord record)
    {
        Span<JsonField> found = stackalloc JsonField[2];
        try
        {
            _fields.Read(json, found);
        }
        catch (JsonException broken)
        {
            return InvalidJson(broken);
        }

        if (found[0].Type == JsonTokenType.None)
        {
            return ReadRecord.Refused(FailureCode.TextMissing, $"the JSON has nothing at '{_text}'; set "
                + $"{ReadingOptions.Section}:TextPointer to where the text is");
        }

        if (found[0].Type != JsonTokenType.String)
            return ReadRecord.Refused(FailureCode.TextNotString, $"the JSON has {found[0].Kind} at '{_text}', it must be a string");
        return Read(id ?? Id(found[1], json), found[0].Text(json), record);
    }

    // A number is as good an id as a string; anything else is not one, and the record's place stands in for it.
    private static string? Id(JsonField field, ReadOnlySpan<byte> json) => field.Type switch
    {
        JsonTokenType.String => field.Text(json),
        JsonTokenType.Number => Encoding.UTF8.GetString(field.In(json)),
        _ => null,
    };

    private ReadRecord Structured(in KafkaRecord record, ReadOnlySpan<byte> value)
    {
        if (!Utf8.IsValid(value))
            return InvalidUtf8(value);

        var json = WithoutMark(value);
        Span<JsonField> found = stackalloc JsonField[7];
        try
        {
            Envelope.Read(json, found);
        }
        catch (JsonException broken)
        {
            return InvalidJson(broken);
        }

        for (var i = 0; i < 4; i++)
        {
            if (found[i].Type != JsonTokenType.String || string.IsNullOrWhiteSpace(found[i].Text(json)))
                return Invalid($"the CloudEvent's '{EnvelopeName(i)}' is {found[i].Kind}, it must be a string that is not empty");
        }

        var version = found[0].Text(json);
        if (version != "1.0")
            return Invalid($"the CloudEvent's specversion is '{Short(version)}', only 1.0 is known");

        var type = ContentType.Json;
        if (found[4].Type == JsonTokenType.String)
        {
            var name = found[4].Text(json);
            if (!ContentTypeName.TryParse(name, out type) || type == ContentType.CloudEvent)
                return Unknown(name);
        }

        var id = found[1].Text(json);
        if (found[6].Type == JsonTokenType.String)
            return Base64(found[6].Text(json), type, id, record);
        if (type == ContentType.Json)
        {
            return found[5].Type == JsonTokenType.None
                ? ReadRecord.Refused(FailureCode.TextMissing, "the CloudEvent has neither 'data' nor 'data_base64'")
                : Json(found[5].In(json), id, record);
        }

        return found[5].Type switch
        {
            JsonTokenType.String => Read(id, found[5].Text(json), record),
            JsonTokenType.None => ReadRecord.Refused(FailureCode.TextMissing, "the CloudEvent has neither 'data' nor 'data_base64'"),
            _ => ReadRecord.Refused(FailureCode.TextNotString, $"the CloudEvent's 'data' is {found[5].Kind}, with "
                + $"text/plain it must be a string"),
        };
    }

    private ReadRecord Base64(string encoded, ContentType type, string id, in KafkaRecord record)
    {
        var decoded = new byte[encoded.Length / 4 * 3 + 3];
        return Convert.TryFromBase64String(encoded, decoded, out var written)
            ? Content(decoded.AsSpan(0, written), type, id, record)
            : Invalid("the CloudEvent's 'data_base64' is not Base64");
    }

    private static ReadRecord Read(string? id, string text, in KafkaRecord record) =>
        new(new Document(new DocumentId(string.IsNullOrWhiteSpace(id) ? record.Place : id), text), null);

    private static bool IsCloudEvent(RecordHeader[] headers)
    {
        foreach (var header in headers)
        {
            if (header.Key.StartsWith(HeaderNames.CloudEventPrefix, StringComparison.OrdinalIgnoreCase))
                return true;
        }

        return false;
    }

    private static string? MissingAttribute(in KafkaRecord record)
    {
        ReadOnlySpan<string> required =
            [HeaderNames.CloudEventSpecVersion, HeaderNames.CloudEventId, HeaderNames.CloudEventSource, HeaderNames.CloudEventType];
        foreach (var name in required)
        {
            if (record.Header(name) is not { } value || string.IsNullOrWhiteSpace(Encoding.UTF8.GetString(value)))
                return $"the record has CloudEvents headers, but '{name}' is missing or empty";
        }

        return record.Header(HeaderNames.CloudEventSpecVersion).AsSpan().SequenceEqual("1.0"u8)
            ? null
            : $"the CloudEvent's specversion is "
                + $"'{Short(Encoding.UTF8.GetString(record.Header(HeaderNames.CloudEventSpecVersion)!))}', only 1.0 is known";
    }

    private static ReadRecord InvalidUtf8(ReadOnlySpan<byte> value)
    {
        var buffer = new char[1024];
        var at = 0;
        while (true)
        {
            var status = Utf8.ToUtf16(value[at..], buffer, out var read, out _, replaceInvalidSequences: false, isFinalBlock: true);
            at += read;
            if (status != System.Buffers.OperationStatus.DestinationTooSmall)
            {
                return ReadRecord.Refused(FailureCode.InvalidUtf8, $"the value is not UTF-8: byte {at} of "
                    + $"{value.Length} cannot stand there");
            }
        }
    }

    private static ReadRecord InvalidJson(JsonException broken) =>
        ReadRecord.Refused(FailureCode.InvalidJson, $"the value is not valid JSON: it breaks at line {broken.LineNumber + 1}, byte "
            + $"{broken.BytePositionInLine + 1}");

    private static ReadRecord Invalid(string message) => ReadRecord.Refused(FailureCode.InvalidCloudEvent, message);

    private static ReadRecord Unknown(string name) =>
        ReadRecord.Refused(FailureCode.UnknownContentType, $"content type '{Short(name)}' is none of {ContentTypeName.Known}");

    private static string Short(string name) => name.Length <= 100 ? name : string.Concat(name.AsSpan(0, 100), "...");

    private static ReadOnlySpan<byte> WithoutMark(ReadOnlySpan<byte> utf8) =>
        utf8.StartsWith("\uFEFF"u8) ? utf8["\uFEFF"u8.Length..] : utf8;

    private static string EnvelopeName(int field) => field switch
    {
        0 => "specversion",
        1 => "id",
        2 => "source",
        _ => "type",
    };

    private static JsonPointer Pointer(string text) =>
        JsonPointer.TryParse(text, out var pointer)
            ? pointer
            : throw new ArgumentException($"'{text}' is not a JSON pointer; it must be empty or begin with a slash", nameof(text));
}

/// <summary>What reading made of one record: a document, a failure, or neither, which is a tombstone.</summary>
/// <param name="Document">The text to label.</param>
/// <param name="Failure">Why there is none.</param>
internal readonly record struct ReadRecord(Document? Document, DocumentOutcome.Failed? Failure)
{
    /// <summary>Id of the schema in the frame around the value; null without one.</summary>
    public int? SchemaId { get; init; }

    /// <summary>A null value: it passes through.</summary>
    public static ReadRecord Tombstone => default;

    /// <summary>A record that cannot be read.</summary>
    public static ReadRecord Refused(FailureCode code, string message) =>
        new(null, new DocumentOutcome.Failed(FailureStage.Read, code, message));
}
