namespace StreamNer.Inference.Tokenization;

/// <summary>Cuts text into the pieces of a model's vocabulary. Immutable tables, any thread.</summary>
internal interface IPieceTokenizer
{
    /// <summary>Highest id it can give, plus one; a model's embedding table must have at least so many rows.</summary>
    int VocabularySize { get; }

    /// <summary>What stands before, behind and beside the pieces of a window.</summary>
    SpecialPieces Special { get; }

    /// <summary>Longest input in pieces, special ones included, as the tokenizer's files state it; null where they don't.</summary>
    int? MaxPieces { get; }

    /// <summary>What an operator should know of the files that it was read from, though they can be used.</summary>
    IReadOnlyList<string> Warnings => [];

    /// <summary>Makes an encoder with buffers of its own, for one thread at a time.</summary>
    IPieceEncoder CreateEncoder();

    /// <summary>
    /// True for a piece that stands for none of a text's letters, whatever its span says: the sign of a blank, or a special piece that
    /// somebody typed.
    /// </summary>
    bool IsSilent(int id) => false;

    /// <summary>Makes an encoder for words that stand alone, each as if a blank stood before it.</summary>
    IPieceEncoder CreateWordEncoder() => CreateEncoder();
}

/// <summary>Encodes text with scratch buffers of its own. One caller at a time.</summary>
internal interface IPieceEncoder
{
    /// <summary>Writes the pieces of a text, without special ones, in the text's order.</summary>
    /// <param name="text">Any UTF-16; a lone surrogate counts as U+FFFD, one unit either way.</param>
    /// <param name="pieces">Cleared first. Spans point into <paramref name="text"/>.</param>
    /// <exception cref="TokenizationException">The text can't be taken; the pieces are of no use then.</exception>
    /// <remarks>Time is linear in the text's length for any text; nothing is allocated once the buffers have grown.</remarks>
    void Encode(ReadOnlySpan<char> text, PieceBuffer pieces);

    /// <summary>Begins with a text of so many units, whose parts follow one by one: what bounds a text bounds them together.</summary>
    void Begin(int units)
    {
    }

    /// <summary>Does what <see cref="Encode"/> does with a part of the text that was begun with.</summary>
    void EncodePart(ReadOnlySpan<char> part, PieceBuffer pieces) => Encode(part, pieces);
}
