using StreamNer.Inference.Tokenization.Characters;

namespace StreamNer.Inference.Tokenization.Normalizing;

/// <summary>Brings a text into one of Unicode's normalization forms: NFD, NFKD, NFC or NFKC.</summary>
/// <remarks>
/// A change travels with its mark, as in the reference: two marks that swap places swap spans too. Longer runs of marks than any writing
/// has are sorted and composed in parts, so that a text of marks alone takes no longer than another.
/// </remarks>
internal sealed class UnicodeNormalizer : INormalizer
{
    /// <summary>Most marks that are sorted together.</summary>
    private const int Room = 64;

    private readonly CodePointMap _map;
    private readonly bool _composes;

    // Units that stay as they are beside others that do: nearly all of most texts. Empty until it is made.
    private readonly bool[] _stays = [];

    private UnicodeNormalizer(CodePointMap map, bool composes)
    {
        _map = map;
        _composes = composes;
        if (composes)
            _stays = FindStaying();
    }

    /// <summary>Canonical decomposition.</summary>
    public static UnicodeNormalizer Nfd { get; } = new(CodePoints.Decomposed, composes: false);

    /// <summary>Compatibility decomposition.</summary>
    public static UnicodeNormalizer Nfkd { get; } = new(CodePoints.CompatiblyDecomposed, composes: false);

    /// <summary>Canonical decomposition, then composition.</summary>
    public static UnicodeNormalizer Nfc => Composing.Nfc;

    /// <summary>Compatibility decomposition, then composition.</summary>
    public static UnicodeNormalizer Nfkc => Composing.Nfkc;

    /// <inheritdoc/>
    public void Normalize(AlignedText text)
    {
        var chars = text.Chars;
        if (_stays.Length > 0 && Stays(chars))
            return;
        var marks = new MarkOrder(
            stackalloc (int, int)[Room], new Composer(text, _composes, stackalloc (int, int)[_composes ? Room : 0]));
        for (int i = 0, length; i < chars.Length; i += length)
        {
            var codePoint = CodePoints.At(chars, i, out length);
            var decomposed = _map[codePoint] ?? chars.Slice(i, length);
            var change = 0;
            for (int k = 0, units; k < decomposed.Length; k += units)
            {
                marks.Add(CodePoints.At(decomposed, k, out units), change);
                change = 1;
            }
        }

        marks.Flush();
        text.Commit();
    }

    private bool Stays(ReadOnlySpan<char> chars)
    {
        foreach (var unit in chars)
        {
            if (!_stays[unit])
                return false;
        }

        return true;
    }

    private bool[] FindStaying()
    {
        var stays = new bool[char.MaxValue + 1];
        var text = new AlignedText();
        Span<char> alone = stackalloc char[1];
        for (var unit = 0; unit < stays.Length; unit++)
        {
            if (char.IsSurrogate((char)unit) || CodePoints.CombiningClass(unit) != 0 || CodePoints.ComposesWithOneBefore(unit))
                continue;
            stays[unit] = true;
            if (_map[unit] is null)
                continue;
            alone[0] = (char)unit;
            text.Load(alone, 0, 1);
            stays[unit] = false;
            Normalize(text);
            stays[unit] = text.Chars.SequenceEqual(alone);
        }

        return stays;
    }

    /// <summary>Made when first used: the others need no look at every unit.</summary>
    private static class Composing
    {
        public static readonly UnicodeNormalizer Nfc = new(CodePoints.Decomposed, composes: true);
        public static readonly UnicodeNormalizer Nfkc = new(CodePoints.CompatiblyDecomposed, composes: true);
    }

    /// <summary>
    /// Holds marks back until a character of class 0 comes, and sorts them by class, equal classes in the order they came.
    /// </summary>
    private ref struct MarkOrder(Span<(int CodePoint, int Change)> held, Composer composer)
    {
        private readonly Span<(int CodePoint, int Change)> _held = held;
        private Composer _composer = composer;
        private int _count;

        public void Add(int codePoint, int change)
        {
            var order = CodePoints.CombiningClass(codePoint);
            if (order == 0 || _count == Room)
                FlushMarks();
            if (order == 0)
            {
                _composer.Add(codePoint, change, order);
                return;
            }

            var at = _count++;
            for (; at > 0 && CodePoints.CombiningClass(_held[at - 1].CodePoint) > order; at--)
                _held[at] = _held[at - 1];
            _held[at] = (codePoint, change);
        }

        public void Flush()
        {
            FlushMarks();
            _composer.Flush();
        }

        private void FlushMarks()
        {
            foreach (var (codePoint, change) in _held[.._count])
                _composer.Add(codePoint, change, CodePoints.CombiningClass(codePoint));
            _count = 0;
        }
    }

    /// <summary>Puts code points that are one together, and writes the new text.</summary>
    /// <remarks>The character that marks may join is held back, and behind it the marks that didn't join it.</remarks>
    private ref struct Composer(AlignedText text, bool composes, Span<(int CodePoint, int Change)> marks)
    {
        private const int None = -1;

        private readonly AlignedText _text = text;
        private readonly Span<(int CodePoint, int Change)> _marks = marks;
        private int _first = None;
        private int _firstChange;
        private int _count;
        private int _lastOrder;

        public void Add(int codePoint, int change, int order)
        {
            if (!composes || (_first == None && order != 0))
            {
                _text.Transform(codePoint, change);
                return;
            }

            // A mark of the same class or a higher one stands between, so these two can't meet.
            var blocked = _first == None || (_count > 0 && _lastOrder >= order);
            if (!blocked && CodePoints.Compose(_first, codePoint) is var one and not None)
            {
                (_first, _firstChange) = (one, _firstChange + change - 1);
            }
            else if (order == 0 || _count == Room)
            {
                Flush();
                if (order == 0)
                    (_first, _firstChange) = (codePoint, change);
                else
                    _text.Transform(codePoint, change);
            }
            else
            {
                _marks[_count++] = (codePoint, change);
                _lastOrder = order;
            }
        }

        public void Flush()
        {
            if (_first != None)
                _text.Transform(_first, _firstChange);
            foreach (var (codePoint, change) in _marks[.._count])
                _text.Transform(codePoint, change);
            (_first, _count) = (None, 0);
        }
    }
}
