using StreamNer.Inference.Tokenization.Characters;

namespace StreamNer.Inference.Tokenization.Subwords;

/// <summary>A vocabulary of whole words: a word is one piece, or unknown.</summary>
/// <param name="vocabulary">Words with their ids.</param>
/// <param name="unknown">Id of a word that the vocabulary lacks.</param>
internal sealed class WordLevelModel(IEnumerable<KeyValuePair<string, int>> vocabulary, int unknown) : ISubwordModel, ISubwordCutter
{
    private readonly WordTable _words = new(vocabulary.Where(entry => entry.Key.Length > 0));

    /// <inheritdoc/>
    public ISubwordCutter CreateCutter() => this;

    /// <inheritdoc/>
    public void Cut(AlignedWord word, PieceBuffer pieces)
    {
        var id = _words.Find(word.Chars);
        pieces.Add(id == WordTable.None ? unknown : id, word.Starts[0], word.Ends[^1], word.Number);
    }
}
