using CsCheck;
using StreamNer.Inference.Domain;
using StreamNer.Inference.Windows;
using StreamNer.Inference.Words;

namespace StreamNer.Inference.Tests.Windows;

public class WindowPlannerTests
{
    private static readonly Gen<(string Text, WordColumns Words, int Pieces)> Documents =
        Gen.Select(Gen.Int[1, 12], Gen.Bool, (pieces, dot) => (Pieces: pieces, Dot: dot)).Array[0, 200].Select(Build);

    private static readonly Gen<(int Capacity, int Overlap)> Limits =
        Gen.Int[1, 40].SelectMany(capacity => Gen.Int[0, Math.Max(0, (capacity - 1) / 2)].Select(overlap => (capacity, overlap)));

    [Fact]
    public void A_document_that_fits_is_one_window()
    {
        var (text, words, pieces) = Build([(3, false), (2, true)]);
        Assert.Equal([new WindowRange(0, 5, 0, 2)], Plan(new WindowPlanner(5, 1), text, pieces, words));
    }

    [Fact]
    public void A_document_without_pieces_has_no_window() =>
        Assert.Empty(Plan(new WindowPlanner(5, 1), "", 0, new WordColumns([], [], [])));

    [Fact]
    public void Windows_cover_every_piece_and_none_exceeds_the_capacity() =>
        Gen.Select(Documents, Limits).Sample((document, limits) =>
        {
            var windows = Plan(document, limits);
            var covered = 0;
            foreach (var window in windows)
            {
                Assert.InRange(window.PieceCount, 1, limits.Capacity);
                Assert.True(window.FirstPiece <= covered, $"a gap before piece {window.FirstPiece}");
                covered = Math.Max(covered, window.FirstPiece + window.PieceCount);
            }

            Assert.Equal(document.Pieces, covered);
        });

    [Fact]
    public void Every_word_has_exactly_one_window_that_answers_for_it_and_holds_its_first_piece() =>
        Gen.Select(Documents, Limits).Sample((document, limits) =>
        {
            var next = 0;
            foreach (var window in Plan(document, limits))
            {
                Assert.Equal(next, window.FirstWord);
                next += window.WordCount;
                for (var word = window.FirstWord; word < next; word++)
                    Assert.InRange(document.Words.FirstPieces[word], window.FirstPiece, window.FirstPiece + window.PieceCount - 1);
            }

            Assert.Equal(document.Words.Count, next);
        });

    [Fact]
    public void Every_piece_has_exactly_one_window_when_windows_answer_for_pieces() =>
        Gen.Select(Documents, Limits).Sample((document, limits) =>
        {
            var each = Enumerable.Range(0, document.Pieces).ToArray();
            var next = 0;
            foreach (var window in Plan(new WindowPlanner(limits.Capacity, limits.Overlap), document.Text, document.Pieces, document.Words,
                new WordColumns(each, each, each)))
            {
                Assert.Equal(next, window.FirstWord);
                next += window.WordCount;
                Assert.InRange(window.FirstWord, window.FirstPiece, window.FirstPiece + window.PieceCount);
                Assert.InRange(next, window.FirstPiece, window.FirstPiece + window.PieceCount);
            }

            Assert.Equal(document.Pieces, next);
        });

    [Fact]
    public void A_window_begins_at_a_word_unless_the_word_is_longer_than_what_is_shared() =>
        Gen.Select(Documents, Limits).Sample((document, limits) =>
        {
            var first = document.Words.FirstPieces.ToArray();
            foreach (var window in Plan(document, limits).Skip(1))
            {
                var longest = first.Append(document.Pieces).Zip(first.Append(document.Pieces).Skip(1), (a, b) => b - a).Max();
                if (longest <= limits.Overlap)
                    Assert.Contains(window.FirstPiece, first);
            }
        });

    [Fact]
    public void A_window_is_cut_at_a_sentence_end_in_its_last_quarter()
    {
        var (text, words, pieces) = Build([.. Enumerable.Range(0, 20).Select(i => (1, i == 8))]);
        Assert.Equal(9, Plan(new WindowPlanner(10, 0), text, pieces, words)[0].PieceCount);
    }

    [Fact]
    public void A_word_in_what_two_windows_share_belongs_to_the_one_in_which_it_stands_further_from_the_border()
    {
        var (text, words, pieces) = Build([.. Enumerable.Repeat((1, false), 20)]);
        var windows = Plan(new WindowPlanner(10, 4), text, pieces, words);
        Assert.Equal(new WindowRange(0, 10, 0, 8), windows[0]);
        Assert.Equal(6, windows[1].FirstPiece);
        Assert.Equal(8, windows[1].FirstWord);
    }

    [Fact]
    public void An_overlap_of_half_a_window_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new WindowPlanner(10, 5));

    private static IReadOnlyList<WindowRange> Plan((string Text, WordColumns Words, int Pieces) document,
        (int Capacity, int Overlap) limits) =>
        Plan(new WindowPlanner(limits.Capacity, limits.Overlap), document.Text, document.Pieces, document.Words);

    private static IReadOnlyList<WindowRange> Plan(WindowPlanner planner, string text, int pieces, WordColumns words,
        WordColumns? units = null)
    {
        List<TextSpan> sentences = [];
        SentenceCutter.Cut(text, sentences);
        return planner.Plan(pieces, words, units ?? words, [.. sentences]);
    }

    /// <summary>Words of a letter for each piece, separated by blanks, some with a full stop as their last letter.</summary>
    private static (string Text, WordColumns Words, int Pieces) Build((int Pieces, bool Dot)[] words)
    {
        var (starts, ends, first) = (new List<int>(), new List<int>(), new List<int>());
        var text = new System.Text.StringBuilder();
        var pieces = 0;
        foreach (var (count, dot) in words)
        {
            starts.Add(text.Length);
            // Capitals, or a full stop would end no sentence.
            text.Append('W', count - 1).Append(dot ? '.' : 'W');
            ends.Add(text.Length);
            text.Append(' ');
            first.Add(pieces);
            pieces += count;
        }

        return (text.ToString(), new WordColumns([.. starts], [.. ends], [.. first]), pieces);
    }
}
