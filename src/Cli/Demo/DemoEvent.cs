using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json;
using StreamNer.Inference.Domain;
using StreamNer.Streams.Kafka;
using StreamNer.Streams.Wire;

namespace StreamNer.Cli.Demo;

/// <summary>What came out of the pipeline for one document.</summary>
/// <param name="Number">Which of the demo's documents it was; null for one that somebody else sent.</param>
/// <param name="Document">Its id.</param>
/// <param name="Entities">What was found; empty for a dead letter.</param>
/// <param name="Surfaces">The entities as text, for when the document itself is not known.</param>
/// <param name="DeadLetter">Why it could not be labelled; null when it was.</param>
/// <param name="At">When it was seen, by the clock of <see cref="System.Diagnostics.Stopwatch"/>.</param>
internal sealed record DemoEvent(int? Number, string Document, ImmutableArray<Entity> Entities, ImmutableArray<string> Surfaces,
    string? DeadLetter, long At)
{
    /// <summary>What the places of the entities count.</summary>
    public OffsetUnit Unit { get; init; }

    /// <summary>The entities with the places that they have in the document's text here.</summary>
    public ImmutableArray<Entity> EntitiesIn(string text) => OffsetScale.Create(text, Unit) is not { } scale ? Entities
        : [.. Entities.Select(entity => entity with { Span = new(scale.IndexOf(entity.Span.Start), scale.IndexOf(entity.Span.End)) })];

    /// <summary>Reads a record of the output topic or of the dead letters.</summary>
    /// <returns>Null for what is no event: others may write to the demo's broker too.</returns>
    public static DemoEvent? Of(TopicEntry entry, string outputTopic, long at)
    {
        var number = int.TryParse(Text(entry.Key), NumberStyles.None, CultureInfo.InvariantCulture, out var parsed) ? parsed : (int?)null;
        var place = string.Create(CultureInfo.InvariantCulture, $"{entry.Topic}/{entry.Partition}/{entry.Offset}");
        if (entry.Topic != outputTopic)
        {
            return new DemoEvent(number, place, [], [], $"{Header(entry, HeaderNames.ErrorCode)}: "
                + $"{Header(entry, HeaderNames.ErrorMessage)}", at);
        }

        if (entry.Value is not { } value)
            return new DemoEvent(number, place, [], [], null, at);

        try
        {
            return Of(value, number, place, at);
        }
        catch (Exception noEvent) when (noEvent is JsonException or KeyNotFoundException or InvalidOperationException or FormatException
            or ArgumentException)
        {
            return null;
        }
    }

    private static DemoEvent Of(byte[] value, int? number, string place, long at)
    {
        using var body = JsonDocument.Parse(value);
        var entities = body.RootElement.GetProperty("entities"u8).EnumerateArray().ToArray();
        return new DemoEvent(
            number,
            body.RootElement.GetProperty("document"u8).GetString() ?? place,
            [.. entities.Select(Entity)],
            [.. entities.Select(entity => entity.GetProperty("text"u8).GetString() ?? "")],
            null,
            at)
        {
            Unit = OffsetUnits.Parse(body.RootElement.GetProperty("offsetUnit"u8).GetString() ?? "") ?? OffsetUnit.Utf16,
        };
    }

    private static Entity Entity(JsonElement entity) => new(
        new TextSpan(entity.GetProperty("start"u8).GetInt32(), entity.GetProperty("end"u8).GetInt32()),
        entity.GetProperty("label"u8).GetString() ?? "",
        entity.GetProperty("score"u8).GetSingle());

    private static string Header(TopicEntry entry, string name) =>
        Text(entry.Headers.LastOrDefault(header => header.Key == name).Value) ?? "unknown";

    private static string? Text(byte[]? bytes) => bytes is null ? null : Encoding.UTF8.GetString(bytes);
}
