using StreamNer.Inference.Tokenization.Characters;
using StreamNer.Inference.Tokenization.Subwords;

namespace StreamNer.Inference.Tokenization.Pipeline;

/// <summary>
/// Takes the blanks at the ends of byte-level pieces out of their spans, as the reference's <c>trim_offsets</c> does. Immutable, any
/// thread.
/// </summary>
/// <remarks>
/// It counts the blanks of the piece, not those of the text: a blank that was put in front stands for the text's first character.
/// </remarks>
internal sealed class BlankTrimmer
{
    // Blanks at each end of each piece; an added token has those of the text.
    private const byte OfTheText = byte.MaxValue;

    private readonly byte[] _leading;
    private readonly byte[] _trailing;
    private readonly bool _addPrefixSpace;

    /// <param name="vocabulary">Pieces with their ids.</param>
    /// <param name="addedTokens">Ids of added tokens.</param>
    /// <param name="addPrefixSpace">The first piece's one blank was put there, so the text has none to take out.</param>
    public BlankTrimmer(IReadOnlyDictionary<string, int> vocabulary, IReadOnlyCollection<int> addedTokens, bool addPrefixSpace)
    {
        _addPrefixSpace = addPrefixSpace;
        var size = vocabulary.Values.Concat(addedTokens).DefaultIfEmpty(-1).Max() + 1;
        (_leading, _trailing) = (new byte[size], new byte[size]);
        foreach (var (piece, id) in vocabulary)
        {
            var inner = piece.AsSpan().TrimStart(ByteAlphabet.Blank);
            _leading[id] = (byte)Math.Min(OfTheText - 1, piece.Length - inner.Length);
            var trailing = inner.Length == 0 ? piece.Length : inner.Length - inner.TrimEnd(ByteAlphabet.Blank).Length;
            _trailing[id] = (byte)Math.Min(OfTheText - 1, trailing);
        }

        foreach (var id in addedTokens)
            _leading[id] = OfTheText;
    }

    private BlankTrimmer(byte[] leading, byte[] trailing) => (_leading, _trailing, _addPrefixSpace) = (leading, trailing, true);

    /// <summary>The same trimmer for texts that a blank was put in front of.</summary>
    public BlankTrimmer WithPrefixSpace() => new(_leading, _trailing);

    /// <summary>Trims the spans of all pieces of a text.</summary>
    public void Trim(ReadOnlySpan<char> text, PieceBuffer pieces)
    {
        var ids = pieces.Ids;
        var starts = pieces.Starts;
        var ends = pieces.Ends;
        for (var i = 0; i < ids.Length; i++)
        {
            int leading = _leading[ids[i]], trailing = _trailing[ids[i]];
            if ((leading | trailing) == 0)
                continue;
            ref var start = ref starts[i];
            ref var end = ref ends[i];
            if (leading == OfTheText)
            {
                var surface = text[start..end];
                (leading, trailing) = (surface.IndexOfNonBlank(), surface.Length - 1 - surface.LastIndexOfNonBlank());
            }

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
}
