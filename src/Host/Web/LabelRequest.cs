using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Unicode;
using StreamNer.Inference.Domain;
using StreamNer.Streams.Reading;

namespace StreamNer.Host.Web;

/// <summary>What <c>POST /v1/label</c> asks for: <c>{"text": "..."}</c> or <c>{"texts": ["...", "..."]}</c>.</summary>
/// <param name="Documents">The texts, named by their place: <c>text</c>, or <c>texts/0</c>, <c>texts/1</c>, ...</param>
/// <param name="IsSingle">Whether one body is the answer, not a list.</param>
internal sealed record LabelRequest(ImmutableArray<Document> Documents, bool IsSingle)
{
    private const string Expected = "send {\"text\": \"...\"} or {\"texts\": [\"...\"]}";

    /// <summary>Reads the body of a request. Strict: whatever is not understood is refused by name.</summary>
    /// <param name="utf8">The body.</param>
    /// <param name="maxTexts">Most texts of one request.</param>
    /// <param name="problem">What is wrong, for the sender; never holds the text itself.</param>
    /// <returns>Null when there is a problem.</returns>
    public static LabelRequest? Read(ReadOnlySpan<byte> utf8, int maxTexts, out string problem)
    {
        problem = "";
        if (!Utf8.IsValid(utf8))
        {
            problem = "the body is not valid UTF-8";
            return null;
        }

        try
        {
            var reader = new Utf8JsonReader(utf8);
            return Read(utf8, ref reader, maxTexts, out problem);
        }
        catch (JsonException broken)
        {
            problem = $"the body is not valid JSON: it breaks at line {broken.LineNumber + 1}, byte {broken.BytePositionInLine + 1}; {Expected}";
            return null;
        }
    }

    private static LabelRequest? Read(ReadOnlySpan<byte> utf8, ref Utf8JsonReader reader, int maxTexts, out string problem)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            problem = $"the body is {Value(ref reader).Kind}; {Expected}";
            return null;
        }

        LabelRequest? request = null;
        problem = "";
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var (isText, isTexts) = (reader.ValueTextEquals("text"u8), reader.ValueTextEquals("texts"u8));
            reader.Read();
            if (!isText && !isTexts)
                problem = $"the body has a property that is not known; {Expected}";
            else if (request is not null)
                problem = $"the body has more than one of 'text' and 'texts'; {Expected}";
            else
                request = isText ? Single(utf8, ref reader, out problem) : Several(utf8, ref reader, maxTexts, out problem);

            if (problem.Length > 0)
                return null;
        }

        // Nothing but white space may follow; the reader throws otherwise.
        reader.Read();
        if (request is null)
            problem = $"the body has neither 'text' nor 'texts'; {Expected}";
        return request;
    }

    private static LabelRequest? Single(ReadOnlySpan<byte> utf8, ref Utf8JsonReader reader, out string problem)
    {
        var value = Value(ref reader);
        problem = value.Type == JsonTokenType.String ? "" : $"'text' is {value.Kind}, it must be a string";
        return problem.Length > 0 ? null : new LabelRequest([new Document(new DocumentId("text"), value.Text(utf8))], IsSingle: true);
    }

    private static LabelRequest? Several(ReadOnlySpan<byte> utf8, ref Utf8JsonReader reader, int maxTexts, out string problem)
    {
        problem = "";
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            problem = $"'texts' is {Value(ref reader).Kind}, it must be an array of strings";
            return null;
        }

        var documents = ImmutableArray.CreateBuilder<Document>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            var value = Value(ref reader);
            if (value.Type != JsonTokenType.String)
                problem = $"'texts/{documents.Count}' is {value.Kind}, it must be a string";
            else if (documents.Count == maxTexts)
                problem = $"'texts' has more than {maxTexts} entries, the limit of one request; send several, or raise {WebOptions.Section}:MaxTexts";
            if (problem.Length > 0)
                return null;

            documents.Add(new Document(new DocumentId($"texts/{documents.Count}"), value.Text(utf8)));
        }

        if (documents.Count == 0)
            problem = "'texts' is empty, it must hold at least one string";
        return problem.Length > 0 ? null : new LabelRequest(documents.ToImmutable(), IsSingle: false);
    }

    private static JsonField Value(ref Utf8JsonReader reader) =>
        new(reader.TokenType, (int)reader.TokenStartIndex, (int)(reader.BytesConsumed - reader.TokenStartIndex), reader.ValueIsEscaped);
}
