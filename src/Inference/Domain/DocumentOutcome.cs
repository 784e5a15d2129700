using System.Collections.Immutable;

namespace StreamNer.Inference.Domain;

/// <summary>What became of a document. A failure is a value, so that the record behind it still reaches its commit.</summary>
public abstract record DocumentOutcome
{
    private DocumentOutcome()
    {
    }

    /// <summary>The document was labelled.</summary>
    /// <param name="Entities">
    /// In order of their start; those of one model do not overlap, unless they are single pieces of one character.
    /// </param>
    /// <param name="Tokens">
    /// One for each word, or for each piece where the aggregation says so, in the text's order; those of several models one after the
    /// other.
    /// </param>
    /// <param name="Windows">
    /// How many pieces of the model's input length the document took, over all models; 0 for a text without words.
    /// </param>
    /// <param name="Truncated">True when the configuration allowed cutting and the text was cut.</param>
    public sealed record Labelled(ImmutableArray<Entity> Entities, ImmutableArray<LabelledToken> Tokens, int Windows, bool Truncated)
        : DocumentOutcome
    {
        /// <summary>The text's sentences without the blanks between them, in order; empty unless the configuration asks for them.</summary>
        public ImmutableArray<TextSpan> Sentences { get; init; } = [];

        /// <summary>Whether the model's labels are classes of words, as parts of speech are: it gives tokens and no entities.</summary>
        public bool IsTagger { get; init; }

        /// <summary>Whose tokens these are, in order; empty where one model labels alone.</summary>
        public ImmutableArray<ModelTokens> Models { get; init; } = [];

        /// <summary>A text in which there is nothing to label.</summary>
        public static Labelled Nothing { get; } = new([], [], Windows: 0, Truncated: false);
    }

    /// <summary>The document could not be labelled.</summary>
    /// <param name="Stage">Where.</param>
    /// <param name="Code">Why, from a closed list.</param>
    /// <param name="Message">Why, for a person: names the value and the limit, never the document's text.</param>
    /// <param name="Attempts">How often it was tried, 1 or more.</param>
    public sealed record Failed(FailureStage Stage, FailureCode Code, string Message, int Attempts = 1) : DocumentOutcome;
}
