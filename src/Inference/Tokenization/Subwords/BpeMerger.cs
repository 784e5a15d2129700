using System.Runtime.CompilerServices;

namespace StreamNer.Inference.Tokenization.Subwords;

/// <summary>
/// Merges the symbols of one word: always the pair that comes first in the list of merges, and of equal ones the leftmost. One owner, one
/// thread.
/// </summary>
/// <remarks>
/// Short words look at all pairs again for each merge; long ones keep the pairs in a heap, so that 200,000 letters take milliseconds.
/// </remarks>
internal sealed class BpeMerger(BpeMerges merges)
{
    private const int ShortWord = 48;

    private readonly long[] _shortMerges = new long[ShortWord];
    private readonly PriorityQueue<int, (long Merge, int At)> _pairs = new();
    private Symbol[] _symbols = new Symbol[256];
    private int[] _next = [];
    private int[] _before = [];
    private int _count;

    /// <summary>The symbols that are left, in order.</summary>
    public ReadOnlySpan<Symbol> Symbols => _symbols.AsSpan(0, _count);

    /// <summary>Forgets the symbols, keeps the room.</summary>
    public void Clear() => _count = 0;

    /// <summary>Adds a symbol that stands for <c>[from, to)</c> of the word, in whatever unit the caller counts.</summary>
    public void Add(int id, int from, int to)
    {
        if (_count == _symbols.Length)
            Array.Resize(ref _symbols, _count * 2);
        _symbols[_count++] = new Symbol(id, from, to);
    }

    /// <summary>Makes the last symbol longer, for unknown characters that count as one.</summary>
    public void Extend(int to) => _symbols[_count - 1] = _symbols[_count - 1] with { To = to };

    /// <summary>Merges until no pair is left that may.</summary>
    public void Merge()
    {
        if (_count <= ShortWord)
            MergeShort();
        else
            MergeLong();
    }

    private void MergeShort()
    {
        for (var i = 0; i + 1 < _count; i++)
            _shortMerges[i] = merges.Find(_symbols[i].Id, _symbols[i + 1].Id);
        while (_count > 1)
        {
            var at = 0;
            for (var i = 1; i + 1 < _count; i++)
            {
                // A merge is its rank and then what it makes, which is the same for the same rank: the comparison is by rank.
                if (_shortMerges[i] < _shortMerges[at])
                    at = i;
            }

            if (_shortMerges[at] == BpeMerges.None)
                return;
            _symbols[at] = new Symbol(BpeMerges.Merged(_shortMerges[at]), _symbols[at].From, _symbols[at + 1].To);
            _count--;
            Array.Copy(_symbols, at + 2, _symbols, at + 1, _count - at - 1);
            if (at + 1 < _count)
            {
                Array.Copy(_shortMerges, at + 2, _shortMerges, at + 1, _count - at - 1);
                _shortMerges[at] = merges.Find(_symbols[at].Id, _symbols[at + 1].Id);
            }

            if (at > 0)
                _shortMerges[at - 1] = merges.Find(_symbols[at - 1].Id, _symbols[at].Id);
        }
    }

    private void MergeLong()
    {
        if (_next.Length < _count)
            (_next, _before) = (new int[_symbols.Length], new int[_symbols.Length]);
        for (var i = 0; i < _count; i++)
            (_next[i], _before[i]) = (i + 1 < _count ? i + 1 : -1, i - 1);
        for (var i = 0; i + 1 < _count; i++)
            Offer(i);
        while (_pairs.TryDequeue(out var at, out var pair))
        {
            // What the pair was offered for may have changed since.
            var right = _symbols[at].Id == Symbol.Gone ? -1 : _next[at];
            if (right < 0 || merges.Find(_symbols[at].Id, _symbols[right].Id) != pair.Merge)
                continue;
            _symbols[at] = new Symbol(BpeMerges.Merged(pair.Merge), _symbols[at].From, _symbols[right].To);
            _symbols[right] = new Symbol(Symbol.Gone, 0, 0);
            _next[at] = _next[right];
            if (_next[at] >= 0)
            {
                _before[_next[at]] = at;
                Offer(at);
            }

            if (_before[at] >= 0)
                Offer(_before[at]);
        }

        var left = 0;
        for (var i = 0; i >= 0; i = _next[i])
            _symbols[left++] = _symbols[i];
        _count = left;
    }

    private void Offer(int at)
    {
        if (merges.Find(_symbols[at].Id, _symbols[_next[at]].Id) is var merge and not BpeMerges.None)
            _pairs.Enqueue(at, (merge, at));
    }

    /// <summary>A piece under way.</summary>
    public readonly record struct Symbol(int Id, int From, int To)
    {
        /// <summary>Id of a symbol that was merged into the one before.</summary>
        public const int Gone = -1;
    }
}

/// <summary>Which two neighbouring pieces become one, and in what order. Immutable once filled, any thread.</summary>
internal sealed class BpeMerges
{
    /// <summary>What a pair that doesn't merge has instead of a merge.</summary>
    public const long None = long.MaxValue;

    // Open addressing, at most half full: pair of ids plus one (0 is a free cell), and rank with the id it becomes.
    private readonly ulong[] _pairs;
    private readonly long[] _merges;
    private readonly int _mask;

    /// <param name="merges">Left id, right id, id of both together; an earlier merge goes first, and of two equal pairs the later
    /// counts.</param>
    /// <exception cref="InvalidDataException">The pairs were made to collide.</exception>
    public BpeMerges(IReadOnlyList<(int Left, int Right, int Merged)> merges)
    {
        var size = 16;
        while (size < merges.Count * 2)
            size *= 2;
        (_pairs, _merges, _mask) = (new ulong[size], new long[size], size - 1);
        for (var rank = 0; rank < merges.Count; rank++)
        {
            var pair = Pair(merges[rank].Left, merges[rank].Right);
            var cell = Cell(pair);
            for (var cells = 0; _pairs[cell] != 0 && _pairs[cell] != pair; cells++)
            {
                if (cells == WordTable.MostCells)
                    throw new InvalidDataException($"more than {WordTable.MostCells} merges collide: they were made to be slow");
                cell = (cell + 1) & _mask;
            }

            (_pairs[cell], _merges[cell]) = (pair, ((long)rank << 32) | (uint)merges[rank].Merged);
        }
    }

    /// <summary>The merge of two pieces, smaller for one that goes earlier, or <see cref="None"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public long Find(int left, int right)
    {
        var pair = Pair(left, right);
        for (var cell = Cell(pair); ; cell = (cell + 1) & _mask)
        {
            if (_pairs[cell] == pair)
                return _merges[cell];
            if (_pairs[cell] == 0)
                return None;
        }
    }

    /// <summary>The id that a merge makes.</summary>
    public static int Merged(long merge) => (int)(uint)merge;

    private static ulong Pair(int left, int right) => (((ulong)(uint)left << 32) | (uint)right) + 1;

    private int Cell(ulong pair) => (int)(pair * 0x9E37_79B9_7F4A_7C15 >> 33) & _mask;
}
