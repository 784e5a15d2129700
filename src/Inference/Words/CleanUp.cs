namespace StreamNer.Inference.Words;

/// <summary>How a text is cleaned before it is cut into words. Spans refer to the original text all the same.</summary>
/// <remarks>
/// These are the modes of Spark NLP's DocumentAssembler. A blank is one of space, tab, line feed, vertical tab, form feed, carriage return.
/// An escape is a line break or tab that someone wrote out as <c>\n</c>, <c>\r\n</c> or <c>\t</c>: a backslash and a letter.
/// Trimming takes everything up to U+0020 from both ends.
/// </remarks>
public enum CleanUp
{
    /// <summary>The text stays as it is. The default.</summary>
    Disabled,

    /// <summary>Each blank becomes a space.</summary>
    Inplace,

    /// <summary>Each blank and each escape becomes a space.</summary>
    InplaceFull,

    /// <summary>Each run of blanks becomes one space; trimmed.</summary>
    Shrink,

    /// <summary>Each run of blanks and each run of escapes becomes one space; trimmed.</summary>
    ShrinkFull,

    /// <summary>A blank with a line feed or tab behind it becomes one space with it.</summary>
    Each,

    /// <summary>A blank with a line feed, tab or escape behind it becomes one space with it.</summary>
    EachFull,

    /// <summary>Escapes are deleted; trimmed.</summary>
    DeleteFull,
}
