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
    private static readonly JsonEncodedText ModelsName = JsonEncodedText.Encode("models");
    private static readonly JsonEncodedText RulesName = JsonEncodedText.Encode("rules");
    private static readonly JsonEncodedText ModelValue = ModelName;
    private static readonly JsonEncodedText RulesValue = RulesName;
    private static readonly JsonEncodedText IdName = JsonEncodedText.Encode("id");
    private static readonly JsonEncodedText[] UnitNames =
        [.. Enum.GetValues<OffsetUnit>().Select(unit => JsonEncodedText.Encode(unit.Name()))];

    /// <summary>What the event's places count.</summary>
    public OffsetUnit Unit { get; init; }

    /// <summary>Writes the event as one JSON object.</summary>
    /// <param name="json">Must use <see cref="EntityEventWriter.Json"/>, so that text stays readable. It is not flushed here.</param>
    /// <param name="tokens">
    /// Whether the label of each token is written too. Those of a tagger always are, it has nothing else to say.
    /// </param>
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

        WriteIdentity(json, ModelName, Model);
        if (Model.Models.Count > 0)
            WriteModels(json);
        if (Model.Rules is { } rules)
            WriteIdentity(json, RulesName, rules);
        var scale = OffsetScale.Create(Text, Unit);
        json.WriteString(OffsetUnitName, UnitNames[(int)Unit]);
        json.WriteNumber(TextLengthName, scale?.At(Text.Length) ?? Text.Length);
        json.WriteNumber(WindowsName, Outcome.Windows);
        json.WriteBoolean(TruncatedName, Outcome.Truncated);

        json.WriteStartArray(EntitiesName);
        foreach (var entity in Outcome.Entities)
        {
            WriteMention(json, scale, entity.Span, entity.Label, entity.Score);
            if (entity.Source is { } source)
                WriteSource(json, source);
            json.WriteEndObject();
        }

        json.WriteEndArray();

        if (!Outcome.Sentences.IsEmpty)
        {
            json.WriteStartArray(SentencesName);
            foreach (var sentence in Outcome.Sentences)
            {
                json.WriteStartObject();
                WriteSpan(json, scale, sentence);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        if (Outcome.Models.IsEmpty)
            WriteTokens(json, scale, tokens);
        else
            WriteTokensOfModels(json, scale, tokens);
        json.WriteEndObject();
    }

    private static void WriteIdentity(Utf8JsonWriter json, JsonEncodedText property, ModelIdentity identity)
    {
        json.WriteStartObject(property);
        json.WriteString(NameName, identity.Name);
        json.WriteString(HashName, identity.Hash);
        json.WriteEndObject();
    }

    private void WriteModels(Utf8JsonWriter json)
    {
        json.WriteStartArray(ModelsName);
        for (var i = 0; i < Model.Models.Count; i++)
        {
            json.WriteStartObject();
            json.WriteString(NameName, Model.Models[i].Name);
            json.WriteString(HashName, Model.Models[i].Hash);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <summary>Which of several models found an entity, and where there are rules, whether it was one.</summary>
    private void WriteSource(Utf8JsonWriter json, EntitySource source)
    {
        if (Model.Models.Count > 0 && source.Model is { } model)
            json.WriteString(ModelName, model);
        if (Model.Rules is null)
            return;

        json.WriteString(SourceName, source.IsRule ? RulesValue : ModelValue);
        if (source.RuleId is { } id)
            json.WriteString(IdName, id);
    }

    private void WriteTokens(Utf8JsonWriter json, OffsetScale? scale, bool tokens)
    {
        if (!tokens && !Outcome.IsTagger)
            return;

        json.WriteStartArray(TokensName);
        foreach (var token in Outcome.Tokens)
        {
            WriteMention(json, scale, token.Span, token.Label, token.Score);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private void WriteTokensOfModels(Utf8JsonWriter json, OffsetScale? scale, bool tokens)
    {
        var any = tokens;
        foreach (var model in Outcome.Models)
            any |= model.IsTagger;
        if (!any)
            return;

        json.WriteStartArray(TokensName);
        var next = 0;
        foreach (var model in Outcome.Models)
        {
            var end = next + model.Count;
            for (; next < end; next++)
            {
                if (!tokens && !model.IsTagger)
                    continue;

                var token = Outcome.Tokens[next];
                WriteMention(json, scale, token.Span, token.Label, token.Score);
                json.WriteString(ModelName, model.Model);
                json.WriteEndObject();
            }
        }

        json.WriteEndArray();
    }

    private static void WriteSpan(Utf8JsonWriter json, OffsetScale? scale, TextSpan span)
    {
        json.WriteNumber(StartName, scale?.At(span.Start) ?? span.Start);
        json.WriteNumber(EndName, scale?.At(span.End) ?? span.End);
    }

    /// <summary>Writes what entities and tokens have in common. The object stays open.</summary>
    private void WriteMention(Utf8JsonWriter json, OffsetScale? scale, TextSpan span, string label, float score)
    {
        json.WriteStartObject();
        WriteSpan(json, scale, span);
        json.WriteString(TextName, span.In(Text));
        json.WriteString(LabelName, label);
        // Four digits: beyond them the number depends on which batch the document stood in, and a redelivered event should be the same.
        json.WriteNumber(ScoreName, Math.Round((decimal)score, 4));
    }
}

/// <summary>The place in Kafka that an event's text came from.</summary>
internal readonly record struct EventOrigin(string Topic, int Partition, long Offset);
