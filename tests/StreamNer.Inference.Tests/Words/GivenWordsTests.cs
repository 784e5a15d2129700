using System.Collections.Immutable;
using StreamNer.Inference.Domain;
using StreamNer.Inference.Tests.Tokenization;
using StreamNer.Inference.Tests.Tokenization.Parity;
using StreamNer.Inference.Tokenization;
using StreamNer.Inference.Windows;
using StreamNer.Inference.Words;

namespace StreamNer.Inference.Tests.Words;

public sealed class GivenWordsTests(DefaultPipeline shared) : IClassFixture<DefaultPipeline>
{
    private readonly TokenClassificationPipeline _pipeline = shared.Pipeline;

    [Fact]
    public void Each_given_word_has_one_label_whatever_the_tokenizer_would_cut()
    {
        string[] words = ["John", "O'Brien-Smith", "can't", "visit", "New York", "."];
        var labelled = Labelled(_pipeline.Label(words));
        Assert.Equal(words, labelled.Tokens.Select(token => token.Span.In(string.Join(' ', words)).ToString()));
    }

    [Fact]
    public void A_word_of_which_nothing_is_kept_is_outside_and_keeps_its_place()
    {
        var tokens = Labelled(_pipeline.Label(["", "John", "\u0001", "Lenon", ""])).Tokens;
        Assert.Equal([new(0, 0), new(1, 5), new(6, 7), new(8, 13), new TextSpan(14, 14)], tokens.Select(token => token.Span));
        Assert.Equal(["O", "O", "O"], new[] { 0, 2, 4 }.Select(i => tokens[i].Label));
        Assert.Equal([0f, 0f, 0f], new[] { 0, 2, 4 }.Select(i => tokens[i].Score));
        Assert.All([1, 3], i => Assert.True(tokens[i].Score > 0.2));
    }

    [Fact]
    public void Words_of_which_nothing_at_all_is_kept_have_a_label_each()
    {
        var labelled = Labelled(_pipeline.Label(["", "\u0001", ""]));
        Assert.Equal([new(0, 0), new(1, 2), new TextSpan(3, 3)], labelled.Tokens.Select(token => token.Span));
        Assert.All(labelled.Tokens, token => Assert.Equal("O", token.Label));
    }

    [Fact]
    public void Words_given_by_their_spans_leave_out_what_lies_between()
    {
        const string text = "<b>John Lenon</b> was born in London";
        var document =
            new Document(new DocumentId("d"), text) { Words = [new(3, 7), new(8, 13), new(18, 21), new(22, 26), new(27, 29), new(30, 36)] };
        var labelled = Labelled(_pipeline.Label([document])[0]);
        Assert.Equal(document.Words, labelled.Tokens.Select(token => token.Span).ToImmutableArray());
        Assert.Contains("John Lenon", labelled.Entities.Select(entity => entity.Span.In(text).ToString()));
    }

    [Fact]
    public void Through_many_windows_each_given_word_still_has_one_label()
    {
        var words = Enumerable.Repeat<string[]>(["John", "Lenon", "lives", "in", "", "London", "."], 300)
            .SelectMany(words => words).ToArray();
        using var narrow =
            TokenClassificationPipeline.Load(shared.Folder, windows: new WindowOptions { MaxPieces = 32, OverlapPieces = 12 });
        var labelled = Labelled(narrow.Label(words));
        Assert.True(labelled.Windows > 50);
        Assert.Equal(words, labelled.Tokens.Select(token => token.Span.In(string.Join(' ', words)).ToString()));
    }

    [Theory]
    [InlineData(3, 2, 5)]
    [InlineData(3, 3, 9)]
    public void Words_that_overlap_or_leave_the_text_are_refused(int end, int start, int lastEnd) =>
        Assert.Contains($"[{start}, {lastEnd})", Assert.Throws<ArgumentException>(
            () => new Document(new DocumentId("d"), "abcdefgh") { Words = [new(0, end), new(start, lastEnd)] }).Message,
                StringComparison.Ordinal);

    [Fact]
    public void Where_each_piece_is_labelled_given_words_are_cut_into_them()
    {
        using var pipeline = TokenClassificationPipeline.Load(shared.Folder, words: new WordOptions { Aggregation = Aggregation.None });
        Assert.True(Labelled(pipeline.Label(["Unaffableness", "", "Xyzzyx"])).Tokens.Length > 3);
    }

    [Theory]
    [InlineData("modernbert", null, "Smith")]
    [InlineData("modernbert", "PreTrainedTokenizerFast", "Smith")]
    [InlineData("modernbert", "GPT2TokenizerFast", " Smith")]
    [InlineData("eurobert", null, "Smith")]
    [InlineData("roberta", null, " Smith")]
    [InlineData("roberta", "RobertaTokenizer", " Smith")]
    [InlineData("roberta", "PreTrainedTokenizerFast", "Smith")]
    [InlineData("roberta-prefix-space", "PreTrainedTokenizerFast", " Smith")]
    public void A_blank_is_put_before_words_only_where_the_reference_wants_one(string family, string? className, string sameAs)
    {
        using var folder = new ModelFolder().With("tokenizer.json", ParityFamily.TokenizerJson(family));
        if (className is not null)
            folder.With("tokenizer_config.json", $$"""{"tokenizer_class": "{{className}}"}""");
        var tokenizer = folder.Load();
        var pieces = new PieceBuffer();
        tokenizer.CreateWordEncoder().Encode("Smith", pieces);
        Assert.Equal(tokenizer.Encode(sameAs).Ids.ToArray(), pieces.Ids.ToArray());
    }

    private static DocumentOutcome.Labelled Labelled(DocumentOutcome outcome) => Assert.IsType<DocumentOutcome.Labelled>(outcome);
}
