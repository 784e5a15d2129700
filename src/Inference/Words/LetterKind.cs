namespace StreamNer.Inference.Words;

/// <summary>What a character is to the <see cref="WordCutter"/>.</summary>
internal enum LetterKind
{
    /// <summary>Nothing that a word is made of.</summary>
    None,

    /// <summary>A letter, or an underscore.</summary>
    Letter,

    /// <summary>A digit or another number.</summary>
    Digit,

    /// <summary>A combining mark: goes on with whatever it stands on.</summary>
    Mark,

    /// <summary>A letter of Hiragana.</summary>
    Hiragana,

    /// <summary>A letter of Katakana, or its length mark.</summary>
    Katakana,

    /// <summary>An ideograph.</summary>
    Ideograph,
}
