using System.Text;
using StreamNer.Inference.Tokenization.Characters;

namespace StreamNer.Inference.Tokenization.Subwords;

/// <summary>Byte-level BPE: a word is its UTF-8 bytes, merged pair by pair.</summary>
internal sealed class ByteBpeModel : ISubwordModel
{
    // The longest word that is answered by one lookup. Longer pieces are runs of one character.
    private const int LongestWholeWord = 64;

    private readonly int[] _byteIds;
    private readonly BpeMerges _merges;
    private readonly WordTable _wholeWords;

    /// <param name="vocabulary">Pieces in <see cref="ByteAlphabet"/> with their ids.</param>
    /// <param name="byteIds">Id of each byte's piece.</param>
    /// <param name="merges">The merges.</param>
    public ByteBpeModel(IEnumerable<KeyValuePair<string, int>> vocabulary, int[] byteIds, BpeMerges merges)
    {
        _byteIds = byteIds;
        _merges = merges;
        _wholeWords = new WordTable(WholeWords(vocabulary));
    }

    /// <inheritdoc/>
    public ISubwordCutter CreateCutter() => new Cutter(this);

    /// <summary>Words that merge into exactly one piece: most words of a text, answered without merging.</summary>
    private IEnumerable<KeyValuePair<string, int>> WholeWords(IEnumerable<KeyValuePair<string, int>> vocabulary)
    {
        var merger = new BpeMerger(_merges);
        foreach (var (piece, id) in vocabulary)
        {
            if (piece.Length > LongestWholeWord || ByteAlphabet.Decode(piece) is not { Length: > 0 } word)
                continue;
            merger.Clear();
            foreach (var value in Encoding.UTF8.GetBytes(word))
                merger.Add(_byteIds[value], 0, 0);
            merger.Merge();
            if (merger.Symbols.Length == 1 && merger.Symbols[0].Id == id)
                yield return KeyValuePair.Create(word, id);
        }
    }

    private sealed class Cutter(ByteBpeModel model) : ISubwordCutter
    {
        private readonly BpeMerger _merger = new(model._merges);

        public void Cut(AlignedWord word, PieceBuffer pieces)
        {
            if (word.Chars.Length <= LongestWholeWord && model._wholeWords.Find(word.Chars) is var id and not WordTable.None)
            {
                pieces.Add(id, word.Starts[0], word.Ends[^1], word.Number);
                return;
            }

            _merger.Clear();
            Span<byte> bytes = stackalloc byte[4];
            for (int i = 0, length; i < word.Chars.Length; i += length)
            {
                if (word.Chars[i] < 0x80)
                {
                    length = 1;
                    _merger.Add(model._byteIds[word.Chars[i]], i, i + 1);
                    continue;
                }

                // Every byte stands for its whole character, so a piece that cuts a character covers all of it.
                var codePoint = CodePoints.At(word.Chars, i, out length);
                foreach (var value in bytes[..new Rune(codePoint).EncodeToUtf8(bytes)])
                    _merger.Add(model._byteIds[value], i, i + length);
            }

            _merger.Merge();
            foreach (var symbol in _merger.Symbols)
                pieces.Add(symbol.Id, word.Starts[symbol.From], word.Ends[symbol.To - 1], word.Number);
        }
    }
}
