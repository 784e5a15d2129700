using System.Text.Json;

namespace StreamNer.Streams.Reading;

/// <summary>Picks a few values out of a JSON text in one pass, without building a tree. The whole text is checked on the way.</summary>
internal sealed class JsonFields
{
    private const int MaxPointers = 32;
    private static readonly JsonReaderOptions Strict = new() { MaxDepth = 64 };
    private readonly JsonPointer[] _pointers;

    /// <param name="pointers">What to look for, 32 places at most.</param>
    public JsonFields(params JsonPointer[] pointers)
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
                deeper |= 1u << i;
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
        for (var i = 0; i < _pointers.Length; i++)
        {
            if ((live & (1u << i)) != 0 && reader.ValueTextEquals(_pointers[i].Name(depth)))
                matching |= 1u << i;
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
