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
