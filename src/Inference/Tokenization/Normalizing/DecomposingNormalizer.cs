using StreamNer.Inference.Tokenization.Characters;

namespace StreamNer.Inference.Tokenization.Normalizing;

/// <summary>Decomposes a text (NFD or NFKD) and puts marks into canonical order.</summary>
/// <param name="map">What each code point decomposes into.</param>
internal sealed class DecomposingNormalizer(CodePointMap map) : INormalizer
{
    /// <inheritdoc/>
    public void Normalize(AlignedText text)
    {
        var chars = text.Chars;
        var marks = new MarkOrder(stackalloc (int, int)[MarkOrder.Room]);
        for (int i = 0, length; i < chars.Length; i += length)
        {
            var codePoint = CodePoints.At(chars, i, out length);
            var decomposed = map[codePoint] ?? chars.Slice(i, length);
            var change = 0;
            for (int k = 0, units; k < decomposed.Length; k += units)
            {
                marks.Add(CodePoints.At(decomposed, k, out units), change, text);
                change = 1;
            }
        }

        marks.Flush(text);
        text.Commit();
    }

    /// <summary>
    /// Holds marks back until a character of class 0 comes, and sorts them by class, equal classes in the order they came.
    /// </summary>
    /// <remarks>
    /// A change travels with its mark, as in the reference: two marks that swap places swap spans too. Longer runs of marks than any
    /// writing has are sorted in parts, so that a text of marks alone takes no longer than another.
    /// </remarks>
    private ref struct MarkOrder(Span<(int CodePoint, int Change)> held)
    {
        public const int Room = 64;

        private readonly Span<(int CodePoint, int Change)> _held = held;
        private int _count;

        public void Add(int codePoint, int change, AlignedText text)
        {
            var order = CodePoints.CombiningClass(codePoint);
            if (order == 0 || _count == Room)
                Flush(text);
            if (order == 0)
            {
                text.Transform(codePoint, change);
                return;
            }

            var at = _count++;
            for (; at > 0 && CodePoints.CombiningClass(_held[at - 1].CodePoint) > order; at--)
                _held[at] = _held[at - 1];
            _held[at] = (codePoint, change);
        }

        public void Flush(AlignedText text)
        {
            foreach (var (codePoint, change) in _held[.._count])
                text.Transform(codePoint, change);
            _count = 0;
        }
    }
}
