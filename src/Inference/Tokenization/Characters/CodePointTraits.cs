namespace StreamNer.Inference.Tokenization.Characters;

/// <summary>What the reference implementation says of a code point.</summary>
/// <remarks>The numbers are those of the table in <c>code-points.bin.gz</c>.</remarks>
[Flags]
internal enum CodePointTraits : ushort
{
    None = 0,

    /// <summary>BERT's <c>clean_text</c> removes it: controls, format characters, U+0000, U+FFFD, unassigned.</summary>
    Removed = 1,

    /// <summary>BERT's <c>clean_text</c> turns it into a blank.</summary>
    CleanedToBlank = 2,

    /// <summary>An ideograph that BERT takes for a word of its own.</summary>
    Ideograph = 4,

    /// <summary>Punctuation as BERT sees it, which counts <c>$ + &lt; = &gt; ^ ` | ~</c> in.</summary>
    Punctuation = 8,

    /// <summary>White space (Rust's <c>char::is_whitespace</c>).</summary>
    Blank = 16,

    /// <summary>Matches <c>\p{L}</c>.</summary>
    Letter = 32,

    /// <summary>Matches <c>\p{N}</c>.</summary>
    Number = 64,

    /// <summary>Matches <c>\s</c>.</summary>
    Space = 128,

    /// <summary>A non-spacing mark, which BERT's own accent stripping removes.</summary>
    NonSpacing = 256,

    /// <summary>Matches <c>\w</c>.</summary>
    Word = 512,

    /// <summary>A combining mark of any kind, which the step <c>StripAccents</c> removes.</summary>
    Combining = 1024,
}
