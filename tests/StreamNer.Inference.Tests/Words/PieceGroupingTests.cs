using StreamNer.Inference.Tests.Tokenization;
using StreamNer.Inference.Tokenization;
using StreamNer.Inference.Tokenization.Pipeline;
using StreamNer.Inference.Tokenization.Subwords;
using StreamNer.Inference.Words;

namespace StreamNer.Inference.Tests.Words;

/// <summary>
/// Which pieces are one word to the reference pipeline: <c>start &gt; 0 and " " not in sentence[start - 1 : start + 1]</c>.
/// </summary>
public class PieceGroupingTests
{
    private const int Unknown = 0;

    [Fact]
    public void A_piece_without_a_space_before_it_goes_on_with_the_word() =>
        Assert.Equal([0, 0, 1, 1, 2, 2], Group("London. Par|is. New\nYork", [(0, 6), (6, 7), (8, 15), (14, 15), (16, 19), (20, 24)]));

    [Fact]
    public void A_piece_that_begins_with_its_space_begins_a_word() =>
        Assert.Equal([0, 1], Group("New York", [(0, 3), (3, 8)]));

    [Fact]
    public void The_unknown_piece_begins_a_word() =>
        Assert.Equal([0, 1, 1], Group("ab漢c", [(0, 2), (2, 3), (3, 4)], unknownAt: 1));

    [Fact]
    public void In_a_cleaned_text_every_blank_is_a_space() =>
        Assert.Equal([0, 1],
            Group("New\nYork", [(0, 3), (4, 8)], options: new WordOptions { Aggregation = Aggregation.First, CleanUp = CleanUp.Inplace }));

    [Theory]
    [InlineData(Aggregation.None)]
    [InlineData(Aggregation.Simple)]
    public void Each_piece_has_a_label_of_its_own_where_nothing_is_aggregated(Aggregation aggregation) =>
        Assert.Equal([0, 1, 2], Group("London", [(0, 2), (2, 4), (4, 6)], options: new WordOptions { Aggregation = aggregation }));

    [Fact]
    public void The_scheme_takes_the_tokenizers_words() =>
        Assert.Null(PieceGrouping.Create(new WordOptions(), Tokenizer()));

    [Fact]
    public void Words_of_the_word_cutter_are_words_to_every_aggregation_of_words() =>
        Assert.Null(PieceGrouping.Create(new WordOptions { Source = WordSource.Tokens, Aggregation = Aggregation.Average }, Tokenizer()));

    [Fact]
    public void Where_names_of_pieces_mark_that_they_go_on_a_piece_begins_a_word_when_its_name_is_as_long_as_its_text() =>
        Assert.Equal([0, 0, 1, 1, 2], GroupMarked("London, 다."));

    [Fact]
    public void An_unknown_word_begins_one_however_long_it_is() =>
        Assert.Equal([0, 0, 1], GroupMarked("London Rome"));

    [Fact]
    public void In_a_cleaned_text_marked_pieces_have_the_tokenizers_words()
    {
        using var folder = Marked();
        Assert.Null(PieceGrouping.Create(new WordOptions { Aggregation = Aggregation.First, CleanUp = CleanUp.DeleteFull }, folder.Load()));
    }

    private static int[] Group(string text, (int Start, int End)[] spans, int unknownAt = -1, WordOptions? options = null)
    {
        var pieces = new PieceBuffer();
        for (var i = 0; i < spans.Length; i++)
            pieces.Add(i == unknownAt ? Unknown : 1, spans[i].Start, spans[i].End, word: 0);
        return PieceGrouping.Create(options
            ?? new WordOptions { Aggregation = Aggregation.First }, Tokenizer())!.Group(text, pieces, pieces.Count);
    }

    // An uncased BERT takes syllables apart, so the name of the piece for 다 has two letters and what it covers has one.
    private static ModelFolder Marked() =>
        ModelFolder.Bert(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "lon", "##don", ",", "\u1103\u1161", "."],
            """{"do_lower_case": true}""");

    private static int[] GroupMarked(string text)
    {
        using var folder = Marked();
        var tokenizer = folder.Load();
        var pieces = new PieceBuffer();
        tokenizer.CreateEncoder().Encode(text, pieces);
        return PieceGrouping.Create(new WordOptions { Aggregation = Aggregation.First }, tokenizer)!.Group(text, pieces, pieces.Count);
    }

    private static PipelineTokenizer Tokenizer() => new([], [])
    {
        Splitters = [],
        Model = new UnigramModel([new("<unk>", Unknown), new("a", 1)], [0, -1], Unknown, byteIds: null),
        Unknown = Unknown,
        VocabularySize = 2,
        Special = new SpecialPieces([], [], Pad: 0),
        MaxPieces = null,
    };
}
