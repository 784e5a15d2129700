using StreamNer.Inference.Tokenization;

namespace StreamNer.TestSupport.Inference;

/// <summary>
/// A tokenizer whose rules fit on one line: words are separated by blanks, a piece is one word or a fixed number of its letters.
/// </summary>
/// <remarks>The id of a piece is its first character, so that a scripted classifier can label by id.</remarks>
internal sealed class WordTokenizer(int lettersPerPiece = int.MaxValue) : IPieceTokenizer
{
    public const int Cls = 1;
    public const int Sep = 2;

    public int VocabularySize => char.MaxValue + 1;

    public SpecialPieces Special { get; } = new([Cls], [Sep], Pad: 0);

    public int? MaxPieces => null;

    public IPieceEncoder CreateEncoder() => new Encoder(lettersPerPiece);

    private sealed class Encoder(int lettersPerPiece) : IPieceEncoder
    {
        public void Encode(ReadOnlySpan<char> text, PieceBuffer pieces)
        {
            pieces.Clear();
            var word = 0;
            for (var i = 0; i < text.Length;)
            {
                if (text[i] is ' ' or '\n')
                {
                    i++;
                    continue;
                }

                var end = i;
                while (end < text.Length && text[end] is not (' ' or '\n'))
                    end++;
                for (; i < end; i += Math.Min(lettersPerPiece, end - i))
                    pieces.Add(text[i], i, i + Math.Min(lettersPerPiece, end - i), word);
                word++;
            }
        }
    }
}
