using StreamNer.Inference.Tokenization.Characters;

namespace StreamNer.Inference.Tokenization.Normalizing;

/// <summary>One step that rewrites a text before it is split. Immutable, any thread.</summary>
internal interface INormalizer
{
    /// <summary>Rewrites a text; every unit keeps the span of the original that it came from.</summary>
    void Normalize(AlignedText text);
}
