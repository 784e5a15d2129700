namespace StreamNer.Inference.Tokenization.Characters;

/// <summary>Finds the ends of white space in a text. All white space lies in the basic plane, so units do.</summary>
internal static class Blanks
{
    /// <summary>True for white space as the reference implementation has it.</summary>
    public static bool IsBlank(this char unit) => CodePoints.Has(unit, CodePointTraits.Blank);

    /// <summary>Index of the first unit that is no white space; the length when all is.</summary>
    public static int IndexOfNonBlank(this ReadOnlySpan<char> text)
    {
        var i = 0;
        while (i < text.Length && text[i].IsBlank())
            i++;
        return i;
    }

    /// <summary>Index of the last unit that is no white space; -1 when all is.</summary>
    public static int LastIndexOfNonBlank(this ReadOnlySpan<char> text)
    {
        var i = text.Length - 1;
        while (i >= 0 && text[i].IsBlank())
            i--;
        return i;
    }
}
