namespace StreamNer.Inference.Words;

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
