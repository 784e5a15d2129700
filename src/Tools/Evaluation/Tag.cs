namespace StreamNer.Tools.Evaluation;

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
