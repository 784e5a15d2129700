using StreamNer.Inference.Decoding;
using StreamNer.Inference.Domain;
using StreamNer.Streams.Kafka;
using StreamNer.Streams.Wire;

namespace StreamNer.Streams.Publishing;

/// <summary>Makes the record that answers an input record: event, tombstone or dead letter. One caller at a time.</summary>
internal sealed class RecordComposer(KafkaOptions kafka, OutputOptions output, ModelIdentity model) : IDisposable
{
    private readonly EventHeaders _headers = new(output, model);
    private readonly EntityEventWriter _writer = new(output.Tokens, output.OffsetUnit);
    private readonly ScoreThreshold _threshold = output.Threshold;

    /// <summary>The labels without the entities that the settings leave out.</summary>
    public DocumentOutcome.Labelled Kept(DocumentOutcome.Labelled outcome) => _threshold.Apply(outcome);

    /// <summary>The entity event of a labelled document.</summary>
    /// <param name="record">What it answers.</param>
    /// <param name="document">Its document.</param>
    /// <param name="outcome">The labels.</param>
    /// <param name="index">The record's place in its batch.</param>
    /// <param name="trace">The batch's spans, if it has any.</param>
    /// <param name="schemaId">Id of the schema in the frame around the value, if it had one.</param>
    public OutgoingRecord Event(
        in KafkaRecord record, Document document, DocumentOutcome.Labelled outcome, int index = 0, IBatchTrace? trace = null,
        int? schemaId = null)
    {
        var origin = new EventOrigin(record.Partition.Topic, record.Partition.Partition, record.Offset);
        var value = _writer.Write(new EntityEvent(document.Id, origin, model, document.Text, outcome));
        var traceParent = trace?.Send(index, kafka.OutputTopic, value.Length);
        return new OutgoingRecord(kafka.OutputTopic, record.Key, value, _headers.Event(record, document.Id, traceParent, schemaId));
    }

    /// <summary>A null value passes through, so that a compacted output topic forgets the key as well.</summary>
    public OutgoingRecord Tombstone(in KafkaRecord record, int index = 0, IBatchTrace? trace = null) =>
        new(kafka.OutputTopic, record.Key, null, _headers.Tombstone(record, trace?.Send(index, kafka.OutputTopic, null)));

    /// <summary>The record as it came, with the reason in its headers.</summary>
    public OutgoingRecord DeadLetter(in KafkaRecord record, DocumentOutcome.Failed failure) =>
        new(kafka.DeadLetterTopicOf(record.Partition.Topic), record.Key, record.Value, EventHeaders.DeadLetter(record, failure));

    /// <summary>
    /// The same without the value, for one that even the dead-letter topic refuses: the reason and the place are kept, and the
    /// value still stands at that place in the input topic. Without this the record would come back forever.
    /// </summary>
    public OutgoingRecord DeadLetterWithoutValue(in KafkaRecord record, DocumentOutcome.Failed failure)
    {
        var letter = DeadLetter(record, failure);
        return letter with { Value = null, Headers = [.. letter.Headers, Size(HeaderNames.ErrorValueBytes, record.Value?.Length ?? 0)] };
    }

    /// <summary>
    /// The reason and the place alone, for a record of which even that much is refused: a key or headers as large as the broker takes leave
    /// no room for ours.
    /// </summary>
    public OutgoingRecord DeadLetterOfItsPlace(in KafkaRecord record, DocumentOutcome.Failed failure)
    {
        var bare = DeadLetter(record with { Key = null, Value = null, Headers = [] }, failure);
        var (key, value) = (record.Key?.Length ?? 0, record.Value?.Length ?? 0);
        var headers = record.Headers.Sum(header => header.Bytes);
        return bare with
        {
            Headers =
            [
                .. bare.Headers, Size(HeaderNames.ErrorValueBytes, value), Size(HeaderNames.ErrorKeyBytes, key),
                Size(HeaderNames.ErrorHeaderBytes, headers),
            ],
        };
    }

    private static RecordHeader Size(string name, int bytes) =>
        EventHeaders.Text(name, bytes.ToString(System.Globalization.CultureInfo.InvariantCulture));

    /// <inheritdoc/>
    public void Dispose() => _writer.Dispose();
}
