using System.Collections.Immutable;

namespace StreamNer.Tools.Evaluation;

/// <summary>An entity in a sentence of words.</summary>
/// <param name="Type">Its type.</param>
/// <param name="Start">Index of its first word.</param>
/// <param name="End">Index behind its last word.</param>
internal readonly record struct Chunk(string Type, int Start, int End);

/// <summary>Finds entities as seqeval's strict mode does: only what is spelt by the scheme counts, the rest is passed over.</summary>
/// <remarks>The rules are pairs of neighbouring labels, which seqeval's documentation of each scheme lists.</remarks>
internal static class StrictChunks
{
    private const string Any = "IOBESUL";

    private static readonly ImmutableDictionary<TagScheme, Rules> Schemes = new Dictionary<TagScheme, Rules>
    {
        [TagScheme.Iob1] = new(
            "IOB",
            Start: [new("O", "I"), new("I", "I", IsSame: false), new("B", "I"), new("I", "B", IsSame: true), new("B", "B", IsSame: true)],
            Inside: [new("B", "I", IsSame: true), new("I", "I", IsSame: true)],
            End: [new("I", "I", IsSame: false), new("I", "O"), new("I", "B"), new("B", "O"), new("B", "I", IsSame: false),
                new("B", "B", IsSame: true)]),
        [TagScheme.Bio2] = new(
            "IOB",
            Start: [new(Any, "B")],
            Inside: [new("B", "I", IsSame: true), new("I", "I", IsSame: true)],
            End: [new("I", "O"), new("I", "I", IsSame: false), new("I", "B"), new("B", "O"), new("B", "I", IsSame: false), new("B", "B")]),
        [TagScheme.Ioe2] = new(
            "IOE",
            Start: [new("O", "I"), new("O", "E"), new("E", "I"), new("E", "E"), new("I", "I", IsSame: false), new("I", "E", IsSame: false)],
            Inside: [new("I", "E", IsSame: true), new("I", "I", IsSame: true)],
            End: [new("E", Any)]),
        [TagScheme.Bioes] = new(
            "IOBES",
            Start: [new(Any, "BS")],
            Inside: [new("BI", "IE", IsSame: true)],
            End: [new("SE", Any)]),
        [TagScheme.Bilou] = new(
            "IOBLU",
            Start: [new(Any, "BU")],
            Inside: [new("BI", "IL", IsSame: true)],
            End: [new("UL", Any)]),
    }.ToImmutableDictionary();

    /// <summary>Whether a scheme has a prefix.</summary>
    public static bool Allows(TagScheme scheme, Tag tag) => Schemes[scheme].Prefixes.Contains(tag.Prefix, StringComparison.Ordinal);

    /// <summary>The entities of a sentence, in order.</summary>
    /// <param name="tags">Labels with prefixes that the scheme has.</param>
    /// <param name="scheme">Any but <see cref="TagScheme.Plain"/>.</param>
    public static IReadOnlyList<Chunk> Of(IReadOnlyList<Tag> tags, TagScheme scheme)
    {
        var rules = Schemes[scheme];
        List<Chunk> chunks = [];
        var previous = Tag.Outside;
        for (var at = 0; at < tags.Count;)
        {
            if (!Match(rules.Start, previous, tags[at]))
            {
                previous = tags[at++];
                continue;
            }

            var end = at + 1;
            while (end < tags.Count && Match(rules.Inside, tags[end - 1], tags[end]))
                end++;
            if (Match(rules.End, tags[end - 1], end < tags.Count ? tags[end] : Tag.Outside))
                chunks.Add(new Chunk(tags[at].Type, at, end));
            at = end;
            previous = tags[end - 1];
        }

        return chunks;
    }

    private static bool Match(ImmutableArray<Pair> pairs, Tag previous, Tag tag)
    {
        foreach (var pair in pairs)
        {
            if (pair.Previous.Contains(previous.Prefix, StringComparison.Ordinal)
                && pair.Next.Contains(tag.Prefix, StringComparison.Ordinal)
                && (pair.IsSame is null || pair.IsSame == (previous.Type == tag.Type)))
            {
                return true;
            }
        }

        return false;
    }

    private sealed record Rules(string Prefixes, ImmutableArray<Pair> Start, ImmutableArray<Pair> Inside, ImmutableArray<Pair> End);

    /// <summary>Two neighbours: prefixes of each, and whether their types are the same; null when it doesn't matter.</summary>
    private sealed record Pair(string Previous, string Next, bool? IsSame = null);
}

/// <summary>Finds entities as CoNLL's evaluation and seqeval's default mode do: what is broken is repaired, whatever the scheme.</summary>
/// <remarks>A label that can't go on with the word before begins an entity, so <c>I-PER</c> after <c>O</c> does.</remarks>
internal static class LenientChunks
{
    /// <summary>The entities of a sentence, in order.</summary>
    public static IReadOnlyList<Chunk> Of(IReadOnlyList<Tag> tags)
    {
        List<Chunk> chunks = [];
        var previous = Tag.Outside;
        var start = 0;
        for (var at = 0; at <= tags.Count; at++)
        {
            var tag = at == tags.Count ? Tag.Outside : Known(tags[at]);
            if (Ends(previous, tag))
                chunks.Add(new Chunk(previous.Type, start, at));
            if (Starts(previous, tag))
                start = at;
            previous = tag;
        }

        return chunks;
    }

    /// <summary>seqeval's default mode knows no BILOU: its letters are read as those that mean the same.</summary>
    private static Tag Known(Tag tag) => tag.Prefix switch
    {
        'L' => tag with { Prefix = 'E' },
        'U' => tag with { Prefix = 'S' },
        _ => tag,
    };

    private static bool Ends(Tag previous, Tag tag) => previous.Prefix switch
    {
        'O' => false,
        'E' or 'S' => true,
        _ => tag.Prefix is 'B' or 'S' or 'O' || previous.Type != tag.Type,
    };

    private static bool Starts(Tag previous, Tag tag) => tag.Prefix switch
    {
        'O' => false,
        'B' or 'S' => true,
        _ => previous.Prefix is 'E' or 'S' or 'O' || previous.Type != tag.Type,
    };
}
