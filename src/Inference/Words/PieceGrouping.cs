using System.Text;
using StreamNer.Inference.Tokenization;
using StreamNer.Inference.Tokenization.Pipeline;

namespace StreamNer.Inference.Words;

/// <summary>Says which pieces share one label, where that is something else than the tokenizer's words. Immutable, any thread.</summary>
/// <remarks>
/// The reference pipeline sees words through the pieces. Where a mark in a piece's name says that it goes on with a word (WordPiece), a
/// piece begins one when its name is as long as what it covers: so <c>##ing</c> goes on, but so does <c>다</c> of an uncased BERT, whose
/// name has two letters. For all other models a piece goes on with the word before unless a space (U+0020, no other blank) stands at its
/// start or in front of it. So <c>London.</c> is one word for RoBERTa and two for BERT. The unknown piece always begins a word.
/// </remarks>
internal sealed class PieceGrouping
{
    private readonly bool _eachPiece;
    private readonly bool _anyBlank;
    private readonly int? _unknown;
    private readonly int[]? _markedLengths;

    private PieceGrouping(bool eachPiece, bool anyBlank, int? unknown, int[]? markedLengths) =>
        (_eachPiece, _anyBlank, _unknown, _markedLengths) = (eachPiece, anyBlank, unknown, markedLengths);

    /// <summary>The grouping that options ask for; null when it is the tokenizer's words.</summary>
    public static PieceGrouping? Create(WordOptions options, IPieceTokenizer tokenizer)
    {
        if (options.Aggregation is Aggregation.None or Aggregation.Simple)
            return new PieceGrouping(eachPiece: true, anyBlank: false, unknown: null, markedLengths: null);
        if (options.Aggregation == Aggregation.Scheme || options.Source == WordSource.Tokens || tokenizer is not PipelineTokenizer pipeline)
            return null;

        // What a piece covers in the original is longer than its name where clean-up took something out.
        if (pipeline.MarkedLengths is not null && options.CleanUp != CleanUp.Disabled)
            return null;

        // A cleaned text has spaces where the original has other blanks.
        return new PieceGrouping(eachPiece: false, anyBlank: options.CleanUp != CleanUp.Disabled, pipeline.Unknown, pipeline.MarkedLengths);
    }

    /// <summary>Numbers the pieces of a text so that those that share a label have the same number, rising from 0.</summary>
    /// <param name="text">The text that the pieces' spans point into.</param>
    /// <param name="pieces">Its pieces.</param>
    /// <param name="count">How many of them.</param>
    public int[] Group(ReadOnlySpan<char> text, PieceBuffer pieces, int count)
    {
        var groups = new int[count];
        for (var i = 1; i < count; i++)
            groups[i] = groups[i - 1] + (_eachPiece || Begins(text, pieces.Ids[i], pieces.Starts[i], pieces.Ends[i]) ? 1 : 0);
        return groups;
    }

    private bool Begins(ReadOnlySpan<char> text, int id, int start, int end)
    {
        if (id == _unknown)
            return true;
        if (_markedLengths is not null)
            return _markedLengths[id] == CodePoints(text[start..end]);
        return start == 0 || IsBlank(text[start - 1]) || start < text.Length && IsBlank(text[start]);
    }

    private static int CodePoints(ReadOnlySpan<char> text)
    {
        var count = 0;
        while (!text.IsEmpty)
        {
            Rune.DecodeFromUtf16(text, out _, out var length);
            text = text[length..];
            count++;
        }

        return count;
    }

    private bool IsBlank(char c) => c == ' ' || _anyBlank && char.IsWhiteSpace(c);
}
