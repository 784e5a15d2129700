using CsCheck;
using StreamNer.Inference.Domain;
using StreamNer.Inference.Windows;
using StreamNer.Inference.Words;
using StreamNer.TestSupport.Inference;

namespace StreamNer.Inference.Tests.Windows;

public class DocumentTokenizerTests
{
    private const string Troublesome = " a\u0301\u200D\uD83D\uDE00\u1100\u1161\uFE0F\u20E3";

    private static readonly Gen<char> Chars = Gen.OneOf(Gen.Char, Gen.Int[0, Troublesome.Length - 1].Select(i => Troublesome[i]));

    [Fact]
    public void A_text_without_words_has_no_window() => Assert.Equal(0, Cut.Text(" \n ").Windows.Length);

    [Fact]
    public void A_window_counts_its_special_pieces() => Assert.Equal(4, Cut.Text("a b").Windows[0].Length);

    [Fact]
    public void A_long_text_becomes_several_windows_by_default() => Assert.Equal(3, Cut.Text("a b c d e f", modelPieces: 4).Windows.Length);

    [Fact]
    public void A_long_text_is_cut_and_marked_when_the_configuration_allows_it()
    {
        var document = Tokenize("a b c d e f", OnTooLong.Truncate, out _)!;
        Assert.True(document.Truncated);
        Assert.Equal(2, document.Words.Count);
    }

    [Fact]
    public void A_long_text_fails_with_its_length_and_the_limit_when_the_configuration_says_so()
    {
        Assert.Null(Tokenize("a b c d e f", OnTooLong.Fail, out var failure));
        Assert.Equal(FailureCode.TextTooLong, failure!.Code);
        Assert.Contains("6 pieces", failure.Message, StringComparison.Ordinal);
        Assert.Contains("holds 2", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Zoe\u0301 x", 0, 4)] // a name keeps its last accent
    [InlineData("a👩‍👩‍👧 x", 0, 9)] // a family is one cluster
    [InlineData("🇩🇪 x", 0, 4)]
    [InlineData("\u0915\u093E x", 0, 2)]
    public void The_span_of_a_word_that_ends_inside_a_cluster_is_widened_to_its_end(string text, int start, int end)
    {
        // The tokenizer gives the first letter as the word; the rest of the text up to the blank is one cluster with it or one more.
        var widened = GraphemeBorders.WidenEnd(text, start, Math.Max(1, end - 1), text.Length);
        Assert.Equal(end, widened);
    }

    [Fact]
    public void Spans_rise_and_never_overlap_whatever_the_unicode() =>
        Chars.Array[0, 60].Sample(chars =>
        {
            var text = new string(chars);
            var words = Cut.Text(text, lettersPerPiece: 1).Words;
            var previous = 0;
            for (var w = 0; w < words.Count; w++)
            {
                var span = words.Span(w);
                Assert.InRange(span.Start, previous, text.Length);
                Assert.InRange(span.End, span.Start + 1, text.Length);
                previous = span.End;
            }
        });

    [Fact]
    public void A_text_with_more_logits_than_are_kept_for_its_sequence_is_refused_with_both_numbers()
    {
        const int Labels = 1 << 20;
        var words = new WordOptions { Decoding = LabelDecoding.Constrained };
        var tokenizer = new DocumentTokenizer(new WordTokenizer(), 4, new WindowOptions { OverlapPieces = 0 }, words, labels: Labels);
        Assert.NotNull(tokenizer.Tokenize(Words(256), out _));

        Assert.Null(tokenizer.Tokenize(Words(257), out var failure));
        Assert.Equal(FailureCode.TextTooLong, failure!.Code);
        Assert.StartsWith("the text has 257 words; to weigh sequences of 1048576 labels takes 269484032 logits, the limit is 268435456; ",
            failure.Message, StringComparison.Ordinal);

        static Document Words(int count) => new(new DocumentId("d"), string.Join(' ', Enumerable.Repeat("a", count)));
    }

    private static TokenizedDocument? Tokenize(string text, OnTooLong onTooLong, out DocumentOutcome.Failed? failure) =>
        new DocumentTokenizer(new WordTokenizer(), 4, new WindowOptions { OnTooLong = onTooLong, OverlapPieces = 0 })
            .Tokenize(new Document(new DocumentId("d"), text), out failure);
}
