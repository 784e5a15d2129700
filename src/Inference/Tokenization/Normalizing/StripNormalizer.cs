using StreamNer.Inference.Tokenization.Characters;

namespace StreamNer.Inference.Tokenization.Normalizing;

/// <summary>Drops white space at the ends of a text.</summary>
internal sealed class StripNormalizer(bool left, bool right) : INormalizer
{
    /// <inheritdoc/>
    public void Normalize(AlignedText text)
    {
        var to = right ? text.Chars.LastIndexOfNonBlank() + 1 : text.Length;
        var from = left ? text.Chars[..to].IndexOfNonBlank() : 0;
        text.Cut(from, to);
    }
}
