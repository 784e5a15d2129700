using System.Collections.Frozen;

namespace StreamNer.Inference.Words;

/// <summary>Words that are written with a full stop of their own. Any thread.</summary>
/// <remarks>English first, with the commonest of German, French and Spanish. All are given without their last full stop.</remarks>
internal static class Abbreviations
{
    /// <summary>Longest one, in UTF-16 units.</summary>
    public const int Longest = 12;

    private static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> BeforeName = Set(
        "mr", "mrs", "ms", "mx", "messrs", "mme", "mlle", "dr", "prof", "rev", "fr", "hon", "pres", "gov", "sen", "rep", "amb", "gen",
        "col", "maj",
        "capt", "cmdr", "lt", "sgt", "cpl", "pvt", "adm", "st", "ste", "mt", "ft", "hr", "frau", "sr", "sra", "srta", "vs", "e.g", "i.e",
        "eg", "ie",
        "cf", "viz", "ca", "approx", "z.b", "d.h", "u.a", "bzw", "usw", "ggf", "vgl", "dipl", "ing", "av", "blvd", "u.s.s", "h.m.s");

    private static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> BeforeNumber = Set(
        "no", "nos", "nr", "fig", "figs", "eq", "vol", "ch", "chap", "sec", "art", "para", "p", "pp", "tel", "op", "jan", "feb", "mar",
        "apr", "jun",
        "jul", "aug", "sep", "sept", "oct", "nov", "dec", "núm", "abb", "bd", "kap");

    private static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> Any = Set(
        "etc", "inc", "ltd", "co", "corp", "bros", "llc", "plc", "jr", "esq", "ph.d", "m.d", "b.a", "m.a", "b.sc", "m.sc", "dept", "univ",
        "assn",
        "ave", "rd", "hwy", "est", "al", "ed", "eds", "min", "max", "a.m", "p.m", "u.s", "u.k", "u.n", "e.u", "d.c", "str", "mio", "mrd");

    /// <summary>Says what kind of abbreviation a word is.</summary>
    /// <param name="word">Without its last full stop.</param>
    public static AbbreviationKind KindOf(ReadOnlySpan<char> word)
    {
        if (word.IsEmpty || word.Length > Longest)
            return AbbreviationKind.None;

        Span<char> lower = stackalloc char[Longest];
        lower = lower[..word.ToLowerInvariant(lower)];
        return BeforeName.Contains(lower) ? AbbreviationKind.BeforeName
            : BeforeNumber.Contains(lower) ? AbbreviationKind.BeforeNumber
            : Any.Contains(lower) || IsDotted(word) ? AbbreviationKind.Any
            : word.Length == 1 && char.IsUpper(word[0]) ? AbbreviationKind.Initial
            : AbbreviationKind.None;
    }

    /// <summary>Single letters with full stops between them, such as <c>U.S</c>.</summary>
    private static bool IsDotted(ReadOnlySpan<char> word)
    {
        if (word.Length < 3 || word.Length % 2 == 0)
            return false;
        for (var i = 0; i < word.Length; i++)
        {
            if (i % 2 == 0 ? !char.IsLetter(word[i]) : word[i] != '.')
                return false;
        }

        return true;
    }

    private static FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> Set(params string[] words) =>
        words.ToFrozenSet(StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();
}

/// <summary>What the full stop behind a word may be, besides the end of a sentence.</summary>
internal enum AbbreviationKind
{
    /// <summary>Nothing: the word is no abbreviation.</summary>
    None,

    /// <summary>One behind which the sentence always goes on: <c>Dr.</c>, <c>e.g.</c></summary>
    BeforeName,

    /// <summary>One only when a number follows: <c>No. 5</c>, <c>Fig. 2</c>.</summary>
    BeforeNumber,

    /// <summary>One that may stand at a sentence's end too: <c>Inc.</c>, <c>U.S.</c></summary>
    Any,

    /// <summary>One capital letter: <c>J. Smith</c>.</summary>
    Initial,
}
