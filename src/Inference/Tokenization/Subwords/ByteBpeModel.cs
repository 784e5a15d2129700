using System.Text;
using StreamNer.Inference.Tokenization.Characters;

namespace StreamNer.Inference.Tokenization.Subwords;

/// <summary>Byte-level BPE: a word is its UTF-8 bytes, merged pair by pair.</summary>
internal sealed class ByteBpeModel : ISubwordModel
{
    // The longest word that is answered by one lookup, where that is for speed alone. Longer pieces are runs of one character.
    private const int LongestQuickWord = 64;

    private readonly int[] _byteIds;
    private readonly BpeMerges _merges;
    private readonly WordTable _wholeWords;
    private readonly int _longestWholeWord;

    /// <param name="vocabulary">Pieces in <see cref="ByteAlphabet"/> with their ids.</param>
    /// <param name="byteIds">Id of each byte's piece.</param>
    /// <param name="merges">The merges.</param>
    /// <param name="wholeWords">A word that is a piece is that piece, even if no merges lead to it (<c>ignore_merges</c>).</param>
    public ByteBpeModel(IReadOnlyDictionary<string, int> vocabulary, int[] byteIds, BpeMerges merges, bool wholeWords)
    {
        _longestWholeWord = wholeWords ? vocabulary.Keys.Max(piece => piece.Length) : LongestQuickWord;
        _byteIds = byteIds;
        _merges = merges;
        _wholeWords = new WordTable(WholeWords(vocabulary, wholeWords));
    }

    /// <inheritdoc/>
    public ISubwordCutter CreateCutter() => new Cutter(this);

    /// <summary>
    /// Words that are one piece, all of them or those that merge into it: most words of a text, answered without merging.
    /// </summary>
    private IEnumerable<KeyValuePair<string, int>> WholeWords(IEnumerable<KeyValuePair<string, int>> vocabulary, bool all)
    {
        var merger = new BpeMerger(_merges);
        foreach (var (piece, id) in vocabulary)
        {
            if ((!all && piece.Length > LongestQuickWord) || ByteAlphabet.Decode(piece) is not { Length: > 0 } word)
                continue;
            if (all)
            {
                yield return KeyValuePair.Create(word, id);
                continue;
            }

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
            if (word.Chars.Length <= model._longestWholeWord && model._wholeWords.Find(word.Chars) is var id and not WordTable.None)
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
