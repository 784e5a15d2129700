using StreamNer.Inference.Tokenization.Characters;

namespace StreamNer.Inference.Tokenization.Expressions;

/// <summary>A set of code points, as a class of a regular expression names it. Immutable, any thread.</summary>
internal sealed class CharacterSet
{
    // A bit for each code point of the basic plane; the others, which are rare, are asked for one by one. Null where the set is one code
    // point, of which there may be as many sets as an expression has characters.
    private readonly ulong[]? _basic;
    private readonly Item[] _items;
    private readonly bool _negated;

    private CharacterSet(Item[] items, bool negated)
    {
        (_items, _negated) = (items, negated);
        if (!negated && items is [{ IsOneCodePoint: true }])
            return;
        _basic = new ulong[(char.MaxValue + 1) / 64];
        for (var unit = 0; unit <= char.MaxValue; unit++)
        {
            if (Evaluate(unit))
                _basic[unit >> 6] |= 1UL << (unit & 63);
        }
    }

    /// <summary>The code points 0 to 63 as bits.</summary>
    public ulong Ascii0 => Ascii(0);

    /// <summary>The code points 64 to 127 as bits.</summary>
    public ulong Ascii1 => Ascii(1);

    /// <summary>True when the code point is one of the set.</summary>
    public bool Has(int codePoint)
    {
        if (_basic is not { } basic)
            return codePoint == _items[0].First;
        return codePoint <= char.MaxValue ? (basic[codePoint >> 6] >> (codePoint & 63) & 1) != 0 : Evaluate(codePoint);
    }

    private ulong Ascii(int word) => _basic is { } basic ? basic[word] : _items[0].First >> 6 == word ? 1UL << (_items[0].First & 63) : 0;

    private bool Evaluate(int codePoint)
    {
        foreach (var item in _items)
        {
            if (item.Has(codePoint))
                return !_negated;
        }

        return _negated;
    }

    /// <summary>Collects what a set holds. One owner.</summary>
    public sealed class Builder
    {
        private readonly List<Item> _items = [];

        /// <summary>The set holds what it wasn't given.</summary>
        public bool Negated { get; set; }

        /// <summary>True when nothing was added.</summary>
        public bool IsEmpty => _items.Count == 0;

        /// <summary>Adds the code points from <paramref name="first"/> to <paramref name="last"/>.</summary>
        public void Add(int first, int last) => _items.Add(new Item(first, last, 0, CodePointClasses.None, false, null));

        /// <summary>Adds the code points of some general categories, each a bit, or those of some classes; or all others.</summary>
        public void Add(uint categories, CodePointClasses classes, bool negated) =>
            _items.Add(new Item(-1, -1, categories, classes, negated, null));

        /// <summary>Adds another set.</summary>
        public void Add(CharacterSet set) => _items.Add(new Item(-1, -1, 0, CodePointClasses.None, false, set));

        /// <summary>Makes the set.</summary>
        public CharacterSet Build() => new([.. _items], Negated);
    }

    private readonly record struct Item(
        int First, int Last, uint Categories, CodePointClasses Classes, bool Negated, CharacterSet? Set)
    {
        public bool IsOneCodePoint => Set is null && First >= 0 && First == Last;

        public bool Has(int codePoint)
        {
            if (Set is not null)
                return Set.Has(codePoint);
            if (First >= 0)
                return codePoint >= First && codePoint <= Last;
            var classes = CodePoints.ClassesOf(codePoint);
            return ((classes & Classes) != 0 || (Categories >> (int)(classes & CodePointClasses.Category) & 1) != 0) != Negated;
        }
    }
}
