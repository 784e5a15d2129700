namespace StreamNer.Inference.Words;

/// <summary>Cleans texts and remembers where each character came from. Has buffers of its own: one caller at a time.</summary>
/// <remarks>
/// The rules are those of Spark NLP's regular expressions, one for each mode, matched from left to right without looking at a character
/// more than a fixed number of times, so that no text can stall it.
/// </remarks>
internal sealed class TextCleaner(CleanUp mode)
{
    /// <summary>A buffer that has grown beyond this for one huge text is not kept for the next.</summary>
    private const int KeptChars = 1 << 20;

    private char[] _chars = [];
    private int[] _starts = [];
    private int[] _ends = [];
    private int _length;

    /// <summary>The cleaned text; valid until the next call.</summary>
    public ReadOnlySpan<char> Chars => _chars.AsSpan(0, _length);

    /// <summary>Cleans a text.</summary>
    public void Clean(ReadOnlySpan<char> text)
    {
        if (text.Length > _chars.Length || _chars.Length > KeptChars)
            (_chars, _starts, _ends) = (new char[text.Length], new int[text.Length], new int[text.Length]);
        _length = 0;

        var (at, end) = (0, text.Length);
        if (mode is CleanUp.Shrink or CleanUp.ShrinkFull or CleanUp.DeleteFull)
            (at, end) = Trim(text);
        while (at < end)
        {
            var length = Match(text[..end], at, out var kept);
            if (length == 0)
            {
                for (; kept > 0; kept--, at++)
                    Add(text[at], at, at + 1);
                continue;
            }

            if (mode != CleanUp.DeleteFull)
                Add(' ', at, at + length);
            at += length;
        }
    }

    /// <summary>Turns a span of the cleaned text into the span of the original that it came from.</summary>
    public (int Start, int End) Original(int start, int end) =>
        _length == 0 ? (0, 0)
        : start >= _length ? (_ends[_length - 1], _ends[_length - 1])
        : end <= start ? (_starts[start], _starts[start])
        : (_starts[start], _ends[Math.Min(end, _length) - 1]);

    private void Add(char c, int start, int end)
    {
        _chars[_length] = c;
        _starts[_length] = start;
        _ends[_length++] = end;
    }

    /// <summary>Length of what is replaced at a place; 0 when nothing is, and then how many characters are surely kept.</summary>
    private int Match(ReadOnlySpan<char> text, int at, out int kept)
    {
        kept = 1;
        var rest = text[at..];
        switch (mode)
        {
            case CleanUp.Inplace:
                return IsBlank(rest[0]) ? 1 : 0;
            case CleanUp.InplaceFull:
                return IsBlank(rest[0]) ? 1 : Escape(rest);
            case CleanUp.Shrink:
                return Blanks(rest);
            case CleanUp.ShrinkFull:
                return Blanks(rest) is var blanks and > 0 ? blanks : Escapes(rest, out kept);
            case CleanUp.Each:
                return IsBlank(rest[0]) && rest.Length > 1 && rest[1] is '\n' or '\t' ? 2 : 0;
            case CleanUp.EachFull:
                return !IsBlank(rest[0]) || rest.Length == 1 ? 0
                    : rest[1] is '\n' or '\t' ? 2
                    : Escape(rest[1..]) is var escape and > 0 ? 1 + escape : 0;
            case CleanUp.DeleteFull:
                return Escape(rest);
            default:
                return 0;
        }
    }

    private static int Escape(ReadOnlySpan<char> text) =>
        text.StartsWith(@"\r\n") ? 4 : text.StartsWith(@"\n") || text.StartsWith(@"\t") ? 2 : 0;

    private static int Escapes(ReadOnlySpan<char> text, out int kept)
    {
        var returns = Run(text, 'r');
        var feeds = Run(text[returns..], 'n');

        // Without a line feed behind them none of these returns can match, so they need not be looked at again, however many they are.
        kept = Math.Max(1, returns);
        return feeds > 0 ? returns + feeds : returns > 0 ? 0 : Run(text, 't');
    }

    private static int Run(ReadOnlySpan<char> text, char letter)
    {
        var at = 0;
        while (at + 1 < text.Length && text[at] == '\\' && text[at + 1] == letter)
            at += 2;
        return at;
    }

    private static int Blanks(ReadOnlySpan<char> text)
    {
        var at = 0;
        while (at < text.Length && IsBlank(text[at]))
            at++;
        return at;
    }

    private static (int Start, int End) Trim(ReadOnlySpan<char> text)
    {
        var (start, end) = (0, text.Length);
        while (start < end && text[start] <= ' ')
            start++;
        while (end > start && text[end - 1] <= ' ')
            end--;
        return (start, end);
    }

    private static bool IsBlank(char c) => c is ' ' or (>= '\t' and <= '\r');
}
