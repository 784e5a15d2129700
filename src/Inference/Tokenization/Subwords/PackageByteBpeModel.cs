using System.Text;
using Microsoft.ML.Tokenizers;
using StreamNer.Inference.Tokenization.Characters;

namespace StreamNer.Inference.Tokenization.Subwords;

/// <summary>Byte-level BPE by Microsoft.ML.Tokenizers, which gets whole words and so neither normalizes nor splits.</summary>
internal sealed class PackageByteBpeModel : ISubwordModel
{
    /// <summary>The package takes quadratic time, so longer words (UTF-16 units) are left to the own model.</summary>
    private const int LongestWord = 512;

    private readonly BpeTokenizer _tokenizer;
    private readonly ByteBpeModel _own;

    /// <param name="vocabulary">Pieces in <see cref="ByteAlphabet"/> with their ids.</param>
    /// <param name="merges">Ids of two pieces and of what they become, in order.</param>
    /// <param name="own">Cuts the words that are too long for the package.</param>
    /// <exception cref="InvalidDataException">The package doesn't take this vocabulary.</exception>
    public PackageByteBpeModel(
        IReadOnlyDictionary<string, int> vocabulary, IReadOnlyList<(int Left, int Right, int Merged)> merges, ByteBpeModel own)
    {
        _own = own;
        var pieces = new string[vocabulary.Values.Max() + 1];
        foreach (var (piece, id) in vocabulary)
            pieces[id] = piece;
        try
        {
            _tokenizer = BpeTokenizer.Create(new BpeOptions(vocabulary)
            {
                ByteLevel = true,
                Merges = merges.Select(merge => $"{pieces[merge.Left]} {pieces[merge.Right]}"),
            });
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException or InvalidDataException)
        {
            throw new InvalidDataException(
                $"Microsoft.ML.Tokenizers does not take this vocabulary ({exception.Message}); leave SubwordEngine at Own", exception);
        }
    }

    /// <inheritdoc/>
    public ISubwordCutter CreateCutter() => new Cutter(_tokenizer, _own.CreateCutter());

    private sealed class Cutter(BpeTokenizer tokenizer, ISubwordCutter own) : ISubwordCutter
    {
        // First unit of the character that each byte of the word belongs to, and the first unit behind it.
        private readonly (int From, int To)[] _bytes = new (int From, int To)[3 * LongestWord];

        public void Cut(AlignedWord word, PieceBuffer pieces)
        {
            if (word.Chars.Length > LongestWord)
            {
                own.Cut(word, pieces);
                return;
            }

            var count = 0;
            for (int i = 0, length; i < word.Chars.Length; i += length)
            {
                var codePoint = CodePoints.At(word.Chars, i, out length);
                for (var left = new Rune(codePoint).Utf8SequenceLength; left > 0; left--)
                    _bytes[count++] = (i, i + length);
            }

            // The package's own offsets take a character of two units for one, so places are counted from the pieces' lengths, in bytes.
            var at = 0;
            foreach (var piece in tokenizer.EncodeToTokens(word.Chars, out _, considerPreTokenization: false, considerNormalization: false))
            {
                var next = at + piece.Value.Length;
                pieces.Add(piece.Id, word.Starts[_bytes[at].From], word.Ends[_bytes[next - 1].To - 1], word.Number);
                at = next;
            }
        }
    }
}
