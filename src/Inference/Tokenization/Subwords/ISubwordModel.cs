using StreamNer.Inference.Tokenization.Characters;

namespace StreamNer.Inference.Tokenization.Subwords;

/// <summary>Knows the pieces of a vocabulary and how a word is cut into them. Immutable tables, any thread.</summary>
internal interface ISubwordModel
{
    /// <summary>Makes a cutter with scratch buffers of its own; a model without scratch gives itself.</summary>
    ISubwordCutter CreateCutter();
}

/// <summary>Cuts words into pieces. One caller at a time.</summary>
internal interface ISubwordCutter
{
    /// <summary>Adds the pieces of one word, in order, each with its span in the original text and the word's number.</summary>
    void Cut(AlignedWord word, PieceBuffer pieces);
}
