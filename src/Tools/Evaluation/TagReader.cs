using System.Collections.Frozen;
using System.Collections.Immutable;
using StreamNer.Inference.Decoding;

namespace StreamNer.Tools.Evaluation;

/// <summary>Reads the labels of one side, data or model, as the stream reads a model's. Immutable.</summary>
internal sealed class TagReader
{
    private readonly FrozenDictionary<string, Tag> _tags;

    private TagReader(LabelScheme labels, TagScheme scheme)
    {
        Scheme = scheme;
        _tags = labels.Labels.Index().DistinctBy(label => label.Item)
            .ToFrozenDictionary(label => label.Item, label => TagOf(labels, label.Index), StringComparer.Ordinal);
        Unfit = scheme == TagScheme.Plain ? [] : [.. labels.Labels.Where((_, index) => labels.Prefixes[index] is null).Distinct()];
    }

    /// <summary>How the labels spell entities.</summary>
    public TagScheme Scheme { get; }

    /// <summary>Labels without a prefix where others have one.</summary>
    public ImmutableArray<string> Unfit { get; }

    /// <summary>The labels of a model.</summary>
    /// <param name="labels">One or more, by index.</param>
    /// <param name="asked">How somebody says that they are written; null recognises it.</param>
    public static TagReader OfModel(ImmutableArray<string> labels, TagScheme? asked = null)
    {
        var scheme = asked is { } named ? LabelScheme.Read(labels, named != TagScheme.Plain) : LabelScheme.Recognise(labels);
        return new TagReader(scheme, asked ?? SchemeOf(scheme));
    }

    /// <summary>The labels of a data set, whose order tells BIO2 from IOB1.</summary>
    /// <param name="sentences">All its sentences.</param>
    /// <param name="asked">How somebody says that they are written; null recognises it.</param>
    /// <param name="problem">What is wrong when some have prefixes and some have none, or of several schemes; else null.</param>
    public static TagReader OfData(IReadOnlyList<ConllSentence> sentences, TagScheme? asked, out string? problem)
    {
        problem = null;
        ImmutableArray<string> labels = [.. sentences.SelectMany(sentence => sentence.Tags).Distinct(StringComparer.Ordinal)];
        if (asked is { } named)
            return new TagReader(LabelScheme.Read(labels, named != TagScheme.Plain), named);

        var written = LabelScheme.Read(labels, hasPrefixes: true);
        var prefixed = Array.FindIndex([.. written.Prefixes], prefix => prefix is not (null or LabelScheme.OutsidePrefix));
        var read = new TagReader(written, SchemeOf(written));
        if (prefixed < 0)
            return new TagReader(LabelScheme.Read(labels, hasPrefixes: false), TagScheme.Plain);
        if (read.Unfit is [var plain, ..])
        {
            var line = sentences.First(sentence => sentence.Tags.Contains(plain)).Line;
            problem = $"sentence of line {line}: the label '{plain}' has no prefix, others such as '{labels[prefixed]}' have; "
                + "is it the right column?";
        }
        else if (written.Prefixes.Any(prefix => prefix is 'L' or 'U') && written.Prefixes.Any(prefix => prefix is 'E' or 'S'))
        {
            var letters = written.Prefixes.Where(prefix => prefix != LabelScheme.OutsidePrefix).Distinct().Order();
            problem = $"labels begin with {string.Join(", ", letters)}: no scheme has all of these";
        }

        return read.Scheme == TagScheme.Bio2 && BeginsAllInside(sentences, read) ? new TagReader(written, TagScheme.Iob1) : read;
    }

    /// <summary>Takes a label apart.</summary>
    /// <param name="label">One of those that this was made for.</param>
    public Tag Read(string label) => _tags[label];

    private static TagScheme SchemeOf(LabelScheme scheme) => Enum.Parse<TagScheme>(scheme.Name, ignoreCase: true);

    /// <summary>A label without a prefix goes on with its like; of a placeholder among prefixed ones there is no entity.</summary>
    private static Tag TagOf(LabelScheme scheme, int index) => scheme.Prefixes[index] switch
    {
        LabelScheme.OutsidePrefix => Tag.Outside,
        { } prefix => new Tag(prefix, scheme.Meanings[index].Type),
        null when scheme.Meanings[index].Part != EntityPart.None || scheme.IsTagger => new Tag('I', scheme.Labels[index]),
        null => Tag.Outside,
    };

    /// <summary>Whether every entity that doesn't follow one of its own type begins with <c>I</c>.</summary>
    private static bool BeginsAllInside(IReadOnlyList<ConllSentence> sentences, TagReader labels)
    {
        var isAny = false;
        foreach (var sentence in sentences)
        {
            var previous = Tag.Outside;
            foreach (var tag in sentence.Tags.Select(labels.Read))
            {
                if (tag.Prefix != 'O' && (previous.Prefix == 'O' || previous.Type != tag.Type))
                {
                    if (tag.Prefix == 'B')
                        return false;
                    isAny |= tag.Prefix == 'I';
                }

                previous = tag;
            }
        }

        return isAny;
    }
}
