using System.Collections.Immutable;
using StreamNer.Inference.Words;

namespace StreamNer.Inference.Decoding;

/// <summary>What a model's labels mean: which start an entity, which go on with one, which stand outside.</summary>
/// <remarks>
/// Recognised from <c>id2label</c>: BIO (<c>B-PER</c>, <c>I-PER</c>), BIOES and BILOU (<c>E-</c>/<c>L-</c> end, <c>S-</c>/<c>U-</c> single), IO
/// (<c>I-</c> alone), and labels without prefix (<c>PER</c>, <c>NOUN</c>), which go on with a neighbour of the same label. <c>O</c> stands
/// outside. Prefixes count only when every label other than <c>O</c> has one, so that a label such as <c>I-BEAM</c> among plain ones stays whole.
/// </remarks>
internal sealed class LabelScheme
{
    private const string Outside = "O";

    private readonly ImmutableArray<LabelMeaning> _meanings;
    private readonly ImmutableArray<LabelMeaning> _referenceMeanings;
    private readonly ImmutableArray<LabelMeaning> _pieceMeanings;

    private LabelScheme(ImmutableArray<string> labels, bool prefixed)
    {
        Labels = labels;
        _meanings = [.. labels.Select(label => Meaning(label, prefixed))];
        _referenceMeanings = [.. labels.Select(ReferenceMeaning)];
        _pieceMeanings = [.. labels.Select(label => new LabelMeaning(EntityPart.Single, label, label))];
    }

    /// <summary>The labels as the model names them, by index.</summary>
    public ImmutableArray<string> Labels { get; }

    /// <summary>The label of a word that the model didn't see: <c>O</c>, or the first one of a model without it.</summary>
    public string Unseen => Labels.Contains(Outside) ? Outside : Labels[0];

    /// <summary>Recognises the scheme of a model's labels.</summary>
    public static LabelScheme Of(ImmutableArray<string> labels)
    {
        var prefixed = labels.All(label => label == Outside || PartOf(label) is not null) && labels.Any(label => label != Outside);
        return new LabelScheme(labels, prefixed);
    }

    /// <summary>What each label means, by index.</summary>
    public ImmutableArray<LabelMeaning> MeaningsFor(Aggregation aggregation) => aggregation switch
    {
        Aggregation.Scheme => _meanings,
        Aggregation.None => _pieceMeanings,
        _ => _referenceMeanings,
    };

    /// <summary>The reference pipeline knows <c>B-</c> and <c>I-</c> and takes every other label whole; <c>O</c> is a type among others.</summary>
    private static LabelMeaning ReferenceMeaning(string label)
    {
        var part = label.StartsWith("B-", StringComparison.Ordinal) ? EntityPart.Begin : EntityPart.Inside;
        var type = part == EntityPart.Begin || label.StartsWith("I-", StringComparison.Ordinal) ? label[2..] : label;
        return new LabelMeaning(part, type, type[(type.LastIndexOf('-') + 1)..]);
    }

    private static LabelMeaning Meaning(string label, bool prefixed) =>
        label == Outside ? new LabelMeaning(EntityPart.None, "", "")
        : prefixed ? new LabelMeaning(PartOf(label)!.Value, label[2..], label[2..])
        : new LabelMeaning(EntityPart.Inside, label, label);

    private static EntityPart? PartOf(string label) => label.Length < 3 || label[1] is not ('-' or '_') ? null : label[0] switch
    {
        'B' => EntityPart.Begin,
        'I' or 'M' => EntityPart.Inside,
        'E' or 'L' => EntityPart.End,
        'S' or 'U' => EntityPart.Single,
        _ => null,
    };
}
