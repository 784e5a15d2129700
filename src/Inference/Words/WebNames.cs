using StreamNer.Inference.Tokenization.Characters;

namespace StreamNer.Inference.Words;

/// <summary>Finds names of the web that are one word whatever marks they hold: addresses, mail, mentions, hashtags. Any thread.</summary>
internal static class WebNames
{
    private const int LongestScheme = 12;

    /// <summary>RFC 5321: most octets of an address before the <c>@</c>, and most of a domain.</summary>
    private const int LongestLocalPart = 64;

    private const int LongestDomain = 255;

    private const string Trailing = ".,;:!?'’\"”…";

    /// <summary>The end of the web or e-mail address that begins at a place; 0 when none does.</summary>
    public static int EndOfAddress(ReadOnlySpan<char> text, int at)
    {
        if (!char.IsAscii(text[at]))
            return 0;
        return EndOfUrl(text, at) is var url and > 0 ? url : EndOfMail(text, at);
    }

    /// <summary>
    /// The end of the mention (<c>@name</c>) or hashtag (<c>#topic</c>, with a letter in it) that begins at a place; 0 when none does.
    /// </summary>
    public static int EndOfTag(ReadOnlySpan<char> text, int at)
    {
        var end = at + 1;
        var hasLetter = false;
        while (end < text.Length && Letters.KindAt(text, end, out var length) is var kind and not LetterKind.None)
        {
            if (kind == LetterKind.Mark && end == at + 1)
                return 0;
            hasLetter |= kind is not (LetterKind.Digit or LetterKind.Mark);
            end += length;
        }

        return end > at + 1 && (hasLetter || text[at] == '@') ? end : 0;
    }

    private static int EndOfUrl(ReadOnlySpan<char> text, int at)
    {
        var rest = text[at..];
        int prefix;
        if (rest.StartsWith("www.", StringComparison.OrdinalIgnoreCase))
        {
            prefix = 4;
        }
        else
        {
            var scheme = 0;
            while (scheme < rest.Length && scheme < LongestScheme && IsOfScheme(rest[scheme]))
                scheme++;
            if (scheme == 0 || !rest[scheme..].StartsWith("://"))
                return 0;
            prefix = scheme + 3;
        }

        // Asked first: where beginnings stand behind one another without a blank, each would be followed to the end of the text.
        var end = at + prefix;
        if (end >= text.Length || !GoesOnInUrl(text, end))
            return 0;
        var (opened, closed) = (0, 0);
        while (end < text.Length && !EndsUrl(text, end))
        {
            opened += text[end] == '(' ? 1 : 0;
            closed += text[end] == ')' ? 1 : 0;
            end++;
        }

        // What closes the sentence or the bracket around the address is not a part of it.
        for (; end > at + prefix; end--)
        {
            var last = text[end - 1];
            if (last == ')' && closed > opened)
                closed--;
            else if (last != ']' && last != '}' && !Trailing.Contains(last, StringComparison.Ordinal))
                break;
        }

        return end;
    }

    private static bool GoesOnInUrl(ReadOnlySpan<char> text, int at) =>
        !EndsUrl(text, at) && (text[at] is '[' or '/' || Letters.KindAt(text, at, out _) != LetterKind.None);

    private static bool IsOfScheme(char unit) => char.IsAsciiLetterOrDigit(unit) || unit is '+' or '-' or '.';

    private static bool IsOfLocalPart(char unit) => char.IsAsciiLetterOrDigit(unit) || unit is '.' or '_' or '%' or '+' or '-';

    private static bool EndsUrl(ReadOnlySpan<char> text, int at) =>
        WordCutter.IsBlank(text, at)
        || text[at] is '<' or '>' or '"' or '“' or '”' or '«' or '»' or (>= '\u3000' and <= '\u303F') or (>= '\uFF00' and <= '\uFFEF')
        || text[at] >= '\u3400' && CodePoints.Has(CodePoints.At(text, at, out _), CodePointTraits.Ideograph);

    private static int EndOfMail(ReadOnlySpan<char> text, int at)
    {
        var sign = at;
        while (sign < text.Length && sign - at <= LongestLocalPart && IsOfLocalPart(text[sign]))
            sign++;
        if (sign - at > LongestLocalPart || sign >= text.Length || text[sign] != '@')
            return 0;

        var end = sign + 1;
        while (end < text.Length && end - sign <= LongestDomain && (char.IsLetterOrDigit(text[end]) || text[end] is '.' or '-'))
            end++;
        while (text[end - 1] is '.' or '-')
            end--;
        var dot = end > sign + 1 ? text[(sign + 1)..end].LastIndexOf('.') : -1;
        return dot > 0 && end - (sign + 1 + dot) > 2 ? end : 0;
    }
}
