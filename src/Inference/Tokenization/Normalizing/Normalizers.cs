using StreamNer.Inference.Tokenization.Characters;

namespace StreamNer.Inference.Tokenization.Normalizing;

/// <summary>One step that rewrites a text before it is split. Immutable, any thread.</summary>
internal interface INormalizer
{
    /// <summary>Rewrites a text; every unit keeps the span of the original that it came from.</summary>
    void Normalize(AlignedText text);
}

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

/// <summary>Puts a prefix in front of a text that isn't empty; the prefix stands for the first character.</summary>
internal sealed class PrependNormalizer(string prefix) : INormalizer
{
    /// <inheritdoc/>
    public void Normalize(AlignedText text)
    {
        if (text.Length == 0)
            return;
        text.Put(prefix, text.Starts[0], text.Ends[0]);
        text.Keep(0, text.Length);
        text.Commit();
    }
}

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
