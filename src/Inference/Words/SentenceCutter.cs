using System.Buffers;
using StreamNer.Inference.Domain;

namespace StreamNer.Inference.Words;

/// <summary>Cuts text into sentences by written rules, without a model. Any thread.</summary>
/// <remarks>
/// <para><c>SentenceCutterTests</c> lists the rules as examples:</para>
/// <list type="bullet">
/// <item>a sentence ends behind <c>. ! ? …</c> and their like in other scripts, with the quotes and brackets that close there, when a blank
/// or the text's end follows; behind <c>。！？</c> no blank is needed;</item>
/// <item>not when the next word begins in lower case or another such mark follows;</item>
/// <item>not behind an abbreviation that leads to something (<c>Dr.</c>, <c>e.g.</c>, <c>No. 5</c>), nor behind an initial or another
/// abbreviation (<c>J.</c>, <c>Inc.</c>, <c>U.S.</c>) unless a word follows that usually begins a sentence; nor behind the number of a
/// list's entry;</item>
/// <item>a blank line always ends a sentence, a single line break when the next line does not begin in lower case.</item>
/// </list>
/// <para>Every character that is no blank is in exactly one sentence. Time is linear: what is looked at ahead or behind is bounded.</para>
/// </remarks>
internal static class SentenceCutter
{
    private const string Openers = "\"'“‘„‚«‹([{¿¡「『（《【-–—•*";

    private const int LongestOpening = 8;

    private static readonly SearchValues<char> Stops = SearchValues.Create(".!?…。！？｡．؟۔।॥։።၊။᙮\n\r\u0085\u2028\u2029");

    private static readonly SearchValues<char> Closers = SearchValues.Create("\"'”’»›)]}」』）》】");

    private static readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> Starters = new HashSet<string>(StringComparer.Ordinal)
    {
        "The", "This", "That", "These", "Those", "There", "Then", "They", "He", "She", "It", "We", "You", "I", "His", "Her", "Its", "Our",
        "Their", "My",
        "In", "On", "At", "By", "For", "From", "With", "But", "And", "Or", "So", "If", "When", "While", "After", "Before", "As", "However",
        "A", "An",
        "What", "Who", "Why", "How", "Where", "Some", "Many", "Most", "All", "No", "Not", "Meanwhile", "Since", "Although", "Der", "Die",
        "Das", "Es",
        "Er", "Sie", "Le", "La", "Les", "Il", "Elle", "El", "Los", "Las",
    }.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>Finds the sentences of a text.</summary>
    /// <param name="text">Any UTF-16.</param>
    /// <param name="sentences">Cleared first; then holds the sentences' spans in order, without the blanks around them.</param>
    public static void Cut(ReadOnlySpan<char> text, List<TextSpan> sentences)
    {
        sentences.Clear();
        var start = 0;
        for (var at = 0; at < text.Length;)
        {
            var step = text[at..].IndexOfAny(Stops);
            if (step < 0)
                break;

            at += step;
            var isBreak = IsLineBreak(text[at]);
            var end = isBreak ? EndOfBlanks(text, at) : EndOfStop(text, at);
            if (isBreak ? BreakEnds(text, at, end) : StopEnds(text, start, at, end))
            {
                Add(text, start, end, sentences);
                start = end;
            }

            at = end;
        }

        Add(text, start, text.Length, sentences);
    }

    private static void Add(ReadOnlySpan<char> text, int start, int end, List<TextSpan> sentences)
    {
        while (start < end && WordCutter.IsBlank(text, start))
            start++;
        while (end > start && WordCutter.IsBlank(text, end - 1))
            end--;
        if (end > start)
            sentences.Add(new TextSpan(start, end));
    }

    private static bool IsLineBreak(char c) => c is '\n' or '\r' or '\u0085' or '\u2028' or '\u2029';

    private static bool IsWide(char c) => c is '。' or '！' or '？' or '｡' or '．';

    private static int EndOfBlanks(ReadOnlySpan<char> text, int at)
    {
        while (at < text.Length && WordCutter.IsBlank(text, at))
            at++;
        return at;
    }

    /// <summary>The end of a run of stops and of the quotes and brackets that close behind it.</summary>
    private static int EndOfStop(ReadOnlySpan<char> text, int at)
    {
        while (at < text.Length && !IsLineBreak(text[at]) && Stops.Contains(text[at]))
            at++;
        while (at < text.Length && Closers.Contains(text[at]))
            at++;
        return at;
    }

    /// <summary>A blank line ends a sentence, a single break unless the next line goes on in lower case.</summary>
    private static bool BreakEnds(ReadOnlySpan<char> text, int at, int end)
    {
        var breaks = 0;
        for (var i = at; i < end && breaks < 2; i++)
        {
            if (IsLineBreak(text[i]) && !(text[i] == '\n' && i > 0 && text[i - 1] == '\r'))
                breaks++;
            if (text[i] == '\u2029')
                breaks = 2;
        }

        return breaks > 1 || end >= text.Length || !char.IsLower(text[AfterOpeners(text, end)]);
    }

    private static bool StopEnds(ReadOnlySpan<char> text, int start, int stop, int end)
    {
        if (end >= text.Length)
            return true;
        if (IsWide(text[stop]))
            return text[end] is not ('，' or '、' or ',' or '；');
        if (!WordCutter.IsBlank(text, end))
            return false;

        // A break decides for itself, but for abbreviations it is a blank like any other.
        var blanks = EndOfBlanks(text, end);
        if (blanks >= text.Length)
            return true;
        var next = AfterOpeners(text, blanks);
        if (char.IsLower(text[next]) || text[next] is '.' or '!' or '?' or '…' or ',' or ';')
            return false;

        var single = text[stop] == '.'
            && (stop + 1 >= text.Length || !Stops.Contains(text[stop + 1]))
            && (stop == 0 || text[stop - 1] != '.');
        return !single || !IsAbbreviation(text, start, stop, end, next);
    }

    private static bool IsAbbreviation(ReadOnlySpan<char> text, int start, int stop, int end, int next)
    {
        var from = stop;
        while (from > start && stop - from <= Abbreviations.Longest && (char.IsLetterOrDigit(text[from - 1]) || text[from - 1] == '.'))
            from--;
        var word = text[from..stop];

        // The number of a list's entry stands at the beginning of what would be a sentence of its own: "1. Preheat the oven."
        if (word.Length is > 0 and <= 3 && word.IndexOfAnyExceptInRange('0', '9') < 0 && AfterBlanks(text, start) == from)
            return true;

        return Abbreviations.KindOf(word) switch
        {
            AbbreviationKind.BeforeName => true,
            AbbreviationKind.BeforeNumber => char.IsAsciiDigit(text[next]),
            AbbreviationKind.Any or AbbreviationKind.Initial => end == stop + 1 && !BeginsLikeASentence(text, next),
            _ => false,
        };
    }

    private static bool BeginsLikeASentence(ReadOnlySpan<char> text, int at)
    {
        var end = at;
        while (end < text.Length && end - at <= Abbreviations.Longest && char.IsLetter(text[end]))
            end++;

        // "A." and "I." are initials themselves.
        return end > at && (end >= text.Length || text[end] != '.') && Starters.Contains(text[at..end]);
    }

    private static int AfterBlanks(ReadOnlySpan<char> text, int at)
    {
        for (var left = LongestOpening; left > 0 && at + 1 < text.Length && WordCutter.IsBlank(text, at); left--)
            at++;
        return at;
    }

    private static bool IsOpening(ReadOnlySpan<char> text, int at) => Openers.Contains(text[at]) || WordCutter.IsBlank(text, at);

    /// <summary>Steps over what opens a quotation, a bracket or a list's entry, and the blanks in between.</summary>
    private static int AfterOpeners(ReadOnlySpan<char> text, int at)
    {
        for (var left = LongestOpening; left > 0 && at + 1 < text.Length && IsOpening(text, at); left--)
            at++;
        return at;
    }
}
