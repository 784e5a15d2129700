using StreamNer.Inference.Tokenization.Characters;

namespace StreamNer.Inference.Tokenization.Splitting;

/// <summary>One step that cuts a normalized text into words. Immutable, any thread.</summary>
internal interface ISplitter
{
    /// <summary>Splits each range further; added tokens go through as they are.</summary>
    /// <param name="text">May be rewritten; <paramref name="to"/> then refers to the new text.</param>
    /// <param name="from">Ranges of the text, in order.</param>
    /// <param name="to">Empty; receives the new ranges.</param>
    void Split(AlignedText text, WordRanges from, WordRanges to);
}
