namespace StreamNer.Inference.Tokenization.Subwords;

/// <summary>Merges the symbols of one word: always the pair that comes first in the list of merges, and of equal ones the leftmost. One owner, one thread.</summary>
/// <remarks>Short words look at all pairs again for each merge; long ones keep the pairs in a heap, so that 200,000 letters take milliseconds.</remarks>
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
