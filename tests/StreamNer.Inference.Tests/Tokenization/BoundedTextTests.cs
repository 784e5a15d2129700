using StreamNer.Inference.Domain;
using StreamNer.Inference.Tokenization;
using StreamNer.Inference.Windows;
using StreamNer.Inference.Words;

namespace StreamNer.Inference.Tests.Tokenization;

/// <summary>What steps of a hostile <c>tokenizer.json</c> make of a text is bounded.</summary>
public sealed class BoundedTextTests
{
    private const string Model = """{"type": "WordLevel", "unk_token": "[UNK]", "vocab": {"[UNK]": 0, "[PAD]": 1}}""";

    private static readonly string Doubling = Sequence(Enumerable.Repeat(Replace("a", "aa"), 24));

    [Fact]
    public void A_text_that_is_doubled_24_times_fails_with_the_bound()
    {
        using var folder = Folder(Doubling);
        var document = new Document(new DocumentId("x"), "37 characters of a text that has an a");
        Assert.Null(new DocumentTokenizer(folder.Load(), 512, new WindowOptions()).Tokenize(document, out var failure));
        Assert.Equal((FailureStage.Tokenize, FailureCode.TokenizerFailed), (failure!.Stage, failure.Code));
        Assert.Contains("make more than 16 characters of each one of the text and 65536 beside", failure.Message);
    }

    [Fact]
    public void The_next_text_is_none_the_worse_for_it()
    {
        using var folder = Folder(Doubling);
        var encoder = folder.Load().CreateEncoder();
        var pieces = new PieceBuffer();
        Assert.Throws<TokenizationException>(() => encoder.Encode("a", pieces));
        encoder.Encode("b", pieces);
        Assert.Equal("0[0,1)0", pieces.Shown());
    }

    [Fact]
    public void One_step_alone_can_not_fill_the_memory()
    {
        using var folder = Folder(Replace("a", new string('b', 100_000)));
        Assert.Throws<TokenizationException>(() => folder.Load().Encode(new string('a', 100_000)));
    }

    [Fact]
    public void A_long_text_to_look_for_takes_its_steps_as_an_expression_does()
    {
        var pattern = new string('a', 2_000);
        using var folder = Folder(Replace($"{pattern}b", "x"));
        var tokenizer = folder.Load();
        Assert.Equal(1, tokenizer.Encode($"{pattern}b").Count);
        Assert.Throws<TokenizationException>(() => tokenizer.Encode(new string('a', 100_000)));
    }

    [Fact]
    public void Nor_can_a_prefix_of_every_part_between_added_tokens()
    {
        using var folder = new ModelFolder().With("tokenizer.json", TokenizerJson
            .Of($$"""{"type": "Prepend", "prepend": "{{new string('b', 60_000)}}"}""", """{"type": "Whitespace"}""", Model)
            .Replace(
                "\"added_tokens\": []",
                "\"added_tokens\": [{\"id\": 1, \"content\": \"[PAD]\", \"special\": true}]",
                StringComparison.Ordinal));
        Assert.Throws<TokenizationException>(() => folder.Load().Encode(string.Concat(Enumerable.Repeat("a[PAD]", 1_000))));
    }

    [Fact]
    public void Words_of_one_text_that_are_encoded_one_by_one_share_its_bound()
    {
        using var folder = Folder(Replace("a", new string('b', 60_000)));
        var encoder = new WordwiseEncoder(folder.Load().CreateEncoder());
        Assert.Throws<TokenizationException>(() => encoder.Encode(string.Concat(Enumerable.Repeat("a ", 100)), new PieceBuffer()));
    }

    [Fact]
    public void Given_words_of_one_text_share_its_bound()
    {
        using var folder = Folder(Replace("a", new string('b', 60_000)));
        var document = Document.OfWords(new DocumentId("x"), [.. Enumerable.Repeat("a", 100)]);
        Assert.Null(new DocumentTokenizer(folder.Load(), 512, new WindowOptions()).Tokenize(document, out var failure));
        Assert.Equal(FailureCode.TokenizerFailed, failure!.Code);
    }

    [Fact]
    public void An_added_token_that_blows_up_is_refused_when_the_folder_is_loaded()
    {
        using var folder = new ModelFolder().With("tokenizer.json", TokenizerJson.Of(Doubling, "null", Model)
            .Replace(
                "\"added_tokens\": []",
                "\"added_tokens\": [{\"id\": 2, \"content\": \"a\", \"normalized\": true}]",
                StringComparison.Ordinal));
        Assert.Contains("make more than 16 characters", Assert.Single(folder.Problems()));
    }

    [Theory]
    [InlineData("a")]
    [InlineData("ﷺ and a few words")]
    [InlineData("\u0390")]
    public void What_real_normalizers_do_stays_far_below(string part)
    {
        // The longest that NFKD makes of a code point has 18 units; no text is made of that one alone.
        using var folder = Folder(Sequence([Replace("a", "aaaaaaaaaaaaaaa"), """{"type": "NFKD"}"""]));
        Assert.NotEqual(0, folder.Load().Encode(string.Concat(Enumerable.Repeat(part, 50_000))).Count);
    }

    private static ModelFolder Folder(string normalizer) =>
        new ModelFolder().With("tokenizer.json", TokenizerJson.Of(normalizer, """{"type": "WhitespaceSplit"}""", Model));

    private static string Sequence(IEnumerable<string> steps) =>
        $$"""{"type": "Sequence", "normalizers": [{{string.Join(", ", steps)}}]}""";

    private static string Replace(string pattern, string content) =>
        $$$"""{"type": "Replace", "pattern": {"String": "{{{pattern}}}"}, "content": "{{{content}}}"}""";
}
