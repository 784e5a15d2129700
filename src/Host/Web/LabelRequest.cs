using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using StreamNer.Host.Settings;
using StreamNer.Inference.Domain;
using StreamNer.Streams.Reading;
using StreamNer.Streams.Wire;

namespace StreamNer.Host.Web;

/// <summary>
/// What <c>POST /v1/label</c> asks for: <c>{"text": "..."}</c>, <c>{"texts": ["...", "..."]}</c> or one text cut before,
/// <c>{"words": ["...", "..."]}</c>, with <c>model</c>, <c>tokens</c>, <c>minScore</c> and
/// <c>offsetUnit</c> if wanted.
/// </summary>
/// <param name="Documents">The texts, named by their place: <c>text</c>, or <c>texts/0</c>, <c>texts/1</c>, ...</param>
/// <param name="IsSingle">Whether one body is the answer, not a list.</param>
internal sealed record LabelRequest(ImmutableArray<Document> Documents, bool IsSingle)
{
    /// <summary>Most words of one request: an empty one takes three bytes to send, and a label to answer.</summary>
    private const int MaxWords = 50_000;

    private const string Expected = "send {\"text\": \"...\"}, {\"texts\": [\"...\"]} or {\"words\": [\"...\"]}, with \"model\", "
        + "\"tokens\", \"minScore\" and \"offsetUnit\" if wanted";

    /// <summary>Name of the model to ask; null asks all of them. Whether there is one of that name is not known here.</summary>
    public string? Model { get; private init; }

    /// <summary>Whether the labels of all tokens are wanted; null is what the configuration says.</summary>
    public bool? Tokens { get; private init; }

    /// <summary>The least score of an entity, 0..1; null is what the configuration says.</summary>
    public double? MinScore { get; private init; }

    /// <summary>What places count; null is what the configuration says.</summary>
    public OffsetUnit? OffsetUnit { get; private init; }

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

        // As in Kafka and in files, a byte order mark belongs to no text.
        if (utf8.StartsWith("\uFEFF"u8))
            utf8 = utf8[3..];

        try
        {
            var reader = new Utf8JsonReader(utf8);
            return Read(utf8, ref reader, maxTexts, out problem);
        }
        catch (InvalidOperationException)
        {
            // Thrown where a name is compared that UTF-16 does not allow.
            problem = $"the body has a name with half a surrogate pair, such as \"\\ud800\"; {Expected}";
            return null;
        }
        catch (JsonException broken)
        {
            problem =
                $"the body is not valid JSON: it breaks at line {broken.LineNumber + 1}, byte {broken.BytePositionInLine + 1}; {Expected}";
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
        string? model = null;
        bool? tokens = null;
        double? minScore = null;
        OffsetUnit? offsetUnit = null;
        problem = "";
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.ValueTextEquals("text"u8) ? "text"
                : reader.ValueTextEquals("texts"u8) ? "texts"
                : reader.ValueTextEquals("words"u8) ? "words"
                : reader.ValueTextEquals("model"u8) ? "model"
                : reader.ValueTextEquals("tokens"u8) ? "tokens"
                : reader.ValueTextEquals("minScore"u8) ? "minScore"
                : reader.ValueTextEquals("offsetUnit"u8) ? "offsetUnit"
                : "";
            var unknown = name.Length == 0 ? Shown(Encoding.UTF8.GetString(reader.ValueSpan)) : "";
            reader.Read();
            switch (name)
            {
                case "":
                    problem = $"the body has a property '{unknown}', which is not known; {Expected}";
                    break;
                case "model":
                    model = AskedModel(utf8, ref reader, model, out problem);
                    break;
                case "tokens":
                    tokens = AskedTokens(ref reader, tokens, out problem);
                    break;
                case "minScore":
                    minScore = AskedMinScore(ref reader, minScore, out problem);
                    break;
                case "offsetUnit":
                    offsetUnit = AskedOffsetUnit(utf8, ref reader, offsetUnit, out problem);
                    break;
                default:
                    if (request is not null)
                        problem = $"the body has more than one of 'text', 'texts' and 'words'; {Expected}";
                    else if (name == "words")
                        request = Words(utf8, ref reader, out problem);
                    else
                        request = name == "text" ? Single(utf8, ref reader, out problem) : Several(utf8, ref reader, maxTexts, out problem);
                    break;
            }

            if (problem.Length > 0)
                return null;
        }

        // Nothing but white space may follow; the reader throws otherwise.
        reader.Read();
        if (request is null)
            problem = $"the body has neither 'text' nor 'texts' nor 'words'; {Expected}";

        // Who gives words wants a label for each.
        return request is null
            ? null
            : request with { Model = model, Tokens = tokens ?? request.Tokens, MinScore = minScore, OffsetUnit = offsetUnit };
    }

    private static string? AskedModel(ReadOnlySpan<byte> utf8, ref Utf8JsonReader reader, string? before, out string problem)
    {
        var value = Value(ref reader);
        problem = before is not null ? "the body has 'model' more than once"
            : value.Type != JsonTokenType.String ? $"'model' is {value.Kind}, it must be the name of a model"
            : "";
        return problem.Length > 0 ? null : value.Text(utf8);
    }

    private static bool? AskedTokens(ref Utf8JsonReader reader, bool? before, out string problem)
    {
        problem = before is not null ? "the body has 'tokens' more than once"
            : reader.TokenType is not (JsonTokenType.True or JsonTokenType.False)
                ? $"'tokens' is {Value(ref reader).Kind}, it must be true or false"
            : "";
        return problem.Length > 0 ? null : reader.GetBoolean();
    }

    private static double? AskedMinScore(ref Utf8JsonReader reader, double? before, out string problem)
    {
        var score = 0.0;
        problem = before is not null ? "the body has 'minScore' more than once"
            : reader.TokenType != JsonTokenType.Number ? $"'minScore' is {Value(ref reader).Kind}, it must be a number from 0 to 1"
            : !reader.TryGetDouble(out score) || score is not (>= 0 and <= 1) ? "'minScore' must be a number from 0 to 1"
            : "";
        return problem.Length > 0 ? null : score;
    }

    private static OffsetUnit? AskedOffsetUnit(ReadOnlySpan<byte> utf8, ref Utf8JsonReader reader, OffsetUnit? before, out string problem)
    {
        var value = Value(ref reader);
        OffsetUnit? unit = null;
        problem = before is not null ? "the body has 'offsetUnit' more than once"
            : value.Type != JsonTokenType.String ? $"'offsetUnit' is {value.Kind}, it must be {OffsetUnits.Names}"
            : (unit = OffsetUnits.Parse(value.Text(utf8))) is null
                ? $"'offsetUnit' is '{Shown(value.Text(utf8))}', it must be {OffsetUnits.Names}"
            : "";
        return problem.Length > 0 ? null : unit;
    }

    private static LabelRequest? Single(ReadOnlySpan<byte> utf8, ref Utf8JsonReader reader, out string problem)
    {
        var value = Value(ref reader);
        problem = value.Type == JsonTokenType.String ? "" : $"'text' is {value.Kind}, it must be a string";
        return problem.Length > 0 ? null : new LabelRequest([new Document(new DocumentId("text"), value.Text(utf8))], IsSingle: true);
    }

    private static LabelRequest? Words(ReadOnlySpan<byte> utf8, ref Utf8JsonReader reader, out string problem)
    {
        problem = "";
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            problem = $"'words' is {Value(ref reader).Kind}, it must be an array of strings";
            return null;
        }

        List<string> words = [];
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            var value = Value(ref reader);
            if (value.Type != JsonTokenType.String)
            {
                problem = $"'words/{words.Count}' is {value.Kind}, it must be a string";
                return null;
            }

            if (words.Count == MaxWords)
            {
                problem = $"'words' has more than {MaxWords} words; send the text in parts";
                return null;
            }

            words.Add(value.Text(utf8));
        }

        return new LabelRequest([Document.OfWords(new DocumentId("text"), words)], IsSingle: true) { Tokens = true };
    }

    private static string Shown(string name) => name.Length <= 60 ? name : $"{name[..60]}...";

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
            {
                problem = $"'texts/{documents.Count}' is {value.Kind}, it must be a string";
            }
            else if (documents.Count == maxTexts)
            {
                problem = $"'texts' has more than {maxTexts} entries, the limit of one request; send several, or raise "
                    + $"{WebOptions.Section}:MaxTexts";
            }

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
