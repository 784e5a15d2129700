using StreamNer.Inference.Tokenization.Characters;

namespace StreamNer.Inference.Tokenization.Normalizing;

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
