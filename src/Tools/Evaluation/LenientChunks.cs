namespace StreamNer.Tools.Evaluation;

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
