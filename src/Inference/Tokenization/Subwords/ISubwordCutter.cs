using StreamNer.Inference.Tokenization.Characters;

namespace StreamNer.Inference.Tokenization.Subwords;

/// <summary>Cuts words into pieces. One caller at a time.</summary>
internal interface ISubwordCutter
{
    /// <summary>Adds the pieces of one word, in order, each with its span in the original text and the word's number.</summary>
    void Cut(AlignedWord word, PieceBuffer pieces);
}
