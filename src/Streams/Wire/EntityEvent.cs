using System.Text.Json;
using StreamNer.Inference.Domain;

namespace StreamNer.Streams.Wire;

/// <summary>What the service says about one document: the body of the output event and of the answer to <c>POST /v1/label</c>.</summary>
/// <param name="Document">Its id.</param>
/// <param name="Origin">Where it came from; null when it did not come from Kafka, <c>source</c> is then left out.</param>
/// <param name="Model">Who labelled it.</param>
/// <param name="Text">The original text, from which the surface forms are cut.</param>
/// <param name="Outcome">The labels.</param>
internal readonly record struct EntityEvent(
    DocumentId Document,
    EventOrigin? Origin,
    ModelIdentity Model,
    string Text,
    DocumentOutcome.Labelled Outcome)
{
    private static readonly JsonEncodedText DocumentName = JsonEncodedText.Encode("document");
    private static readonly JsonEncodedText SourceName = JsonEncodedText.Encode("source");
    private static readonly JsonEncodedText TopicName = JsonEncodedText.Encode("topic");
    private static readonly JsonEncodedText PartitionName = JsonEncodedText.Encode("partition");
    private static readonly JsonEncodedText OffsetName = JsonEncodedText.Encode("offset");
    private static readonly JsonEncodedText ModelName = JsonEncodedText.Encode("model");
    private static readonly JsonEncodedText NameName = JsonEncodedText.Encode("name");
    private static readonly JsonEncodedText HashName = JsonEncodedText.Encode("hash");
    private static readonly JsonEncodedText OffsetUnitName = JsonEncodedText.Encode("offsetUnit");
    private static readonly JsonEncodedText Utf16 = JsonEncodedText.Encode("utf16");
    private static readonly JsonEncodedText TextLengthName = JsonEncodedText.Encode("textLength");
    private static readonly JsonEncodedText WindowsName = JsonEncodedText.Encode("windows");
    private static readonly JsonEncodedText TruncatedName = JsonEncodedText.Encode("truncated");
    private static readonly JsonEncodedText EntitiesName = JsonEncodedText.Encode("entities");
    private static readonly JsonEncodedText TokensName = JsonEncodedText.Encode("tokens");
    private static readonly JsonEncodedText SentencesName = JsonEncodedText.Encode("sentences");
    private static readonly JsonEncodedText StartName = JsonEncodedText.Encode("start");
    private static readonly JsonEncodedText EndName = JsonEncodedText.Encode("end");
    private static readonly JsonEncodedText TextName = JsonEncodedText.Encode("text");
    private static readonly JsonEncodedText LabelName = JsonEncodedText.Encode("label");
    private static readonly JsonEncodedText ScoreName = JsonEncodedText.Encode("score");

    /// <summary>Writes the event as one JSON object.</summary>
    /// <param name="json">Must use <see cref="EntityEventWriter.Json"/>, so that text stays readable. It is not flushed here.</param>
    /// <param name="tokens">Whether the label of each token is written too.</param>
    /// <remarks>
    /// JSON is UTF-8 and cannot hold half of a surrogate pair: where the text has a lone one, U+FFFD is written. It is one code
    /// unit as well, so every span still fits the original text.
    /// </remarks>
    public void WriteTo(Utf8JsonWriter json, bool tokens)
    {
        json.WriteStartObject();
        json.WriteString(DocumentName, Document.Value);
        if (Origin is { } origin)
        {
            json.WriteStartObject(SourceName);
            json.WriteString(TopicName, origin.Topic);
            json.WriteNumber(PartitionName, origin.Partition);
            json.WriteNumber(OffsetName, origin.Offset);
            json.WriteEndObject();
        }

        json.WriteStartObject(ModelName);
        json.WriteString(NameName, Model.Name);
        json.WriteString(HashName, Model.Hash);
        json.WriteEndObject();
        json.WriteString(OffsetUnitName, Utf16);
        json.WriteNumber(TextLengthName, Text.Length);
        json.WriteNumber(WindowsName, Outcome.Windows);
        json.WriteBoolean(TruncatedName, Outcome.Truncated);

        json.WriteStartArray(EntitiesName);
        foreach (var entity in Outcome.Entities)
            WriteMention(json, entity.Span, entity.Label, entity.Score);
        json.WriteEndArray();

        if (!Outcome.Sentences.IsEmpty)
        {
            json.WriteStartArray(SentencesName);
            foreach (var sentence in Outcome.Sentences)
            {
                json.WriteStartObject();
                json.WriteNumber(StartName, sentence.Start);
                json.WriteNumber(EndName, sentence.End);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        if (tokens)
        {
            json.WriteStartArray(TokensName);
            foreach (var token in Outcome.Tokens)
                WriteMention(json, token.Span, token.Label, token.Score);
            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    private void WriteMention(Utf8JsonWriter json, TextSpan span, string label, float score)
    {
        json.WriteStartObject();
        json.WriteNumber(StartName, span.Start);
        json.WriteNumber(EndName, span.End);
        json.WriteString(TextName, span.In(Text));
        json.WriteString(LabelName, label);
        // Four digits: beyond them the number depends on which batch the document stood in, and a redelivered event should be the same.
        json.WriteNumber(ScoreName, Math.Round((decimal)score, 4));
        json.WriteEndObject();
    }
}
