using System.Collections.Immutable;

namespace StreamNer.Inference.Words;

/// <summary>What a word is, and how labels of words become entities.</summary>
public sealed record WordOptions
{
    /// <summary>Name of the configuration section.</summary>
    public const string Section = "StreamNer:Words";

    /// <summary>Stands alone in <see cref="IgnoreLabels"/> for nothing.</summary>
    public const string IgnoreNone = "-";

    private static readonly ImmutableHashSet<string> Outside = ["O"];

    /// <summary>Who cuts words. Default <see cref="WordSource.Pretokenizer"/>.</summary>
    public WordSource Source { get; init; } = WordSource.Pretokenizer;

    /// <summary>How the labels of pieces become tokens and entities. Default <see cref="Aggregation.Scheme"/>.</summary>
    public Aggregation Aggregation { get; init; } = Aggregation.Scheme;

    /// <summary>
    /// Labels of which no entity is reported: types as entities name them, with <see cref="Aggregation.None"/> full labels, with
    /// <see cref="Aggregation.Scheme"/> either, a full one for the entities that begin with it. Empty, the default, is <c>O</c> with the
    /// strategies of the reference, for which that is a type, and nothing with <see cref="Aggregation.Scheme"/>; <c>-</c> is nothing.
    /// Tokens keep their labels either way.
    /// </summary>
    public IReadOnlyList<string> IgnoreLabels { get; init; } = [];

    /// <summary>
    /// How the text is cleaned before it is cut. Default <see cref="CleanUp.Disabled"/>. Spans refer to the original text all the same.
    /// </summary>
    public CleanUp CleanUp { get; init; } = CleanUp.Disabled;

    /// <summary>How the labels of a text are chosen. Default <see cref="LabelDecoding.Auto"/>.</summary>
    public LabelDecoding Decoding { get; init; } = LabelDecoding.Auto;

    /// <summary>Whether results list the text's sentences. Default off.</summary>
    public bool Sentences { get; init; }

    /// <summary>The labels of which no entity is reported.</summary>
    internal ImmutableHashSet<string> Ignored =>
        IgnoreLabels.Count > 0 ? [.. IgnoreLabels] : Aggregation == Aggregation.Scheme ? [] : Outside;

    /// <summary>Says everything that is wrong with these values; empty when nothing is.</summary>
    public IEnumerable<string> Problems()
    {
        if (!Enum.IsDefined(Source))
            yield return $"{Section}:Source is {(int)Source}, it must be {string.Join(" or ", Enum.GetNames<WordSource>())}";
        if (!Enum.IsDefined(Aggregation))
        {
            yield return $"{Section}:Aggregation is {(int)Aggregation}, it must be one of "
                + $"{string.Join(", ", Enum.GetNames<Aggregation>())}";
        }

        if (!Enum.IsDefined(Decoding))
        {
            yield return $"{Section}:Decoding is {(int)Decoding}, it must be one of {string.Join(", ", Enum.GetNames<LabelDecoding>())}";
        }
        else if (Decoding is LabelDecoding.Constrained or LabelDecoding.Crf && Aggregation != Aggregation.Scheme)
        {
            yield return $"{Section}:Decoding is {Decoding}, which chooses labels of words; it needs {Section}:Aggregation = Scheme, "
                + $"not {Aggregation}";
        }

        if (!Enum.IsDefined(CleanUp))
            yield return $"{Section}:CleanUp is {(int)CleanUp}, it must be one of {string.Join(", ", Enum.GetNames<CleanUp>())}";
    }
}

/// <summary>Who says what a word is.</summary>
public enum WordSource
{
    /// <summary>The model's own tokenizer, over the whole text. The default.</summary>
    Pretokenizer,

    /// <summary>The <see cref="WordCutter"/>, whatever the model; its words are then cut into pieces one by one.</summary>
    Tokens,
}

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

/// <summary>How the labels of a text's words are chosen.</summary>
public enum LabelDecoding
{
    /// <summary>Each word has the label that the model is surest of.</summary>
    Argmax,

    /// <summary>The surest sequence that the label scheme spells: <c>O I-PER</c> and <c>B-LOC I-PER</c> can't come out.</summary>
    Constrained,

    /// <summary>The best sequence by the transitions that belong to the model, <c>crf.json</c> in its folder.</summary>
    Crf,

    /// <summary>
    /// What the model's folder says: <see cref="Crf"/> where it holds a <c>crf.json</c> and labels of words are read by the scheme, else
    /// <see cref="Argmax"/>. The default.
    /// </summary>
    Auto,
}

/// <summary>How the labels of pieces become tokens and entities.</summary>
/// <remarks>
/// All but <see cref="Scheme"/> follow the reference token-classification pipeline's <c>aggregation_strategy</c> of the same name: its
/// words, its grouping (a neighbour of the same type goes on unless its label begins with <c>B-</c>), its names (what follows a label's
/// last hyphen).
/// </remarks>
public enum Aggregation
{
    /// <summary>A word has the label of its first piece; entities follow the label scheme, BIO, BIOES or plain. The default.</summary>
    Scheme,

    /// <summary>Every piece is a token and an entity of its own, with the model's full label.</summary>
    None,

    /// <summary>Every piece is a token; neighbours of one type are an entity, so one may begin inside a word.</summary>
    Simple,

    /// <summary>A word has the label of its first piece.</summary>
    First,

    /// <summary>A word has the label of the highest mean probability over its pieces.</summary>
    Average,

    /// <summary>A word has the label of the piece that is surest.</summary>
    Max,
}

/// <summary>What whoever scores and decodes a document must know of the options. Immutable, any thread.</summary>
/// <param name="Aggregation">How the labels of pieces become tokens and entities.</param>
/// <param name="Ignored">Labels of which no entity is reported.</param>
/// <param name="Decoding">How the labels of a text are chosen; never <see cref="LabelDecoding.Auto"/>.</param>
internal sealed record DecodingRules(Aggregation Aggregation, ImmutableHashSet<string> Ignored, LabelDecoding Decoding)
{
    /// <summary>
    /// Most logits of one document that are kept until all of its windows are scored, 1 GiB: words times labels, where whole sequences are
    /// weighed.
    /// </summary>
    public const int MostLogits = 1 << 28;

    /// <summary>True where each piece gets a label and words don't count.</summary>
    public bool LabelsPieces => Aggregation is Aggregation.None or Aggregation.Simple;

    /// <summary>True where the scores of all labels are weighed; the best label of each piece and its probability do not do.</summary>
    public bool NeedsLogits => Aggregation == Aggregation.Average || Decoding != LabelDecoding.Argmax;

    /// <summary>The rules of options that nobody changed.</summary>
    public static DecodingRules Default { get; } = Create(new WordOptions());

    /// <summary>The rules that options ask for.</summary>
    /// <param name="options">What a word is, and how labels become entities.</param>
    /// <param name="hasTransitions">Whether the model's folder holds transitions.</param>
    public static DecodingRules Create(WordOptions options, bool hasTransitions = false) => new(
        options.Aggregation,
        options.Ignored,
        options.Decoding != LabelDecoding.Auto ? options.Decoding
            : hasTransitions && options.Aggregation == Aggregation.Scheme ? LabelDecoding.Crf
            : LabelDecoding.Argmax);
}
