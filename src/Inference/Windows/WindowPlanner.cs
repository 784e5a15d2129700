using System.Collections.Immutable;
using StreamNer.Inference.Domain;

namespace StreamNer.Inference.Windows;

/// <summary>Cuts a long document into overlapping windows, at sentence ends where it can, at word borders otherwise.</summary>
/// <remarks>
/// Invariants, held by <c>WindowPlannerTests</c>: the windows cover every piece; every word has exactly one window that answers for it,
/// and that window holds the word's first piece; two neighbours split what they share in the middle, so that a word is answered for by
/// the window in which it stands further from the border. Only a word longer than a window is cut inside.
/// </remarks>
/// <param name="capacity">Most pieces of a window, special ones not included; 1 or more.</param>
/// <param name="overlap">Pieces that neighbours share, about; less than half of <paramref name="capacity"/>.</param>
internal sealed class WindowPlanner(int capacity, int overlap)
{
    public int Capacity { get; } = capacity >= 1
        ? capacity
        : throw new ArgumentOutOfRangeException(nameof(capacity), capacity, "a window must hold a piece");

    private int Overlap { get; } = overlap >= 0 && (overlap == 0 || overlap * 2 < capacity)
        ? overlap
        : throw new ArgumentOutOfRangeException(nameof(overlap), overlap, $"must be less than half of the capacity {capacity}");

    /// <summary>Plans the windows of one document.</summary>
    /// <param name="pieceCount">Number of pieces, special ones not included.</param>
    /// <param name="words">The document's words, between which it is cut.</param>
    /// <param name="units">What the windows answer for: the words, or smaller or larger groups of pieces.</param>
    /// <param name="sentences">The document's sentences, in order; not looked at when one window holds it all.</param>
    /// <returns>The windows in the text's order; none for a document without pieces.</returns>
    public IReadOnlyList<WindowRange> Plan(int pieceCount, WordColumns words, WordColumns units, ImmutableArray<TextSpan> sentences)
    {
        if (pieceCount == 0)
            return [];
        if (pieceCount <= Capacity)
            return [new WindowRange(0, pieceCount, 0, units.Count)];

        List<WindowRange> windows = [];
        var start = 0;
        var firstWord = 0;
        while (true)
        {
            var end = start + Capacity;
            if (end >= pieceCount)
            {
                windows.Add(new WindowRange(start, pieceCount - start, firstWord, units.Count - firstWord));
                return windows;
            }

            end = CutBefore(words, sentences, start, end);
            var next = StartOfNext(words, start, end);
            var nextWord = units.FirstWordFrom(next + (end - next + 1) / 2);
            windows.Add(new WindowRange(start, end - start, firstWord, nextWord - firstWord));
            (start, firstWord) = (next, nextWord);
        }
    }

    /// <summary>The last sentence end in the window's last quarter, else its last word border, else the limit itself.</summary>
    private int CutBefore(WordColumns words, ImmutableArray<TextSpan> sentences, int start, int limit)
    {
        var earliest = limit - Capacity / 4;
        var word = words.FirstWordFrom(limit);
        if (word < words.Count && words.FirstPieces[word] == limit && BeginsSentence(words, sentences, word))
            return limit;

        var border = word < words.Count && words.FirstPieces[word] == limit ? limit : -1;
        for (var w = word - 1; w > 0 && words.FirstPieces[w] > start + Capacity / 2; w--)
        {
            var piece = words.FirstPieces[w];
            if (border < 0)
                border = piece;
            if (piece < earliest)
                break;
            if (BeginsSentence(words, sentences, w))
                return piece;
        }

        return border < 0 ? limit : border;
    }

    /// <summary>True when a sentence begins with a word, or in the gap before it.</summary>
    private static bool BeginsSentence(WordColumns words, ImmutableArray<TextSpan> sentences, int word)
    {
        if (word == 0)
            return false;
        var (after, until) = (words.Span(word - 1).End, words.Span(word).Start);
        var (low, high) = (0, sentences.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (sentences[middle].Start < after)
                low = middle + 1;
            else
                high = middle;
        }

        return low < sentences.Length && sentences[low].Start <= until;
    }

    /// <summary>The first word border inside the overlap; inside an endless word, the overlap's start itself.</summary>
    private int StartOfNext(WordColumns words, int start, int end)
    {
        var wanted = Math.Max(end - Overlap, start + 1);
        var word = words.FirstWordFrom(wanted);
        return word < words.Count && words.FirstPieces[word] <= end ? words.FirstPieces[word] : wanted;
    }
}
