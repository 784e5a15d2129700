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
    private const string Prefixes = "BIESLU";

    /// <summary>A word outside of any entity.</summary>
    public static Tag Outside { get; } = new('O', "");

    /// <summary>Reads a label such as <c>O</c>, <c>B-PER</c>, <c>B_PER</c> or a bare <c>B</c>, whose type is <c>_</c>.</summary>
    /// <returns>Null for a label without prefix.</returns>
    public static Tag? Of(string label)
    {
        if (label == "O")
            return Outside;
        if (label.Length == 0)
            return null;

        // BMES writes M for what everybody else calls inside.
        var prefix = label[0] == 'M' ? 'I' : label[0];
        if (!Prefixes.Contains(prefix, StringComparison.Ordinal))
            return null;
        if (label.Length == 1)
            return new Tag(prefix, "_");
        return label[1] is '-' or '_' ? new Tag(prefix, label.Length == 2 ? "_" : label[2..]) : null;
    }

    /// <summary>Reads a label of words that have no prefixes: words of one label in a row are one entity.</summary>
    public static Tag OfPlain(string label) => label == "O" ? Outside : new Tag('I', label);
}
