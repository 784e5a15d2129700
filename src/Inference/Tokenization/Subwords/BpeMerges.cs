using System.Runtime.CompilerServices;

namespace StreamNer.Inference.Tokenization.Subwords;

/// <summary>Which two neighbouring pieces become one, and in what order. Immutable once filled, any thread.</summary>
internal sealed class BpeMerges
{
    /// <summary>What a pair that doesn't merge has instead of a merge.</summary>
    public const long None = long.MaxValue;

    // Open addressing, at most half full: pair of ids plus one (0 is a free cell), and rank with the id it becomes.
    private readonly ulong[] _pairs;
    private readonly long[] _merges;
    private readonly int _mask;

    /// <param name="merges">Left id, right id, id of both together; an earlier merge goes first, and of two equal pairs the later counts.</param>
    public BpeMerges(IReadOnlyList<(int Left, int Right, int Merged)> merges)
    {
        var cells = 16;
        while (cells < merges.Count * 2)
            cells *= 2;
        (_pairs, _merges, _mask) = (new ulong[cells], new long[cells], cells - 1);
        for (var rank = 0; rank < merges.Count; rank++)
        {
            var pair = Pair(merges[rank].Left, merges[rank].Right);
            var cell = Cell(pair);
            while (_pairs[cell] != 0 && _pairs[cell] != pair)
                cell = (cell + 1) & _mask;
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
