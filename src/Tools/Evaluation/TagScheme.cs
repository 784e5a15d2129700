namespace StreamNer.Tools.Evaluation;

/// <summary>How labels of words spell entities.</summary>
internal enum TagScheme
{
    /// <summary>No prefixes: the label is the word's own, as a part of speech is.</summary>
    Plain,

    /// <summary><c>B-</c> begins every entity, <c>I-</c> goes on with it.</summary>
    Bio2,

    /// <summary><c>I-</c> for every word of an entity, <c>B-</c> only where one of the same type stands right before.</summary>
    Iob1,

    /// <summary><c>E-</c> ends every entity, <c>I-</c> stands before it.</summary>
    Ioe2,

    /// <summary><c>B-</c> begins, <c>I-</c> goes on, <c>E-</c> ends, <c>S-</c> is one word alone.</summary>
    Bioes,

    /// <summary>As <see cref="Bioes"/> with <c>L-</c> for the last and <c>U-</c> for the only word.</summary>
    Bilou,
}

/// <summary>One label, taken apart.</summary>
/// <param name="Prefix">One of <c>B I E S L U</c>; <c>O</c> outside of any entity.</param>
/// <param name="Type">The entity's type; empty outside.</param>
internal readonly record struct Tag(char Prefix, string Type)
{
    /// <summary>A word outside of any entity.</summary>
    public static Tag Outside { get; } = new('O', "");
}
