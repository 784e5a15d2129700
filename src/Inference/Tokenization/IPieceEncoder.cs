namespace StreamNer.Inference.Tokenization;

/// <summary>Encodes text with scratch buffers of its own. One caller at a time.</summary>
internal interface IPieceEncoder
{
    /// <summary>Writes the pieces of a text, without special ones, in the text's order.</summary>
    /// <param name="text">Any UTF-16; a lone surrogate counts as U+FFFD, one unit either way.</param>
    /// <param name="pieces">Cleared first. Spans point into <paramref name="text"/>.</param>
    /// <remarks>Time is linear in the text's length for any text; nothing is allocated once the buffers have grown.</remarks>
    void Encode(ReadOnlySpan<char> text, PieceBuffer pieces);
}
