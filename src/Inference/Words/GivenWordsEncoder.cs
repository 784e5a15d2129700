using StreamNer.Inference.Domain;
using StreamNer.Inference.Tokenization;

namespace StreamNer.Inference.Words;

/// <summary>Encodes words that somebody else has cut, one by one, as the reference does with input that is split into words. One caller at a time.</summary>
/// <param name="inner">An encoder for words that stand alone.</param>
internal sealed class GivenWordsEncoder(IPieceEncoder inner)
{
    private readonly PieceBuffer _one = new();

    /// <summary>Writes the pieces of all words; a piece's word is the index of the given one. A word may have none.</summary>
    public void Encode(ReadOnlySpan<char> text, ReadOnlySpan<TextSpan> words, PieceBuffer pieces)
    {
        pieces.Clear();
        for (var word = 0; word < words.Length; word++)
        {
            var start = words[word].Start;
            inner.Encode(text[start..words[word].End], _one);
            for (var i = 0; i < _one.Count; i++)
                pieces.Add(_one.Ids[i], start + _one.Starts[i], start + _one.Ends[i], word);
        }
    }
}
