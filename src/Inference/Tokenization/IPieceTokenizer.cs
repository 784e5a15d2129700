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

    /// <summary>Makes an encoder with buffers of its own, for one thread at a time.</summary>
    IPieceEncoder CreateEncoder();

    /// <summary>Makes an encoder for words that stand alone, each as if a blank stood before it.</summary>
    IPieceEncoder CreateWordEncoder() => CreateEncoder();
}
