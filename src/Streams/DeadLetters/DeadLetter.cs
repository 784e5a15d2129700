using System.Globalization;
using System.Text;
using StreamNer.Inference.Domain;
using StreamNer.Streams.Kafka;
using StreamNer.Streams.Wire;

namespace StreamNer.Streams.DeadLetters;

/// <summary>A record of a dead-letter topic, with what its headers say of how it came there.</summary>
/// <param name="Entry">The record itself.</param>
/// <param name="Topic">The topic that it was read from; null when no header says so: then it is no dead letter of ours.</param>
/// <param name="Partition">Its partition there.</param>
/// <param name="Offset">Its place there.</param>
/// <param name="Stage">The step at which it failed.</param>
/// <param name="Code">Why.</param>
/// <param name="Attempts">How often it was tried.</param>
/// <param name="Message">Why, for a person. It never holds the text.</param>
internal sealed record DeadLetter(TopicEntry Entry, string? Topic, int? Partition, long? Offset, string Stage, string Code, int Attempts,
    string Message)
{
    /// <summary>What stands for a stage or a code that is not told, or is none of ours.</summary>
    public const string Unknown = "unknown";

    /// <summary>Every code that the service writes, and <see cref="Unknown"/>.</summary>
    public static IReadOnlyList<string> Codes { get; } = [.. Enum.GetValues<FailureCode>().Select(code => code.Name()), Unknown];

    /// <summary>Every stage that the service writes, and <see cref="Unknown"/>.</summary>
    public static IReadOnlyList<string> Stages { get; } = [.. Enum.GetValues<FailureStage>().Select(stage => stage.Name()), Unknown];

    /// <summary>
    /// True when even the dead-letter topic refused the value, or when it stands for a batch that could not be read: what there is stands
    /// only in the input topic, for as long as that keeps it.
    /// </summary>
    public bool LacksValue =>
        Header(Ours(Entry), HeaderNames.ErrorValueBytes) is not null || Header(Ours(Entry), HeaderNames.ErrorLastOffset) is not null;

    /// <summary>Reads the headers.</summary>
    public static DeadLetter Read(TopicEntry entry)
    {
        var ours = Ours(entry);
        return new DeadLetter(
            entry,
            Header(ours, HeaderNames.ErrorTopic),
            int.TryParse(Header(ours, HeaderNames.ErrorPartition), CultureInfo.InvariantCulture, out var partition) ? partition : null,
            long.TryParse(Header(ours, HeaderNames.ErrorOffset), CultureInfo.InvariantCulture, out var offset) ? offset : null,
            Known(Stages, Header(ours, HeaderNames.ErrorStage)),
            Known(Codes, Header(ours, HeaderNames.ErrorCode)),
            int.TryParse(Header(ours, HeaderNames.ErrorAttempts), CultureInfo.InvariantCulture, out var attempts) ? attempts : 0,
            Header(ours, HeaderNames.ErrorMessage) ?? "");
    }

    /// <summary>The record as it was before it failed: key, value, and its own headers without ours.</summary>
    public OutgoingRecord Original() => new(
        Topic ?? throw new InvalidOperationException("a record that names no topic can't go back to it"),
        Entry.Key,
        Entry.Value,
        Entry.Headers[..^Ours(Entry).Length]);

    // Anybody may write anything into a header; what is counted and committed by code must come from a closed list.
    private static string Known(IReadOnlyList<string> names, string? written) =>
        written is not null && names.Contains(written) ? written : Unknown;

    // Behind the record's own, among which there may be such too: it may have been a dead letter before.
    private static ReadOnlySpan<RecordHeader> Ours(TopicEntry entry)
    {
        var first = entry.Headers.Length;
        while (first > 0 && IsOfErrors(entry.Headers[first - 1].Key)
            && (first == entry.Headers.Length || entry.Headers[first].Key != HeaderNames.ErrorException))
        {
            first--;
        }

        return entry.Headers.AsSpan(first);
    }

    private static bool IsOfErrors(string name) =>
        name.StartsWith("__streams.errors.", StringComparison.Ordinal) || name.StartsWith("streamner.errors.", StringComparison.Ordinal);

    private static string? Header(ReadOnlySpan<RecordHeader> headers, string name)
    {
        for (var i = headers.Length - 1; i >= 0; i--)
        {
            if (headers[i].Key == name)
                return headers[i].Value is { } value ? Encoding.UTF8.GetString(value) : null;
        }

        return null;
    }
}

/// <summary>Which dead letters are meant.</summary>
/// <param name="Stage">Only those of this stage; null for any.</param>
/// <param name="Code">Only those of this code; null for any.</param>
internal sealed record DeadLetterFilter(string? Stage, string? Code)
{
    public bool Matches(DeadLetter letter) => (Stage is null || letter.Stage == Stage) && (Code is null || letter.Code == Code);
}
