using StreamNer.Inference.Tokenization.Characters;
using StreamNer.Inference.Tokenization.Subwords;

namespace StreamNer.Inference.Tokenization;

/// <summary>Takes the blanks at the ends of byte-level pieces out of their spans, as the reference's <c>trim_offsets</c> does. Immutable, any thread.</summary>
/// <remarks>It counts the blanks of the piece, not those of the text: a blank that was put in front stands for the text's first character.</remarks>
internal sealed class BlankTrimmer
{
    private readonly byte[] _leading;
    private readonly byte[] _trailing;
    private readonly HashSet<int> _addedTokens;
    private readonly bool _addPrefixSpace;

    /// <param name="vocabulary">Pieces with their ids.</param>
    /// <param name="addedTokens">Ids of added tokens, whose blanks are those of the text.</param>
    /// <param name="addPrefixSpace">The first piece's one blank was put there, so the text has none to take out.</param>
    public BlankTrimmer(IReadOnlyDictionary<string, int> vocabulary, IEnumerable<int> addedTokens, bool addPrefixSpace)
    {
        _addedTokens = [.. addedTokens];
        _addPrefixSpace = addPrefixSpace;
        var size = vocabulary.Values.DefaultIfEmpty(-1).Max() + 1;
        (_leading, _trailing) = (new byte[size], new byte[size]);
        foreach (var (piece, id) in vocabulary)
        {
            var inner = piece.AsSpan().TrimStart(ByteAlphabet.Blank);
            _leading[id] = (byte)Math.Min(byte.MaxValue, piece.Length - inner.Length);
            _trailing[id] = (byte)Math.Min(byte.MaxValue, inner.Length == 0 ? piece.Length : inner.Length - inner.TrimEnd(ByteAlphabet.Blank).Length);
        }
    }

    /// <summary>Trims the spans of all pieces of a text.</summary>
    public void Trim(ReadOnlySpan<char> text, PieceBuffer pieces)
    {
        for (var i = 0; i < pieces.Count; i++)
        {
            ref var start = ref pieces.Starts[i];
            ref var end = ref pieces.Ends[i];
            var (leading, trailing) = Blanks(pieces.Ids[i], text[start..end]);
            if (leading == 1 && _addPrefixSpace && (i == 0 || start == 0))
                leading = 0;
            for (; leading > 0 && start < end; leading--)
            {
                CodePoints.At(text, start, out var length);
                start += length;
            }

            for (; trailing > 0 && end > start; trailing--)
            {
                CodePoints.Before(text, end, out var length);
                end -= length;
            }
        }
    }

    private (int Leading, int Trailing) Blanks(int id, ReadOnlySpan<char> surface)
    {
        if (!_addedTokens.Contains(id))
            return (_leading[id], _trailing[id]);
        var leading = surface.IndexOfNonBlank();
        return (leading, surface.Length - 1 - surface.LastIndexOfNonBlank());
    }
}
