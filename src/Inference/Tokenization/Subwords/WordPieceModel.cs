using StreamNer.Inference.Tokenization.Characters;

namespace StreamNer.Inference.Tokenization.Subwords;

/// <summary>
/// WordPiece: takes the longest piece that the rest of the word begins with, again and again; a word without such pieces is unknown.
/// </summary>
internal sealed class WordPieceModel : ISubwordModel, ISubwordCutter
{
    private readonly DoubleArrayTrie _pieces;
    private readonly int _continuing;
    private readonly int _unknown;
    private readonly int _longestWord;

    /// <param name="vocabulary">Pieces with their ids.</param>
    /// <param name="unknown">Id of a word that can't be cut.</param>
    /// <param name="continuingPrefix">What marks a piece inside a word, such as <c>##</c>.</param>
    /// <param name="longestWord">Words of more code points than this are unknown; it also bounds the time a word can take.</param>
    public WordPieceModel(IEnumerable<KeyValuePair<string, int>> vocabulary, int unknown, string continuingPrefix, int longestWord)
    {
        _pieces = new DoubleArrayTrie(vocabulary);
        _continuing = _pieces.Walk(continuingPrefix);
        _unknown = unknown;
        _longestWord = longestWord;
    }

    /// <inheritdoc/>
    public ISubwordCutter CreateCutter() => this;

    /// <inheritdoc/>
    public void Cut(AlignedWord word, PieceBuffer pieces)
    {
        var before = pieces.Count;
        if (!word.IsLongerThan(_longestWord) && TryCut(word, pieces))
            return;
        pieces.Truncate(before);
        pieces.Add(_unknown, word.Starts[0], word.Ends[^1], word.Number);
    }

    private bool TryCut(AlignedWord word, PieceBuffer pieces)
    {
        var from = DoubleArrayTrie.Root;
        for (int at = 0, length; at < word.Chars.Length; at += length)
        {
            if (from == DoubleArrayTrie.None)
                return false;
            length = _pieces.LongestPrefix(word.Chars[at..], out var id, from);
            if (length == 0)
                return false;
            pieces.Add(id, word.Starts[at], word.Ends[at + length - 1], word.Number);
            from = _continuing;
        }

        return true;
    }
}
