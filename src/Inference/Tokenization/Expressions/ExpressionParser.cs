using System.Globalization;
using System.Text;
using StreamNer.Inference.Tokenization.Characters;

namespace StreamNer.Inference.Tokenization.Expressions;

/// <summary>Reads a regular expression in Oniguruma's default syntax, which is Ruby's. One use.</summary>
/// <remarks>What isn't known is refused: taking it for something else would give other words without a word about it.</remarks>
internal sealed class ExpressionParser(string expression)
{
    private const int MostChars = 10_000;
    private const int MostNested = 100;
    private const int MostRepeats = 1_000;
    private const int MostSets = 256;

    /// <summary>Pairs of letters for which a case-insensitive search would also find one character, such as ß for ss.</summary>
    private static readonly string[] FoldedTogether = ["ss", "st", "ff", "fi", "fl", "th", "wh", "aʾ", "jh"];

    private static readonly Dictionary<string, uint> Categories = MakeCategories();
    private static readonly Dictionary<string, CodePointClasses> Classes = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Han"] = CodePointClasses.Han,
        ["Hiragana"] = CodePointClasses.Hiragana,
        ["Katakana"] = CodePointClasses.Katakana,
        ["Hangul"] = CodePointClasses.Hangul,
        ["Word"] = CodePointClasses.Word,
        ["Space"] = CodePointClasses.Space,
        ["Digit"] = CodePointClasses.Digit,
    };

    private static readonly Dictionary<char, (CodePointClasses Classes, bool Negated)> Escaped = new()
    {
        ['w'] = (CodePointClasses.Word, false),
        ['W'] = (CodePointClasses.Word, true),
        ['d'] = (CodePointClasses.Digit, false),
        ['D'] = (CodePointClasses.Digit, true),
        ['s'] = (CodePointClasses.Space, false),
        ['S'] = (CodePointClasses.Space, true),
    };

    private static readonly Dictionary<char, int> Controls = new()
    {
        ['n'] = '\n',
        ['r'] = '\r',
        ['t'] = '\t',
        ['f'] = '\f',
        ['v'] = '\v',
        ['a'] = '\a',
        ['e'] = 0x1B,
    };

    private readonly int[] _codePoints = [.. expression.EnumerateRunes().Select(rune => rune.Value)];
    private readonly Dictionary<string, CharacterSet> _sets = new(StringComparer.Ordinal);
    private int _at;
    private int _nested;
    private bool _ignoreCase;

    /// <summary>Why the expression can't be read.</summary>
    public string Problem { get; private set; } = "";

    private bool AtEnd => _at >= _codePoints.Length;

    /// <summary>Reads it; null, with a <see cref="Problem"/>, when that isn't possible.</summary>
    public Node? Parse()
    {
        if (_codePoints.Length > MostChars)
        {
            Problem = $"has {_codePoints.Length} characters, {MostChars} are the most";
            return null;
        }

        try
        {
            if (Take("(?i)"))
                _ignoreCase = true;
            var node = Choice();
            if (!AtEnd)
                Refuse("closes a group that was never opened");
            return node;
        }
        catch (FormatException refused)
        {
            Problem = refused.Message;
            return null;
        }
    }

    private Node Choice()
    {
        if (++_nested > MostNested)
            Refuse($"nests more than {MostNested} groups");
        List<Node> parts = [Sequence()];
        while (Take("|"))
            parts.Add(Sequence());
        _nested--;
        return parts.Count == 1 ? parts[0] : new Node.Choice([.. parts]);
    }

    private Node Sequence()
    {
        List<Node> parts = [];
        var letters = new StringBuilder();
        while (!AtEnd && _codePoints[_at] is not ('|' or ')'))
        {
            var from = _at;
            parts.Add(Repeated(Part()));
            letters.Append(_ignoreCase && _at == from + 1 ? new Rune(_codePoints[from]).ToString() : "\n");
        }

        var together = letters.ToString().ToLowerInvariant();
        if (Array.Find(FoldedTogether, pair => together.Contains(pair, StringComparison.Ordinal)) is { } found)
            Refuse($"looks for \"{found}\" without regard to case, which stands for other characters too and is not known here");
        return parts.Count == 1 ? parts[0] : new Node.Sequence([.. parts]);
    }

    private Node Repeated(Node part)
    {
        while (!AtEnd)
        {
            var (least, most, counted) = (0, (int?)null, false);
            if (Take("*"))
                (least, most) = (0, null);
            else if (Take("+"))
                (least, most) = (1, null);
            else if (Take("?"))
                (least, most) = (0, 1);
            else if (TakeCount(out least, out most))
                counted = true;
            else
                return part;

            if (part is Node.Border or Node.Look)
                Refuse("repeats a place or a look, which takes nothing");
            if (part.MayBeEmpty && most != 1)
                Refuse("repeats a part that may be empty, which is not known here");

            // Behind a count a sign is one more repetition, behind the others it says how they take.
            var lazy = !counted && Take("?");
            var atomic = !counted && !lazy && Take("+");
            if (counted && Peek('?'))
                Refuse("has ? behind a count, which is not known here");
            Node repeat = new Node.Repeat(part, least, most, lazy);
            part = atomic ? new Node.Atomic(repeat) : repeat;
        }

        return part;
    }

    private bool TakeCount(out int least, out int? most)
    {
        (least, most) = (0, null);
        if (!Peek('{'))
            return false;
        var close = Array.IndexOf(_codePoints, '}', _at);
        var text = close < 0 ? "" : Text(_at + 1, close);
        var comma = text.IndexOf(',', StringComparison.Ordinal);
        var (from, to) = comma < 0 ? (text, text) : (text[..comma], text[(comma + 1)..]);
        if (from.Length + to.Length == 0 || !from.All(char.IsAsciiDigit) || !to.All(char.IsAsciiDigit))
            Refuse("has { that begins no count; write \\{ for the sign");
        least = from.Length == 0 ? 0 : Count(from);
        most = to.Length == 0 ? null : Count(to);
        if (least > most)
            Refuse($"repeats {least} to {most} times");
        _at = close + 1;
        return true;

        int Count(string digits)
        {
            if (!int.TryParse(digits, CultureInfo.InvariantCulture, out var count) || count > MostRepeats)
                Refuse($"repeats {digits} times, {MostRepeats} are the most");
            return count;
        }
    }

    private Node Part()
    {
        var codePoint = _codePoints[_at++];
        switch (codePoint)
        {
            case '(':
                return Group();
            case '[':
                return new Node.One(Set());
            case '.':
                return new Node.One(Known(".", set =>
                {
                    set.Add('\n', '\n');
                    set.Negated = true;
                }));
            case '^':
                return new Node.Border(BorderKind.LineStart);
            case '$':
                return new Node.Border(BorderKind.LineEnd);
            case '\\':
                return Escape();
            case '*' or '+' or '?':
                Refuse($"has {(char)codePoint} with nothing before it to repeat");
                return null!;
            default:
                return Literal(codePoint);
        }
    }

    private Node Group()
    {
        var before = _ignoreCase;
        Func<Node, Node> make = part => part;
        if (Take("?"))
        {
            if (Take("="))
                make = part => new Node.Look(part, 0, false);
            else if (Take("!"))
                make = part => new Node.Look(part, 0, true);
            else if (Take("<="))
                make = part => new Node.Look(part, LengthOf(part), false);
            else if (Take("<!"))
                make = part => new Node.Look(part, LengthOf(part), true);
            else if (Take(">"))
                make = part => new Node.Atomic(part);
            else if (Take("i:"))
                _ignoreCase = true;
            else if (Take("-i:"))
                _ignoreCase = false;
            else if (!Take(":") && !TakeName())
                Refuse("has a group of a kind that is not known here");
        }

        var inside = Choice();
        if (!Take(")"))
            Refuse("opens a group that is never closed");
        _ignoreCase = before;
        return make(inside);
    }

    /// <summary>Takes the name of a group, which has no use where nothing refers to it.</summary>
    private bool TakeName()
    {
        if (!Peek('<'))
            return false;
        var close = Array.IndexOf(_codePoints, '>', _at);
        if (close < 0 || !Text(_at + 1, close).All(c => char.IsAsciiLetterOrDigit(c) || c == '_'))
            return false;
        _at = close + 1;
        return true;
    }

    private int LengthOf(Node part)
    {
        if (part.Length is { } length)
            return length;
        Refuse("looks back for a part whose length differs");
        return 0;
    }

    private Node Escape()
    {
        if (AtEnd)
            Refuse("ends with \\");
        switch (_codePoints[_at])
        {
            case 'b':
                return Border(BorderKind.Word);
            case 'B':
                return Border(BorderKind.NoWord);
            case 'A':
                return Border(BorderKind.TextStart);
            case 'z':
                return Border(BorderKind.TextEnd);
            case 'Z':
                return Border(BorderKind.TextEndOrLastBreak);
        }

        var from = _at;
        var set = new CharacterSet.Builder();
        if (TakeClass(set))
            return new Node.One(Known($"\\{Text(from, _at)}", set));
        return Literal(EscapedCodePoint());

        Node.Border Border(BorderKind kind)
        {
            _at++;
            return new Node.Border(kind);
        }
    }

    /// <summary>Takes what stands behind a backslash where that is a class.</summary>
    /// <param name="set">Receives it.</param>
    /// <param name="inSet">It stands between brackets.</param>
    private bool TakeClass(CharacterSet.Builder set, bool inSet = false)
    {
        var letter = _codePoints[_at] <= char.MaxValue ? (char)_codePoints[_at] : '\0';
        if (inSet && _ignoreCase && letter is 'w' or 'W' or 'p' or 'P')
            Refuse($"has \\{letter} in a set without regard to case, which is not known here");
        if (Escaped.TryGetValue(letter, out var escaped))
        {
            _at++;
            Add(set, escaped.Classes, escaped.Negated, inSet);
            return true;
        }

        if (letter is 'h' or 'H')
        {
            _at++;
            var digits = new CharacterSet.Builder { Negated = letter == 'H' };
            digits.Add('0', '9');
            digits.Add('a', 'f');
            digits.Add('A', 'F');
            set.Add(Known($"{(char)0}{letter}", digits));
            return true;
        }

        if (letter is not ('p' or 'P'))
            return false;
        _at++;
        var close = Peek('{') ? Array.IndexOf(_codePoints, '}', _at) : -1;
        if (close < 0)
            Refuse("has \\p without a name in braces");
        var name = Text(_at + 1, close);
        var negated = letter == 'P';
        if (name.StartsWith('^'))
            (name, negated) = (name[1..], !negated);
        _at = close + 1;
        if (Categories.TryGetValue(name, out var categories))
        {
            set.Add(categories, CodePointClasses.None, negated);
        }
        else if (Classes.TryGetValue(name, out var classes))
        {
            Add(set, classes, negated, inSet);
        }
        else
        {
            Refuse($"has \\p{{{name}}}, known are general categories such as Lu and {string.Join(", ", Classes.Keys)}");
        }

        return true;
    }

    // Between brackets the library doesn't count ², ³, ¹, ¼, ½ and ¾ among word characters, elsewhere it does.
    private void Add(CharacterSet.Builder set, CodePointClasses classes, bool negated, bool inSet)
    {
        if (classes != CodePointClasses.Word || !inSet)
        {
            set.Add(0, classes, negated);
            return;
        }

        var others = new CharacterSet.Builder { Negated = !negated };
        others.Add(0, classes, negated: true);
        others.Add(0xB2, 0xB3);
        others.Add(0xB9, 0xB9);
        others.Add(0xBC, 0xBE);
        set.Add(Known($"{(char)0}{(negated ? 'W' : 'w')}", others));
    }

    /// <summary>The character that stands behind a backslash.</summary>
    private int EscapedCodePoint()
    {
        var codePoint = _codePoints[_at++];
        if (codePoint <= char.MaxValue && Controls.TryGetValue((char)codePoint, out var control))
            return control;
        switch (codePoint)
        {
            case 'x' when Peek('{'):
                var close = Array.IndexOf(_codePoints, '}', _at);
                return close < 0 ? Hex(_at, _at) : Hex(_at + 1, close, behind: 1);
            case 'x':
                return Hex(_at, _at + HexDigits(2));
            case 'u':
                return Hex(_at, _at + (HexDigits(4) == 4 ? 4 : 0));
            case '0':
                return 0;
            default:
                if (codePoint < 128 && char.IsAsciiLetterOrDigit((char)codePoint))
                    Refuse($"has \\{(char)codePoint}, which is not known here");
                return codePoint;
        }
    }

    private int HexDigits(int most)
    {
        var count = 0;
        while (count < most && _at + count < _codePoints.Length && IsHexDigit(_codePoints[_at + count]))
            count++;
        return count;

        static bool IsHexDigit(int codePoint) => codePoint < 128 && char.IsAsciiHexDigit((char)codePoint);
    }

    private int Hex(int from, int to, int behind = 0)
    {
        if (!int.TryParse(Text(from, to), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value)
            || !Rune.IsValid(value)
            || (value > 127 && behind == 0 && to - from < 4))
        {
            Refuse("has an escape that is no code point");
        }

        _at = to + behind;
        return value;
    }

    /// <summary>Reads what stands behind <c>[</c>.</summary>
    private CharacterSet Set()
    {
        var from = _at;
        if (++_nested > MostNested)
            Refuse($"nests more than {MostNested} sets");
        var set = new CharacterSet.Builder { Negated = Take("^") };
        while (true)
        {
            if (AtEnd)
                Refuse("opens a set that is never closed");
            if (Peek(']') && !set.IsEmpty)
                break;
            if (Peek('&') && _at + 1 < _codePoints.Length && _codePoints[_at + 1] == '&')
                Refuse("has && in a set, which is not known here");
            if (Take("["))
            {
                if (Peek(':'))
                    Refuse("has a set such as [:alpha:], which is not known here; write \\p{...}");
                set.Add(Set());
                continue;
            }

            if (Take("\\"))
            {
                if (AtEnd)
                    Refuse("ends with \\");
                if (TakeClass(set, inSet: true))
                    continue;
                AddRange(set, Peek('b') ? Backspace() : EscapedCodePoint());
                continue;
            }

            AddRange(set, _codePoints[_at++]);
        }

        _at++;
        _nested--;
        return Known($"[{Text(from, _at)}", set);

        int Backspace()
        {
            _at++;
            return '\b';
        }
    }

    private void AddRange(CharacterSet.Builder set, int first)
    {
        var last = first;
        if (Peek('-') && _at + 1 < _codePoints.Length && _codePoints[_at + 1] != ']')
        {
            _at++;
            if (Peek('['))
                Refuse("has a range that ends in a set");
            if (!Take("\\"))
                last = _codePoints[_at++];
            else if (AtEnd || TakeClass(new CharacterSet.Builder()))
                Refuse("has a range that ends in a class");
            else
                last = EscapedCodePoint();
        }

        if (last < first)
            Refuse("has a range that ends before it begins");
        Add(set, first, last);
    }

    private Node.One Literal(int codePoint) =>
        new(Known($"{(char)0}{codePoint}", set => Add(set, codePoint, codePoint)));

    private void Add(CharacterSet.Builder set, int first, int last)
    {
        set.Add(first, last);
        if (!_ignoreCase)
            return;

        // Unicode has these partners of the ASCII letters beside their own upper and lower case; others would need all of its table.
        if (last > 127 && !(first > 127 && Enumerable.Range(first, Math.Min(last - first, 100) + 1).All(HasNoCase)))
            Refuse("has letters beyond ASCII without regard to case, which is not known here");
        for (var c = first; c <= last && c < 128; c++)
        {
            if (!char.IsAsciiLetter((char)c))
                continue;
            set.Add(c ^ 0x20, c ^ 0x20);
            if ((c | 0x20) == 's')
                set.Add(0x17F, 0x17F);
            if ((c | 0x20) == 'k')
                set.Add(0x212A, 0x212A);
        }
    }

    // Lu, Ll and Lt are the categories 1 to 3.
    private static bool HasNoCase(int codePoint) =>
        (int)(CodePoints.ClassesOf(codePoint) & CodePointClasses.Category) is < 1 or > 3;

    private CharacterSet Known(string key, Action<CharacterSet.Builder> fill)
    {
        var set = new CharacterSet.Builder();
        fill(set);
        return Known(key, set);
    }

    /// <summary>The set that was made of the same words before, or a new one.</summary>
    private CharacterSet Known(string key, CharacterSet.Builder set)
    {
        key = _ignoreCase ? $"i{key}" : key;
        if (_sets.TryGetValue(key, out var known))
            return known;
        if (_sets.Count == MostSets)
            Refuse($"has more than {MostSets} different characters and sets");
        return _sets[key] = set.Build();
    }

    private bool Peek(char unit) => !AtEnd && _codePoints[_at] == unit;

    private bool Take(string text)
    {
        if (_at + text.Length > _codePoints.Length)
            return false;
        for (var i = 0; i < text.Length; i++)
        {
            if (_codePoints[_at + i] != text[i])
                return false;
        }

        _at += text.Length;
        return true;
    }

    private string Text(int from, int to) => string.Concat(_codePoints[from..to].Select(codePoint => new Rune(codePoint).ToString()));

    private void Refuse(string what) => throw new FormatException($"{what} (at character {_at + 1})");

    private static Dictionary<string, uint> MakeCategories()
    {
        const string Names = "Cn Lu Ll Lt Lm Lo Mn Mc Me Nd Nl No Pc Pd Ps Pe Pi Pf Po Sm Sc Sk So Zs Zl Zp Cc Cf Co";
        Dictionary<string, uint> categories = new(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, number) in Names.Split(' ').Select((name, number) => (name, number)))
        {
            categories[name] = 1u << number;
            categories[name[..1]] = categories.GetValueOrDefault(name[..1]) | 1u << number;
        }

        return categories;
    }
}
