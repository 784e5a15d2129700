using System.Runtime.CompilerServices;
using StreamNer.Inference.Files;

namespace StreamNer.Inference.Tokenization.Subwords;

/// <summary>Maps texts to numbers, and is walked unit by unit. Immutable, any thread.</summary>
/// <remarks>
/// A double array (Aoe 1989): the child of node n by symbol s is cell <c>Base[n] + s</c>, and is there if that cell's parent is n. Symbols
/// number the UTF-16 units that occur, frequent ones first, which keeps the array dense: 12 bytes a cell, about two cells a vocabulary
/// entry.
/// </remarks>
internal sealed class DoubleArrayTrie
{
    /// <summary>The node every walk begins at.</summary>
    public const int Root = 0;

    /// <summary>Where a walk leads when no key goes on so, and the value of a node that ends no key.</summary>
    public const int None = -1;

    /// <summary>
    /// Most UTF-16 units of a key, which bound the steps that each unit of a text can take. The longest pieces in use have 128.
    /// </summary>
    public const int LongestKey = 1_000;

    private readonly ushort[] _symbols = new ushort[char.MaxValue + 1];
    private readonly Cell[] _cells;

    /// <param name="entries">Keys with their values, 0 or more; empty keys are left out. The keys must differ.</param>
    /// <exception cref="InvalidDataException">A key is too long, or the keys use every UTF-16 unit there is.</exception>
    public DoubleArrayTrie(IEnumerable<KeyValuePair<string, int>> entries)
    {
        var sorted = entries.Where(entry => entry.Key.Length > 0).ToArray();
        if (Array.Find(sorted, entry => entry.Key.Length > LongestKey).Key is { } piece)
        {
            throw new InvalidDataException(
                $"the piece \"{JsonFields.Shortened(piece)}\" has {piece.Length} characters, {LongestKey} are the most; is it the right "
                + "file?");
        }

        Array.Sort(sorted, (a, b) => string.CompareOrdinal(a.Key, b.Key));
        _cells = new Builder(sorted, _symbols).Build();
    }

    /// <summary>The child of a node, or <see cref="None"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Step(int node, char unit)
    {
        var symbol = _symbols[unit];
        var child = _cells[node].Base + symbol;
        return symbol != 0 && (uint)child < (uint)_cells.Length && _cells[child].Parent == node ? child : None;
    }

    /// <summary>The value of the key that ends at a node, or <see cref="None"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Value(int node) => _cells[node].Value;

    /// <summary>The node of a text, or <see cref="None"/> when no key begins with it.</summary>
    public int Walk(ReadOnlySpan<char> text)
    {
        var node = Root;
        foreach (var unit in text)
        {
            node = Step(node, unit);
            if (node == None)
                return None;
        }

        return node;
    }

    /// <summary>The value of a key, or <see cref="None"/>.</summary>
    public int Find(ReadOnlySpan<char> key) => Walk(key) is var node and not None ? Value(node) : None;

    /// <summary>Length of the longest key that a text begins with, seen from a node; 0 when there is none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int LongestPrefix(ReadOnlySpan<char> text, out int value, int from = Root)
    {
        var longest = 0;
        value = None;
        var node = from;
        for (var i = 0; i < text.Length; i++)
        {
            node = Step(node, text[i]);
            if (node == None)
                break;
            if (_cells[node].Value is var found and not None)
                (longest, value) = (i + 1, found);
        }

        return longest;
    }

    private struct Cell
    {
        public int Base;
        public int Parent;
        public int Value;

        public static Cell Free => new() { Parent = None, Value = None };
    }

    /// <summary>Places the nodes breadth first, each node's children at the first free base that fits them all.</summary>
    private sealed class Builder(KeyValuePair<string, int>[] entries, ushort[] symbols)
    {
        // After so many cells that are taken, or don't fit, those before are given up: a little room lost, and building stays linear.
        private const int TakenBeforeMovingOn = 1_000;
        private const int MissesBeforeMovingOn = 60;
        private const int RootParent = -2;

        private readonly Queue<(int Node, int From, int To, int Depth)> _open = new();
        private readonly List<(int Symbol, int From, int To)> _children = [];
        private Cell[] _cells = [];
        private int _used = 1;
        private int _firstFree = 1;

        public Cell[] Build()
        {
            var alphabet = NumberUnits();
            Reserve(Math.Max(1024, entries.Length * 4));
            _cells[Root].Parent = RootParent;
            _open.Enqueue((Root, 0, entries.Length, 0));
            while (_open.TryDequeue(out var node))
                Place(node.Node, node.From, node.To, node.Depth);

            // Room behind the last node, so that a step beyond it finds a free cell.
            var length = _used + alphabet + 1;
            Reserve(length);
            Array.Resize(ref _cells, length);
            return _cells;
        }

        private int NumberUnits()
        {
            var counts = new int[char.MaxValue + 1];
            foreach (var (key, _) in entries)
            {
                foreach (var unit in key)
                    counts[unit]++;
            }

            var units = Enumerable.Range(0, counts.Length)
                .Where(unit => counts[unit] > 0)
                .OrderByDescending(unit => counts[unit])
                .ToArray();
            if (units.Length > ushort.MaxValue)
            {
                throw new InvalidDataException(
                    $"the vocabulary uses {units.Length} different UTF-16 units, {ushort.MaxValue} are the most");
            }

            for (var i = 0; i < units.Length; i++)
                symbols[units[i]] = (ushort)(i + 1);
            return units.Length;
        }

        private void Place(int node, int from, int to, int depth)
        {
            if (from < to && entries[from].Key.Length == depth)
                _cells[node].Value = entries[from++].Value;
            _children.Clear();
            while (from < to)
            {
                var unit = entries[from].Key[depth];
                var end = from + 1;
                while (end < to && entries[end].Key[depth] == unit)
                    end++;
                _children.Add((symbols[unit], from, end));
                from = end;
            }

            if (_children.Count == 0)
                return;
            var start = FindBase();
            _cells[node].Base = start;
            foreach (var (symbol, first, last) in _children)
            {
                var child = start + symbol;
                _cells[child].Parent = node;
                _used = Math.Max(_used, child + 1);
                _open.Enqueue((child, first, last, depth + 1));
            }
        }

        private int FindBase()
        {
            var lowest = _children.Min(child => child.Symbol);
            while (_firstFree < _cells.Length && _cells[_firstFree].Parent != None)
                _firstFree++;
            var (taken, misses) = (0, 0);
            for (var cell = Math.Max(_firstFree, lowest + 1); ; cell++)
            {
                Reserve(cell + 1);
                var isTaken = _cells[cell].Parent != None;
                if (!isTaken && Fits(cell - lowest))
                    return cell - lowest;
                if (isTaken ? ++taken > TakenBeforeMovingOn : ++misses > MissesBeforeMovingOn)
                    (taken, misses, _firstFree) = (0, 0, cell);
            }
        }

        private bool Fits(int start)
        {
            foreach (var (symbol, _, _) in _children)
            {
                Reserve(start + symbol + 1);
                if (_cells[start + symbol].Parent != None)
                    return false;
            }

            return true;
        }

        private void Reserve(int length)
        {
            if (length <= _cells.Length)
                return;
            var old = _cells.Length;
            Array.Resize(ref _cells, Math.Max(length, old + old / 2));
            _cells.AsSpan(old).Fill(Cell.Free);
        }
    }
}
