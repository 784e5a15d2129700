namespace StreamNer.Tools.Evaluation;

/// <summary>Recognises by which scheme labels were written.</summary>
internal static class SchemeFinder
{
    /// <summary>The scheme of a model, by the set of its labels.</summary>
    public static TagScheme OfModel(IReadOnlyCollection<string> labels)
    {
        // A label such as I-BEAM among plain ones is no prefix.
        if (labels.Any(label => Tag.Of(label) is null) || labels.All(label => label == "O"))
            return TagScheme.Plain;
        var prefixes = labels.Select(label => Tag.Of(label)!.Value.Prefix).Where(prefix => prefix != 'O').ToHashSet();
        return ByPrefixes(prefixes) ?? (prefixes.Contains('B') ? TagScheme.Bio2 : TagScheme.Iob1);
    }

    /// <summary>The scheme of a data set, by its labels in their order.</summary>
    /// <param name="sentences">All its sentences.</param>
    /// <param name="problem">What is wrong when prefixes of several schemes occur; else null.</param>
    public static TagScheme OfData(IReadOnlyList<ConllSentence> sentences, out string? problem)
    {
        problem = null;
        HashSet<char> prefixes = [];
        var (plain, prefixed, plainLine) = ("", "", 0);
        var (begun, goneOn) = (0, 0);
        foreach (var sentence in sentences)
        {
            var previous = Tag.Outside;
            for (var word = 0; word < sentence.Tags.Count; word++)
            {
                var label = sentence.Tags[word];
                if (Tag.Of(label) is not { } tag)
                {
                    (plain, plainLine) = plain.Length > 0 ? (plain, plainLine) : (label, sentence.Line);
                    continue;
                }

                if (tag.Prefix != 'O')
                {
                    prefixed = label;
                    prefixes.Add(tag.Prefix);

                    // Entities that don't follow one of their own type tell BIO2 from IOB1.
                    var isFirst = previous.Prefix == 'O' || previous.Type != tag.Type;
                    begun += isFirst && tag.Prefix == 'B' ? 1 : 0;
                    goneOn += isFirst && tag.Prefix == 'I' ? 1 : 0;
                }

                previous = tag;
            }
        }

        if (plain.Length > 0 && prefixed.Length > 0)
        {
            problem = $"sentence of line {plainLine}: the label '{plain}' has no prefix, others such as '{prefixed}' "
                + $"have; is it the right column?";
        }
        else if (prefixes.Overlaps("LU") && prefixes.Overlaps("ES"))
        {
            problem = $"labels begin with {string.Join(", ", prefixes.Order())}: no scheme has all of these";
        }

        if (plain.Length > 0 || prefixed.Length == 0)
            return TagScheme.Plain;
        return ByPrefixes(prefixes) ?? (goneOn > 0 && begun == 0 ? TagScheme.Iob1 : TagScheme.Bio2);
    }

    /// <summary>Null for those with <c>B</c> and <c>I</c> alone, which two schemes share.</summary>
    private static TagScheme? ByPrefixes(HashSet<char> prefixes) =>
        prefixes.Overlaps("LU") ? TagScheme.Bilou
        : prefixes.Contains('S') || prefixes.Contains('B') && prefixes.Contains('E') ? TagScheme.Bioes
        : prefixes.Contains('E') ? TagScheme.Ioe2
        : null;
}
