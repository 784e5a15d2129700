using System.Collections.Immutable;

namespace StreamNer.Inference.Words;

/// <summary>What whoever scores and decodes a document must know of the options. Immutable, any thread.</summary>
/// <param name="Aggregation">How the labels of pieces become tokens and entities.</param>
/// <param name="Ignored">Labels of which no entity is reported.</param>
internal sealed record DecodingRules(Aggregation Aggregation, ImmutableHashSet<string> Ignored)
{
    /// <summary>True where each piece gets a label and words don't count.</summary>
    public bool LabelsPieces => Aggregation is Aggregation.None or Aggregation.Simple;

    /// <summary>The rules of options that nobody changed.</summary>
    public static DecodingRules Default { get; } = Of(new WordOptions());

    /// <summary>The rules that options ask for.</summary>
    public static DecodingRules Of(WordOptions options) => new(options.Aggregation, options.Ignored);
}
