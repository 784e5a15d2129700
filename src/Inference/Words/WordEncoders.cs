using StreamNer.Inference.Domain;
using StreamNer.Inference.Tokenization;

namespace StreamNer.Inference.Words;

/// <summary>Encodes the cleaned text, with spans into the original. One caller at a time.</summary>
internal sealed class CleaningEncoder(IPieceEncoder inner, CleanUp mode) : IPieceEncoder
{
    private readonly TextCleaner _cleaner = new(mode);

    /// <inheritdoc/>
    public void Encode(ReadOnlySpan<char> text, PieceBuffer pieces)
    {
        _cleaner.Clean(text);
        inner.Encode(_cleaner.Chars, pieces);
        for (var i = 0; i < pieces.Count; i++)
            (pieces.Starts[i], pieces.Ends[i]) = _cleaner.Original(pieces.Starts[i], pieces.Ends[i]);
    }
}

/// <summary>Cuts a text into the words of the <see cref="WordCutter"/> and encodes them one by one. One caller at a time.</summary>
/// <remarks>A word of which the model's tokenizer keeps nothing, such as a lone control character, has no pieces and so no label.</remarks>
internal sealed class WordwiseEncoder(IPieceEncoder inner) : IPieceEncoder
{
    private readonly List<TextSpan> _words = [];
    private readonly PieceBuffer _one = new();
    private char[] _spaced = new char[64];

    /// <inheritdoc/>
    public void Encode(ReadOnlySpan<char> text, PieceBuffer pieces)
    {
        pieces.Clear();
        WordCutter.Cut(text, _words);
        inner.Begin(text.Length);
        for (var word = 0; word < _words.Count; word++)
        {
            var span = _words[word];

            // Tokenizers that see blanks (RoBERTa's) give a word behind one another piece than a word that touches its neighbour.
            var blank = span.Start > 0 && WordCutter.IsBlank(text, span.Start - 1) ? 1 : 0;
            inner.EncodePart(blank == 0 ? text[span.Start..span.End] : Spaced(text[span.Start..span.End]), _one);
            for (var i = 0; i < _one.Count; i++)
            {
                pieces.Add(
                    _one.Ids[i], span.Start + Math.Max(0, _one.Starts[i] - blank), span.Start + Math.Max(0, _one.Ends[i] - blank), word);
            }
        }
    }

    private ReadOnlySpan<char> Spaced(ReadOnlySpan<char> word)
    {
        if (word.Length >= _spaced.Length)
            _spaced = new char[word.Length * 2];
        _spaced[0] = ' ';
        word.CopyTo(_spaced.AsSpan(1));
        return _spaced.AsSpan(0, word.Length + 1);
    }
}

/// <summary>
/// Encodes words that somebody else has cut, one by one, as the reference does with input that is split into words. One caller at a time.
/// </summary>
/// <param name="inner">An encoder for words that stand alone.</param>
internal sealed class GivenWordsEncoder(IPieceEncoder inner)
{
    private readonly PieceBuffer _one = new();

    /// <summary>Writes the pieces of all words; a piece's word is the index of the given one. A word may have none.</summary>
    public void Encode(ReadOnlySpan<char> text, ReadOnlySpan<TextSpan> words, PieceBuffer pieces)
    {
        pieces.Clear();
        inner.Begin(text.Length);
        for (var word = 0; word < words.Length; word++)
        {
            var start = words[word].Start;
            inner.EncodePart(text[start..words[word].End], _one);
            for (var i = 0; i < _one.Count; i++)
                pieces.Add(_one.Ids[i], start + _one.Starts[i], start + _one.Ends[i], word);
        }
    }
}
