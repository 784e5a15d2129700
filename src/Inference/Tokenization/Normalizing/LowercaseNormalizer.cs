using StreamNer.Inference.Tokenization.Characters;

namespace StreamNer.Inference.Tokenization.Normalizing;

/// <summary>Turns every code point into lower case on its own: no rule looks at its neighbours.</summary>
internal sealed class LowercaseNormalizer : INormalizer
{
    /// <inheritdoc/>
    public void Normalize(AlignedText text)
    {
        var chars = text.Chars;
        for (int i = 0, length; i < chars.Length; i += length)
        {
            var lower = CodePoints.Lower[CodePoints.At(chars, i, out length)];
            text.Put(lower ?? chars.Slice(i, length), text.Starts[i], text.Ends[i]);
        }

        text.Commit();
    }
}
