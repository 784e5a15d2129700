using System.Text;
using System.Text.Json;

namespace StreamNer.Streams.Reading;

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
