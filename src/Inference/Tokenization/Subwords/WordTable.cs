using System.Runtime.CompilerServices;

namespace StreamNer.Inference.Tokenization.Subwords;

/// <summary>
/// Maps whole words to ids: one hash and mostly one comparison, where a trie takes a step for each character. Immutable, any thread.
/// </summary>
internal sealed class WordTable
{
    /// <summary>What a word that isn't in the table has instead of an id.</summary>
    public const int None = -1;

    /// <summary>Most cells that a word is looked for in. A table that is half full takes a few dozen.</summary>
    public const int MostCells = 1_000;

    // Open addressing, at most half full; the words' units stand one behind the other.
    private readonly Cell[] _cells;
    private readonly char[] _units;
    private readonly int _mask;

    /// <param name="words">Words with their ids; the words must differ and not be empty.</param>
    /// <exception cref="InvalidDataException">The words were made to collide.</exception>
    public WordTable(IEnumerable<KeyValuePair<string, int>> words)
    {
        var all = words.ToArray();
        var cells = 16;
        while (cells < all.Length * 2)
            cells *= 2;
        (_cells, _mask, _units) = (new Cell[cells], cells - 1, new char[all.Sum(word => word.Key.Length)]);
        var used = 0;
        foreach (var (word, id) in all)
        {
            var hash = Hash(word);
            var at = (int)hash & _mask;
            for (var cell = 0; _cells[at].Length != 0; cell++)
            {
                if (cell == MostCells)
                    throw new InvalidDataException($"more than {MostCells} pieces collide: the vocabulary was made to be slow");
                at = (at + 1) & _mask;
            }

            _cells[at] = new Cell(hash, used, word.Length, id);
            word.CopyTo(_units.AsSpan(used));
            used += word.Length;
        }
    }

    /// <summary>The id of a word, or <see cref="None"/>.</summary>
    public int Find(ReadOnlySpan<char> word)
    {
        var hash = Hash(word);
        for (var at = (int)hash & _mask; ; at = (at + 1) & _mask)
        {
            ref readonly var cell = ref _cells[at];
            if (cell.Length == 0)
                return None;
            if (cell.Hash == hash && cell.Length == word.Length && word.SequenceEqual(_units.AsSpan(cell.Start, cell.Length)))
                return cell.Id;
        }
    }

    // FNV-1a. That someone could make words of a text collide gains them nothing: only the vocabulary's own words are in the table.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Hash(ReadOnlySpan<char> word)
    {
        var hash = 2_166_136_261;
        foreach (var unit in word)
            hash = (hash ^ unit) * 16_777_619;
        return hash ^ (hash >> 15);
    }

    private readonly record struct Cell(uint Hash, int Start, int Length, int Id);
}
