using System.Text;
using StreamNer.Inference.Tokenization.Characters;

namespace StreamNer.Inference.Tokenization.Subwords;

/// <summary>BPE over characters, as SentencePiece's BPE vocabularies have it.</summary>
/// <param name="vocabulary">Pieces with their ids.</param>
/// <param name="merges">The merges.</param>
/// <param name="unknown">Id of a character that the vocabulary lacks; null drops it.</param>
/// <param name="fuseUnknown">Neighbouring unknown characters are one piece.</param>
/// <param name="byteIds">
/// Ids of <c>&lt;0x00&gt;</c> and so on, all that UTF-8 has, when unknown characters are written as bytes; null otherwise.
/// </param>
/// <param name="wholeWords">A word that is a piece is that piece, even if no merges lead to it (<c>ignore_merges</c>).</param>
internal sealed class CharacterBpeModel(
    IReadOnlyDictionary<string, int> vocabulary, BpeMerges merges, int? unknown, bool fuseUnknown, int[]? byteIds, bool wholeWords)
    : ISubwordModel
{
    private readonly WordTable? _wholeWords = wholeWords ? new WordTable(vocabulary.Where(entry => entry.Key.Length > 0)) : null;

    // Characters alone: merging never looks a longer text up.
    private readonly DoubleArrayTrie _characters = new(vocabulary.Where(entry => IsOneCharacter(entry.Key)));

    /// <inheritdoc/>
    public ISubwordCutter CreateCutter() => new Cutter(this, merges);

    private static bool IsOneCharacter(string piece) =>
        piece.Length > 0 && CodePoints.At(piece, 0, out var length) >= 0 && length == piece.Length;

    private bool AddBytes(int codePoint, int from, int to, BpeMerger merger)
    {
        if (byteIds is null)
            return false;
        Span<byte> buffer = stackalloc byte[4];
        var bytes = buffer[..new Rune(codePoint).EncodeToUtf8(buffer)];
        foreach (var value in bytes)
            merger.Add(byteIds[value], from, to);
        return true;
    }

    private void AddCharacters(ReadOnlySpan<char> word, BpeMerger merger)
    {
        var unknownBefore = false;
        for (int i = 0, length; i < word.Length; i += length)
        {
            var codePoint = CodePoints.At(word, i, out length);
            if (_characters.Find(word.Slice(i, length)) is var id and not DoubleArrayTrie.None)
            {
                merger.Add(id, i, i + length);
                unknownBefore = false;
            }
            else if (AddBytes(codePoint, i, i + length, merger) || unknown is null)
            {
                continue;
            }
            else
            {
                if (unknownBefore && fuseUnknown)
                    merger.Extend(i + length);
                else
                    merger.Add(unknown.Value, i, i + length);
                unknownBefore = true;
            }
        }
    }

    private sealed class Cutter(CharacterBpeModel model, BpeMerges merges) : ISubwordCutter
    {
        private readonly BpeMerger _merger = new(merges);

        public void Cut(AlignedWord word, PieceBuffer pieces)
        {
            if (model._wholeWords?.Find(word.Chars) is { } id and not WordTable.None)
            {
                pieces.Add(id, word.Starts[0], word.Ends[^1], word.Number);
                return;
            }

            _merger.Clear();
            model.AddCharacters(word.Chars, _merger);
            _merger.Merge();
            foreach (var symbol in _merger.Symbols)
                pieces.Add(symbol.Id, word.Starts[symbol.From], word.Ends[symbol.To - 1], word.Number);
        }
    }
}
