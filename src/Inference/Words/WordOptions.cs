using System.Collections.Immutable;

namespace StreamNer.Inference.Words;

/// <summary>What a word is, and how labels of words become entities.</summary>
public sealed record WordOptions
{
    /// <summary>Name of the configuration section.</summary>
    public const string Section = "StreamNer:Words";

    private static readonly ImmutableHashSet<string> Outside = ["O"];

    /// <summary>Who cuts words. Default <see cref="WordSource.Pretokenizer"/>.</summary>
    public WordSource Source { get; init; } = WordSource.Pretokenizer;

    /// <summary>How the labels of pieces become tokens and entities. Default <see cref="Aggregation.Scheme"/>.</summary>
    public Aggregation Aggregation { get; init; } = Aggregation.Scheme;

    /// <summary>
    /// Labels of which no entity is reported: types as entities name them, with <see cref="Aggregation.None"/> full labels.
    /// Empty, the default, is <c>O</c>; to report all, name one that the model lacks. Tokens keep their labels either way.
    /// </summary>
    public IReadOnlyList<string> IgnoreLabels { get; init; } = [];

    /// <summary>How the text is cleaned before it is cut. Default <see cref="CleanUp.Disabled"/>. Spans refer to the original text all the same.</summary>
    public CleanUp CleanUp { get; init; } = CleanUp.Disabled;

    /// <summary>Whether results list the text's sentences. Default off.</summary>
    public bool Sentences { get; init; }

    /// <summary>The labels of which no entity is reported.</summary>
    internal ImmutableHashSet<string> Ignored => IgnoreLabels.Count == 0 ? Outside : [.. IgnoreLabels];

    /// <summary>Says everything that is wrong with these values; empty when nothing is.</summary>
    public IEnumerable<string> Problems()
    {
        if (!Enum.IsDefined(Source))
            yield return $"{Section}:Source is {(int)Source}, it must be {string.Join(" or ", Enum.GetNames<WordSource>())}";
        if (!Enum.IsDefined(Aggregation))
            yield return $"{Section}:Aggregation is {(int)Aggregation}, it must be one of {string.Join(", ", Enum.GetNames<Aggregation>())}";
        if (!Enum.IsDefined(CleanUp))
            yield return $"{Section}:CleanUp is {(int)CleanUp}, it must be one of {string.Join(", ", Enum.GetNames<CleanUp>())}";
    }
}
