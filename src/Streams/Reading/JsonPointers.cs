using System.Text;
using System.Text.Json;

namespace StreamNer.Streams.Reading;

/// <summary>Picks a few values out of a JSON text in one pass, without building a tree. The whole text is checked on the way.</summary>
internal sealed class JsonPointers
{
    private const int MaxPointers = 32;
    private static readonly JsonReaderOptions Strict = new() { MaxDepth = 64 };
    private readonly JsonPointer[] _pointers;

    /// <param name="pointers">What to look for, 32 places at most.</param>
    public JsonPointers(params JsonPointer[] pointers)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(pointers.Length, MaxPointers);
        _pointers = pointers;
    }

    /// <summary>Reads a text.</summary>
    /// <param name="utf8">Valid UTF-8; the caller has looked.</param>
    /// <param name="found">One for each pointer, in their order. Where a name stands twice the last one counts.</param>
    /// <exception cref="JsonException">The text is not JSON, or deeper than 64 levels.</exception>
    public void Read(ReadOnlySpan<byte> utf8, Span<JsonField> found)
    {
        found.Clear();
        var reader = new Utf8JsonReader(utf8, Strict);
        reader.Read();
        Value(ref reader, depth: 0, live: (uint)((1UL << _pointers.Length) - 1), found);
        // Nothing but white space may follow; the reader throws otherwise.
        reader.Read();
    }

    // 'live' has a bit for each pointer whose first 'depth' segments lead to this value.
    private void Value(ref Utf8JsonReader reader, int depth, uint live, Span<JsonField> found)
    {
        var deeper = 0u;
        for (var i = 0; i < _pointers.Length; i++)
        {
            if ((live & (1u << i)) == 0)
                continue;
            if (_pointers[i].Depth == depth)
                found[i] = Field(ref reader);
            else
                (deeper, found[i]) = (deeper | (1u << i), default);
        }

        if (deeper == 0)
        {
            reader.Skip();
            return;
        }

        if (reader.TokenType == JsonTokenType.StartObject)
        {
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var matching = Matching(ref reader, depth, deeper);
                reader.Read();
                Value(ref reader, depth + 1, matching, found);
            }
        }
        else if (reader.TokenType == JsonTokenType.StartArray)
        {
            for (var index = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; index++)
            {
                var matching = 0u;
                for (var i = 0; i < _pointers.Length; i++)
                {
                    if ((deeper & (1u << i)) != 0 && _pointers[i].Index(depth) == index)
                        matching |= 1u << i;
                }

                Value(ref reader, depth + 1, matching, found);
            }
        }
    }

    private uint Matching(ref Utf8JsonReader reader, int depth, uint live)
    {
        var matching = 0u;
        try
        {
            for (var i = 0; i < _pointers.Length; i++)
            {
                if ((live & (1u << i)) != 0 && reader.ValueTextEquals(_pointers[i].Name(depth)))
                    matching |= 1u << i;
            }
        }
        catch (InvalidOperationException)
        {
            // The escape of half a surrogate pair, such as "\ud800": no name that a pointer has.
            return 0;
        }

        return matching;
    }

    private static JsonField Field(ref Utf8JsonReader reader)
    {
        var start = (int)reader.TokenStartIndex;
        if (reader.TokenType is not (JsonTokenType.StartObject or JsonTokenType.StartArray))
            return new JsonField(reader.TokenType, start, (int)reader.BytesConsumed - start, reader.ValueIsEscaped);

        // A copy of the reader walks to the end of the value; the caller goes on from its start.
        var ahead = reader;
        ahead.Skip();
        return new JsonField(reader.TokenType, start, (int)ahead.BytesConsumed - start, IsEscaped: false);
    }
}

/// <summary>One value found in a JSON text: what it is and where it stands.</summary>
/// <param name="Type"><see cref="JsonTokenType.None"/> when the place does not exist.</param>
/// <param name="Start">Its first byte in the text.</param>
/// <param name="Length">Its bytes, quotes and brackets included.</param>
/// <param name="IsEscaped">Whether a string holds escapes.</param>
internal readonly record struct JsonField(JsonTokenType Type, int Start, int Length, bool IsEscaped)
{
    /// <summary>What stands there, in words.</summary>
    public string Kind => Type switch
    {
        JsonTokenType.None => "nothing",
        JsonTokenType.String => "a string",
        JsonTokenType.Number => "a number",
        JsonTokenType.True or JsonTokenType.False => "a boolean",
        JsonTokenType.Null => "null",
        JsonTokenType.StartObject => "an object",
        _ => "an array",
    };

    /// <summary>The raw bytes of the value.</summary>
    public ReadOnlySpan<byte> In(ReadOnlySpan<byte> utf8) => utf8.Slice(Start, Length);

    /// <summary>The text of a string value. Escapes that stand for half of a surrogate pair are kept as they are.</summary>
    public string Text(ReadOnlySpan<byte> utf8)
    {
        var inner = utf8.Slice(Start + 1, Length - 2);
        return IsEscaped ? Unescape(inner) : Encoding.UTF8.GetString(inner);
    }

    // Not the reader's own unescaping, which throws at a lone surrogate such as "\ud83d": JSON allows it, and so does a document's text.
    private static string Unescape(ReadOnlySpan<byte> escaped)
    {
        var text = new StringBuilder(escaped.Length);
        while (escaped.Length > 0)
        {
            var plain = escaped.IndexOf((byte)'\\');
            if (plain != 0)
            {
                var run = plain < 0 ? escaped : escaped[..plain];
                text.Append(Encoding.UTF8.GetString(run));
                escaped = escaped[run.Length..];
                continue;
            }

            var length = 2;
            switch ((char)escaped[1])
            {
                case 'b': text.Append('\b'); break;
                case 'f': text.Append('\f'); break;
                case 'n': text.Append('\n'); break;
                case 'r': text.Append('\r'); break;
                case 't': text.Append('\t'); break;
                case 'u':
                    text.Append((char)Convert.ToUInt16(Encoding.ASCII.GetString(escaped.Slice(2, 4)), 16));
                    length = 6;
                    break;
                default: text.Append((char)escaped[1]); break;
            }

            escaped = escaped[length..];
        }

        return text.ToString();
    }
}
