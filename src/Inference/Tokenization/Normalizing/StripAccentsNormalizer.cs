using StreamNer.Inference.Tokenization.Characters;

namespace StreamNer.Inference.Tokenization.Normalizing;

/// <summary>Drops combining marks; useful behind a decomposition.</summary>
internal sealed class StripAccentsNormalizer : INormalizer
{
    /// <inheritdoc/>
    public void Normalize(AlignedText text)
    {
        var chars = text.Chars;
        for (int i = 0, length; i < chars.Length; i += length)
        {
            if (!CodePoints.Has(CodePoints.At(chars, i, out length), CodePointTraits.Combining))
                text.Keep(i, i + length);
        }

        text.Commit();
    }
}
