using System.Collections.Immutable;

namespace StreamNer.Inference.Domain;

/// <summary>A text to be labelled. Immutable, any thread.</summary>
/// <param name="Id">Says which document this is; two documents of one batch may share an id.</param>
/// <param name="Text">The original text. Every span of the result points into it. May hold any UTF-16, lone surrogates included.</param>
public sealed record Document(DocumentId Id, string Text)
{
    /// <summary>
    /// The text's words, where somebody has cut it before: in order, without overlap, inside the text. Each gets one label and is encoded
    /// by itself; what lies between them is not read. Null, the default, leaves the cutting to the configuration.
    /// </summary>
    /// <exception cref="ArgumentException">A word lies before the end of the one in front of it, or outside of the text.</exception>
    public ImmutableArray<TextSpan>? Words
    {
        get;
        init
        {
            var end = 0;
            foreach (var word in value.GetValueOrDefault([]))
            {
                if (word.Start < end || word.End > Text.Length)
                {
                    throw new ArgumentException($"the word {word} must lie between {end}, where the one before it ends, and "
                        + $"{Text.Length}, where the text ends", nameof(value));
                }

                end = word.End;
            }

            field = value;
        }
    }

    /// <summary>Makes a document of words, with one blank between two of them.</summary>
    /// <param name="id">Says which document this is.</param>
    /// <param name="words">The words in order; an empty one gets a label too, that of what is outside.</param>
    public static Document OfWords(DocumentId id, IReadOnlyList<string> words)
    {
        ArgumentNullException.ThrowIfNull(words);
        var spans = ImmutableArray.CreateBuilder<TextSpan>(words.Count);
        var start = 0;
        foreach (var word in words)
        {
            spans.Add(new TextSpan(start, start + word.Length));
            start += word.Length + 1;
        }

        return new Document(id, string.Join(' ', words)) { Words = spans.MoveToImmutable() };
    }
}

/// <summary>Identifies a document: a CloudEvent's id, an id of the user's, or <c>topic/partition/offset</c>.</summary>
public readonly record struct DocumentId
{
    /// <summary>Makes an id.</summary>
    /// <exception cref="ArgumentException"><paramref name="value"/> is empty or white space.</exception>
    public DocumentId(string value)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(value);
        Value = value;
    }

    /// <summary>The id as text.</summary>
    /// <exception cref="InvalidOperationException">The id is <c>default</c>, which is not an id.</exception>
    public string Value => field ?? throw new InvalidOperationException("default(DocumentId) is not an id");

    /// <inheritdoc/>
    public override string ToString() => Value;
}
