using StreamNer.Inference.Tokenization;
using StreamNer.Inference.Tokenization.Subwords;

namespace StreamNer.Inference.Words;

/// <summary>Says which pieces share one label, where that is something else than the tokenizer's words. Immutable, any thread.</summary>
/// <remarks>
/// The reference pipeline sees words through the pieces: WordPiece marks those that go on with a word; for all other models a piece goes on
/// with the word before unless a space (U+0020, no other blank) stands at its start or in front of it, or it is the unknown piece. So
/// <c>London.</c> is one word for RoBERTa and two for BERT.
/// </remarks>
internal sealed class PieceGrouping
{
    private readonly bool _eachPiece;
    private readonly bool _anyBlank;
    private readonly int? _unknown;

    private PieceGrouping(bool eachPiece, bool anyBlank, int? unknown) => (_eachPiece, _anyBlank, _unknown) = (eachPiece, anyBlank, unknown);

    /// <summary>The grouping that options ask for; null when it is the tokenizer's words.</summary>
    public static PieceGrouping? Of(WordOptions options, IPieceTokenizer tokenizer)
    {
        if (options.Aggregation is Aggregation.None or Aggregation.Simple)
            return new PieceGrouping(eachPiece: true, anyBlank: false, unknown: null);
        if (options.Aggregation == Aggregation.Scheme || options.Source == WordSource.Tokens || tokenizer is not PipelineTokenizer pipeline)
            return null;

        // A cleaned text has spaces where the original has other blanks.
        var anyBlank = options.CleanUp != CleanUp.Disabled;
        return pipeline.Model switch
        {
            WordPieceModel or PackageWordPieceModel => null,
            UnigramModel unigram => new PieceGrouping(eachPiece: false, anyBlank, unigram.Unknown),
            CharacterBpeModel bpe => new PieceGrouping(eachPiece: false, anyBlank, bpe.Unknown),
            _ => new PieceGrouping(eachPiece: false, anyBlank, unknown: null),
        };
    }

    /// <summary>Numbers the pieces of a text so that those that share a label have the same number, rising from 0.</summary>
    /// <param name="text">The text that the pieces' spans point into.</param>
    /// <param name="pieces">Its pieces.</param>
    /// <param name="count">How many of them.</param>
    public int[] Group(ReadOnlySpan<char> text, PieceBuffer pieces, int count)
    {
        var groups = new int[count];
        for (var i = 1; i < count; i++)
            groups[i] = groups[i - 1] + (_eachPiece || Begins(text, pieces.Ids[i], pieces.Starts[i]) ? 1 : 0);
        return groups;
    }

    private bool Begins(ReadOnlySpan<char> text, int id, int start) =>
        id == _unknown || start == 0 || IsBlank(text[start - 1]) || start < text.Length && IsBlank(text[start]);

    private bool IsBlank(char c) => c == ' ' || _anyBlank && char.IsWhiteSpace(c);
}
