using System.Collections.Immutable;

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

    private LabelScheme(ImmutableArray<string> labels, ImmutableArray<LabelMeaning> meanings)
    {
        Labels = labels;
        Meanings = meanings;
    }

    /// <summary>The labels as the model names them, by index.</summary>
    public ImmutableArray<string> Labels { get; }

    /// <summary>What each label means, by index.</summary>
    public ImmutableArray<LabelMeaning> Meanings { get; }

    /// <summary>Recognises the scheme of a model's labels.</summary>
    public static LabelScheme Of(ImmutableArray<string> labels)
    {
        var prefixed = labels.All(label => label == Outside || PartOf(label) is not null) && labels.Any(label => label != Outside);
        return new LabelScheme(labels, [.. labels.Select(label => Meaning(label, prefixed))]);
    }

    private static LabelMeaning Meaning(string label, bool prefixed) =>
        label == Outside ? new LabelMeaning(EntityPart.None, "")
        : prefixed ? new LabelMeaning(PartOf(label)!.Value, label[2..])
        : new LabelMeaning(EntityPart.Inside, label);

    private static EntityPart? PartOf(string label) => label.Length < 3 || label[1] is not ('-' or '_') ? null : label[0] switch
    {
        'B' => EntityPart.Begin,
        'I' or 'M' => EntityPart.Inside,
        'E' or 'L' => EntityPart.End,
        'S' or 'U' => EntityPart.Single,
        _ => null,
    };
}
