using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using StreamNer.Host.Settings;
using StreamNer.Inference.Domain;
using StreamNer.Streams.Wire;

namespace StreamNer.Host.Web.Live;

/// <summary>Writes server-sent events. Whatever the document is like, one stays below some 100 kB.</summary>
internal static class LiveFrame
{
    /// <summary>Code units of a text that are shown; what is behind is left out, and so are its entities.</summary>
    public const int MaxTextLength = 8192;

    /// <summary>Entities of a document that are shown.</summary>
    public const int MaxEntities = 200;

    private const int MaxIdLength = 256;

    /// <summary>A line that viewers skip. It keeps proxies from closing a connection on which nothing happens.</summary>
    public static ReadOnlyMemory<byte> Heartbeat { get; } = ": still here\n\n"u8.ToArray();

    /// <summary>What a viewer is told first.</summary>
    public static ReadOnlyMemory<byte> Hello(WebOptions options) => Write("hello"u8, options, static (json, options) =>
    {
        json.WriteBoolean("showText"u8, options.ShowText);
        json.WriteNumber("maxEventsPerSecond"u8, options.MaxEventsPerSecond);
    });

    /// <summary>What went past since the viewer came.</summary>
    public static ReadOnlyMemory<byte> Of(LiveCount count, long dropped) => Write("count"u8, (count, dropped), static (json, counted) =>
    {
        json.WriteNumber("published"u8, counted.count.Published);
        json.WriteNumber("shown"u8, counted.count.Shown);
        json.WriteNumber("dropped"u8, counted.dropped);
    });

    /// <summary>One document and what became of it.</summary>
    /// <param name="batch">Where it stands.</param>
    /// <param name="published">Its place there, and the outcome.</param>
    /// <param name="showText">Whether its words may be seen.</param>
    /// <param name="now">When it was published.</param>
    public static ReadOnlyMemory<byte> Of(RecordBatch batch, (int Index, DocumentOutcome Outcome) published, bool showText,
        DateTimeOffset now) =>
        Write("document"u8, (batch, published, showText, now), static (json, of) =>
            WriteDocument(json, of.batch, of.published.Index, of.published.Outcome, of.showText, of.now));

    private static void WriteDocument(Utf8JsonWriter json, RecordBatch batch, int index, DocumentOutcome outcome, bool showText,
        DateTimeOffset now)
    {
        var (record, document) = (batch.Records[index], batch.Results[index].Document);
        json.WriteString("time"u8, now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
        json.WriteString("document"u8, Cut(document?.Id.Value ?? record.Place, MaxIdLength));
        json.WriteStartObject("source"u8);
        json.WriteString("topic"u8, record.Partition.Topic);
        json.WriteNumber("partition"u8, record.Partition.Partition);
        json.WriteNumber("offset"u8, record.Offset);
        json.WriteEndObject();
        json.WriteNumber("latencySeconds"u8, Math.Round((decimal)Stopwatch.GetElapsedTime(batch.ReadAt).TotalSeconds, 4));

        if (outcome is DocumentOutcome.Failed failed)
        {
            json.WriteStartObject("deadLetter"u8);
            json.WriteString("stage"u8, failed.Stage.Name());
            json.WriteString("code"u8, failed.Code.Name());
            json.WriteEndObject();
        }
        else
        {
            WriteLabelled(json, document!.Text, (DocumentOutcome.Labelled)outcome, showText);
        }
    }

    private static void WriteLabelled(Utf8JsonWriter json, string text, DocumentOutcome.Labelled labelled, bool showText)
    {
        var shown = showText ? Cut(text, MaxTextLength) : null;
        json.WriteNumber("textLength"u8, text.Length);
        if (shown is not null)
            json.WriteString("text"u8, shown);

        var written = 0;
        json.WriteStartArray("entities"u8);
        foreach (var entity in labelled.Entities)
        {
            if (written == MaxEntities || entity.Span.End > (shown?.Length ?? int.MaxValue))
                continue;

            written++;
            json.WriteStartObject();
            json.WriteNumber("start"u8, entity.Span.Start);
            json.WriteNumber("end"u8, entity.Span.End);
            json.WriteString("label"u8, entity.Label);
            json.WriteNumber("score"u8, Math.Round((decimal)entity.Score, 4));
            if (entity.Source is { IsRule: true })
                json.WriteString("source"u8, "rules"u8);
            else if (entity.Source is { Model: { } model })
                json.WriteString("model"u8, model);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        if (written < labelled.Entities.Length)
            json.WriteNumber("entitiesLeftOut"u8, labelled.Entities.Length - written);
    }

    /// <summary>The text up to a length; half of a surrogate pair is not left at the end.</summary>
    private static string Cut(string text, int length)
    {
        if (text.Length <= length)
            return text;
        return text[..(char.IsHighSurrogate(text[length - 1]) ? length - 1 : length)];
    }

    private static ReadOnlyMemory<byte> Write<T>(ReadOnlySpan<byte> name, T value, Action<Utf8JsonWriter, T> properties)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        buffer.Write("event: "u8);
        buffer.Write(name);
        buffer.Write("\ndata: "u8);
        using (var json = new Utf8JsonWriter(buffer, EntityEventWriter.Json))
        {
            json.WriteStartObject();
            properties(json, value);
            json.WriteEndObject();
        }

        // JSON escapes line breaks, so that the data is one line.
        buffer.Write("\n\n"u8);
        return buffer.WrittenMemory;
    }
}
