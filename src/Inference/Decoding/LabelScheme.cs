using System.Collections.Immutable;
using System.Text.RegularExpressions;
using StreamNer.Inference.Words;

namespace StreamNer.Inference.Decoding;

/// <summary>What a model's labels mean: which start an entity, which go on with one, which stand outside. Immutable, any thread.</summary>
/// <remarks>
/// <para>Read from <c>id2label</c>, label by label, once it is clear how most of them are written:</para>
/// <list type="bullet">
/// <item>with a prefix: BIO (<c>B-PER</c>, <c>I-PER</c>), BIOES and BILOU (<c>E-</c>/<c>L-</c> end, <c>S-</c>/<c>U-</c> single), IO
/// (<c>I-</c> alone), the same behind the type (<c>PER-B</c>), or bare (<c>B</c>), whose type is <c>_</c>;</item>
/// <item>without: each label is a type, and goes on with a neighbour of the same label. A label such as <c>I-BEAM</c> among those is
/// whole.</item>
/// </list>
/// <para>
/// <c>O</c> and <c>0</c> stand outside. The signs of the tokenizer (<c>[CLS]</c>, <c>&lt;pad&gt;</c>), and among labels with a prefix
/// placeholders such as <c>X</c>, start nothing. Labels without prefix and without an outside one (<c>NOUN</c>, <c>VERB</c>) give every
/// word a class, as parts of speech do: the model is a tagger. Its tokens are the result, runs of equal labels are no entities.
/// </para>
/// </remarks>
public sealed partial class LabelScheme
{
    /// <summary>Type of entities whose labels name none: what seqeval calls them.</summary>
    public const string NoType = "_";

    /// <summary>What stands in <see cref="Prefixes"/> for a label that stands outside.</summary>
    internal const char OutsidePrefix = 'O';

    private const string Outside = "O";

    private static readonly HashSet<string> Placeholders =
        new(
            ["X", "_", "PAD", "CLS", "SEP", "UNK", "MASK", "START", "STOP", "NULL", "NONE", "OUT", "OUTSIDE"],
            StringComparer.OrdinalIgnoreCase);

    private readonly bool _isTagger;
    private readonly ImmutableArray<LabelMeaning> _referenceMeanings;
    private readonly ImmutableArray<LabelMeaning> _pieceMeanings;

    private LabelScheme(ImmutableArray<string> labels, Writing writing)
    {
        Labels = labels;
        var outside = labels.Where(label => IsOutside(label, labels)).ToImmutableHashSet();
        _isTagger = writing == Writing.Plain && outside.IsEmpty;
        Unseen = labels.Contains(Outside) ? Outside : labels.FirstOrDefault(outside.Contains, labels[0]);
        var misfits = ImmutableArray.CreateBuilder<string>();
        Meanings = [.. labels.Select(label => _isTagger || outside.Contains(label) ? default : Meaning(label, writing, misfits))];
        Misfits = misfits.ToImmutable();
        Prefixes = [.. labels.Select(label => outside.Contains(label) ? OutsidePrefix : PrefixOf(label, writing))];
        _referenceMeanings = [.. labels.Select(ReferenceMeaning)];
        _pieceMeanings = [.. labels.Select(label => new LabelMeaning(EntityPart.Single, label, label))];
        Name = NameOf(Prefixes, writing);
    }

    private enum Writing
    {
        Plain,
        Prefix,
        Suffix,
    }

    /// <summary>The labels as the model names them, by index.</summary>
    public ImmutableArray<string> Labels { get; }

    /// <summary>
    /// The scheme as users name it: <c>bio2</c>, <c>iob1</c> (no begin labels), <c>ioe2</c>, <c>bioes</c>, <c>bilou</c>, <c>plain</c>.
    /// </summary>
    public string Name { get; }

    /// <summary>Which labels don't fit the scheme, each with what it is taken for; empty when all do.</summary>
    public ImmutableArray<string> Misfits { get; }

    /// <summary>What each label means, by index; those of a tagger are outside of any entity.</summary>
    internal ImmutableArray<LabelMeaning> Meanings { get; }

    /// <summary>
    /// The letter that each label's prefix has, one of <c>B I E S L U</c>, by index; <see cref="OutsidePrefix"/> outside, null for a label
    /// without.
    /// </summary>
    internal ImmutableArray<char?> Prefixes { get; }

    /// <summary>The label of a word that the model didn't see: what stands outside, or the first one of a model without such.</summary>
    public string Unseen { get; }

    /// <summary>Whether the labels are classes of words, so that tokens are the result and entities are not.</summary>
    public bool IsTagger => _isTagger;

    /// <summary>The transition scores that were learned with the model; null when it has none.</summary>
    internal LabelTransitions? Learned { get; private init; }

    /// <summary>Scores that forbid sequences which the scheme doesn't spell.</summary>
    internal LabelTransitions Spelling => field ??= LabelTransitions.FromScheme(this);

    /// <summary>What is wrong with the names themselves; null when nothing is.</summary>
    public string? Warning => Labels.All(label => GeneratedName().IsMatch(label))
        ? $"the labels {Labels[0]}{(Labels.Length > 1 ? $" to {Labels[^1]}" : "")} are placeholders: config.json was exported without "
            + "id2label; write the names there that the model was trained with"
        : null;

    /// <summary>Recognises the scheme of a model's labels.</summary>
    /// <param name="labels">One or more, by index.</param>
    public static LabelScheme Recognise(ImmutableArray<string> labels) => Recognise(labels, learned: null);

    /// <summary>Recognises the scheme of a model's labels.</summary>
    /// <param name="labels">One or more, by index.</param>
    /// <param name="learned">The transition scores that were learned with the model; null when it has none.</param>
    internal static LabelScheme Recognise(ImmutableArray<string> labels, LabelTransitions? learned) =>
        new(labels, WritingOf(labels)) { Learned = learned };

    /// <summary>Reads labels as somebody says that they are written.</summary>
    /// <param name="labels">One or more, by index.</param>
    /// <param name="hasPrefixes">Whether prefixes, in front or behind, are taken off; else each label is a type.</param>
    internal static LabelScheme Read(ImmutableArray<string> labels, bool hasPrefixes) =>
        new(labels, !hasPrefixes ? Writing.Plain : WritingOf(labels) is var writing and not Writing.Plain ? writing : Writing.Prefix);

    /// <summary>
    /// Whether tokens are the result and entities are not. The strategies of the reference pipeline report entities of any model.
    /// </summary>
    internal bool IsTaggerFor(Aggregation aggregation) => _isTagger && aggregation == Aggregation.Scheme;

    /// <summary>What entities can be called, in order; none of a tagger whose tokens are the result.</summary>
    public ImmutableSortedSet<string> EntityNames(Aggregation aggregation) =>
        MeaningsFor(aggregation).Select(meaning => meaning.Name).Where(name => !string.IsNullOrEmpty(name))
            .ToImmutableSortedSet(StringComparer.Ordinal);

    /// <summary>What each label means, by index.</summary>
    internal ImmutableArray<LabelMeaning> MeaningsFor(Aggregation aggregation) => aggregation switch
    {
        Aggregation.Scheme => Meanings,
        Aggregation.None => _pieceMeanings,
        _ => _referenceMeanings,
    };

    /// <summary>Says which of the options don't fit the labels; empty when all do.</summary>
    /// <param name="options">What a word is.</param>
    /// <param name="at">Name of their configuration section.</param>
    public IEnumerable<string> Problems(WordOptions options, string at = WordOptions.Section)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Decoding == LabelDecoding.Crf && Learned is null)
        {
            yield return $"{at}:Decoding is {options.Decoding}, but the model folder has no {LabelTransitions.FileName} with learned "
                + $"transitions; add it, or take {LabelDecoding.Constrained}";
        }

        if (options.Decoding is LabelDecoding.Constrained or LabelDecoding.Crf && Labels.Length > LabelTransitions.MaxLabels)
        {
            yield return $"{at}:Decoding is {options.Decoding}, the model has {Labels.Length} labels, which is more than the "
                + $"{LabelTransitions.MaxLabels} whose sequences are scored; take {LabelDecoding.Argmax}";
        }

        var types = EntityNames(options.Aggregation);
        var known = options.Aggregation == Aggregation.Scheme ? types.Union(Labels) : types;
        foreach (var name in options.IgnoreLabels.Where(name => name != WordOptions.IgnoreNone && !known.Contains(name)))
        {
            yield return $"{at}:IgnoreLabels names '{name}', which is no label of the model: it has "
                + $"{string.Join(", ", types.Take(20))}; "
                + $"'{WordOptions.IgnoreNone}' alone ignores nothing";
        }
    }

    private static Writing WritingOf(ImmutableArray<string> labels)
    {
        string[] named = [.. labels.Where(label => !IsOutside(label, labels) && !IsSign(label) && !Placeholders.Contains(label))];
        var bare = labels.Contains("B") || labels.Contains("S") || labels.Contains("U")
            || (labels.Contains("I") && labels.Contains(Outside));
        var prefixed = named.Count(label => Prefixed(label, bare) is not null);
        var suffixed = named.Count(label => Prefixed(label, bare) is null && Suffixed(label) is not null);
        return prefixed * 2 > named.Length ? Writing.Prefix : suffixed * 2 > named.Length ? Writing.Suffix : Writing.Plain;
    }

    private static LabelMeaning Meaning(string label, Writing writing, ImmutableArray<string>.Builder misfits)
    {
        var part = writing switch
        {
            Writing.Prefix => Prefixed(label, bare: true),
            Writing.Suffix => Suffixed(label) ?? Prefixed(label, bare: true),
            _ => null,
        };
        if (part is { } read)
            return new LabelMeaning(read.Part, read.Type, read.Type);
        if (IsSign(label) || (writing != Writing.Plain && Placeholders.Contains(label)))
        {
            misfits.Add($"{label} is a placeholder and starts no entity");
            return default;
        }

        if (writing != Writing.Plain)
            misfits.Add($"{label} does not say where an entity begins: neighbours of this label are one");
        return new LabelMeaning(EntityPart.Inside, label, label);
    }

    /// <summary>
    /// The reference pipeline knows <c>B-</c> and <c>I-</c> and takes every other label whole; <c>O</c> is a type among others.
    /// </summary>
    private static LabelMeaning ReferenceMeaning(string label)
    {
        var part = label.StartsWith("B-", StringComparison.Ordinal) ? EntityPart.Begin : EntityPart.Inside;
        var type = part == EntityPart.Begin || label.StartsWith("I-", StringComparison.Ordinal) ? label[2..] : label;
        return new LabelMeaning(part, type, type[(type.LastIndexOf('-') + 1)..]);
    }

    private static string NameOf(ImmutableArray<char?> prefixes, Writing writing) =>
        writing == Writing.Plain ? "plain"
        : prefixes.Contains('L') || prefixes.Contains('U') ? "bilou"
        : prefixes.Contains('S') || (prefixes.Contains('B') && prefixes.Contains('E')) ? "bioes"
        : prefixes.Contains('E') ? "ioe2"
        : prefixes.Contains('B') ? "bio2"
        : "iob1";

    private static char? PrefixOf(string label, Writing writing)
    {
        char? letter = writing switch
        {
            Writing.Suffix when Suffixed(label) is not null => label[^1],
            Writing.Prefix or Writing.Suffix when Prefixed(label, bare: true) is not null => label[0],
            _ => null,
        };

        // BMES writes M for what everybody else calls inside.
        return letter is { } written ? char.ToUpperInvariant(written) is var upper and not 'M' ? upper : 'I' : null;
    }

    private static (EntityPart Part, string Type)? Prefixed(string label, bool bare)
    {
        if (label.Length == 0 || PartOf(label[0]) is not { } part)
            return null;
        if (label.Length == 1)
            return bare ? (part, NoType) : null;
        return label[1] is '-' or '_' ? (part, label.Length == 2 ? NoType : label[2..]) : null;
    }

    private static (EntityPart Part, string Type)? Suffixed(string label) =>
        label.Length > 2 && label[^2] is '-' or '_' && PartOf(label[^1]) is { } part ? (part, label[..^2]) : null;

    private static EntityPart? PartOf(char letter) => letter switch
    {
        'B' or 'b' => EntityPart.Begin,
        'I' or 'i' or 'M' or 'm' => EntityPart.Inside,
        'E' or 'e' or 'L' or 'l' => EntityPart.End,
        'S' or 's' or 'U' or 'u' => EntityPart.Single,
        _ => null,
    };

    /// <summary>
    /// Numbers alone are classes, so <c>0</c> stands outside only among names; <c>o</c> does only beside labels with a prefix.
    /// </summary>
    private static bool IsOutside(string label, ImmutableArray<string> labels) =>
        label == Outside
        || (label == "0" && labels.Any(other => !other.All(char.IsAsciiDigit)))
        || (label == "o" && !labels.Contains(Outside)
            && labels.Any(other => Prefixed(other, bare: false) is not null || Suffixed(other) is not null));

    /// <summary>The tokenizer's own: in brackets.</summary>
    private static bool IsSign(string label) => label.Length > 2 && (label[0], label[^1]) is ('[', ']') or ('<', '>');

    [GeneratedRegex("^LABEL_[0-9]+$")]
    private static partial Regex GeneratedName();
}

/// <summary>What one label says of its token.</summary>
/// <param name="Part">Which part of an entity the token is.</param>
/// <param name="Type">The entity's type; empty or null outside. Only what is of the same type goes on.</param>
/// <param name="Name">How the entity is called, mostly its type.</param>
internal readonly record struct LabelMeaning(EntityPart Part, string Type, string Name);

/// <summary>Which part of an entity a token is.</summary>
internal enum EntityPart
{
    /// <summary>Outside of any.</summary>
    None,

    /// <summary>Its first token.</summary>
    Begin,

    /// <summary>A token after the first; the first one where nothing of its type stands before.</summary>
    Inside,

    /// <summary>Its last token.</summary>
    End,

    /// <summary>Its only token.</summary>
    Single,
}
