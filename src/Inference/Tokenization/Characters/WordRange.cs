namespace StreamNer.Inference.Tokenization.Characters;

/// <summary>The part <c>[From, To)</c> of an <see cref="AlignedText"/>.</summary>
/// <param name="From">First UTF-16 unit.</param>
/// <param name="To">First unit behind it.</param>
/// <param name="Token">Id of the added token that it is, or <see cref="NoToken"/>.</param>
internal readonly record struct WordRange(int From, int To, int Token)
{
    /// <summary>Says that a range is ordinary text.</summary>
    public const int NoToken = -1;

    /// <summary>True for an added token, which is one piece and is not split.</summary>
    public bool IsToken => Token != NoToken;
}
