using StreamNer.Inference.Tokenization.Characters;

namespace StreamNer.Inference.Tokenization.Normalizing;

/// <summary>Drops marks; useful behind a decomposition.</summary>
/// <param name="marks">What is dropped: the reference's two ways of stripping accents differ in it.</param>
internal sealed class StripAccentsNormalizer(CodePointTraits marks) : INormalizer
{
    /// <inheritdoc/>
    public void Normalize(AlignedText text)
    {
        var chars = text.Chars;
        for (int i = 0, length; i < chars.Length; i += length)
        {
            if (!CodePoints.Has(CodePoints.At(chars, i, out length), marks))
                text.Keep(i, i + length);
        }

        text.Commit();
    }
}
