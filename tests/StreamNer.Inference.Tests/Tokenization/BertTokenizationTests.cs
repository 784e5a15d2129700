using CsCheck;
using StreamNer.Inference.Tokenization;
using StreamNer.Inference.Tokenization.Loading;
using StreamNer.TestSupport;

namespace StreamNer.Inference.Tests.Tokenization;

/// <summary>BERT's pieces where other implementations lose text, words or spans. Each example is one class of them.</summary>
public sealed class BertTokenizationTests
{
    private static readonly IPieceTokenizer Cased = Load(SubwordEngine.Own);
    private static readonly IPieceTokenizer CasedByPackage = Load(SubwordEngine.Package);
    private static readonly IPieceTokenizer Uncased = LoadUncased(SubwordEngine.Own);
    private static readonly IPieceTokenizer UncasedByPackage = LoadUncased(SubwordEngine.Package);

    [Theory]
    [InlineData("a\nb")]
    [InlineData("a\tb")]
    [InlineData("a\r\nb")]
    [InlineData("a\u00A0b")]
    [InlineData("a\u2028b")]
    public void A_line_break_or_tab_separates_words(string text)
    {
        var pieces = Cased.Encode(text);
        Assert.Equal(["a", "b"], pieces.Surfaces(text));
        Assert.Equal([0, 1], pieces.Words.ToArray());
    }

    [Theory]
    [InlineData("$")]
    [InlineData("+")]
    [InlineData("<")]
    [InlineData("=")]
    [InlineData(">")]
    [InlineData("^")]
    [InlineData("`")]
    [InlineData("|")]
    [InlineData("~")]
    [InlineData("£")]
    [InlineData("\u2581")]
    [InlineData("💔")]
    [InlineData("𝐁𝐂")]
    [InlineData("\U00027FCE")]
    [InlineData("ⅷ")]
    [InlineData("㈣")]
    [InlineData("\u093E")]
    [InlineData("രാജ")]
    public void A_symbol_emoji_or_mark_is_a_piece_and_is_never_dropped(string symbol)
    {
        var pieces = Cased.Encode(symbol);
        Assert.Equal(symbol, string.Concat(pieces.Surfaces(symbol)));
    }

    [Fact]
    public void An_underscore_is_a_word_of_its_own() => Assert.Equal(["_", "a"], Cased.Encode("_a").Surfaces("_a"));

    [Theory]
    [InlineData("a\uFEFFa")]
    [InlineData("a\u200Ba")]
    [InlineData("a\u00ADa")]
    [InlineData("a\u061Ca")]
    public void A_format_character_disappears_inside_a_word(string text)
    {
        var pieces = Cased.Encode(text);
        Assert.Equal(Cased.Encode("aa").Ids.ToArray(), pieces.Ids.ToArray());
        Assert.Equal((0, 3), (pieces.Starts[0], pieces.Ends[^1]));
    }

    [Fact]
    public void Letters_are_not_composed()
    {
        using var folder = ModelFolder.Bert(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "ş", "s", "##\u0327"]);
        Assert.Equal("6[0,1)0 7[1,2)0", folder.Load().Encode("s\u0327").Shown());
    }

    [Fact]
    public void Hangul_becomes_jamo_when_accents_are_stripped()
    {
        using var folder = ModelFolder.Bert(
            ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "요", "\u110B", "##\u116D"], """{"do_lower_case": true}""");
        Assert.Equal("6[0,1)0 7[0,1)0", folder.Load().Encode("요").Shown());
    }

    [Theory]
    [InlineData('\uD800')]
    [InlineData('\uDC00')]
    [InlineData('\uFFFE')]
    [InlineData('\uFFFF')]
    public void Malformed_text_neither_throws_nor_moves_the_spans_behind_it(char unit)
    {
        var pieces = Cased.Encode($"a {unit} b");
        Assert.Equal((4, 5), (pieces.Starts[^1], pieces.Ends[^1]));
    }

    [Theory]
    [InlineData("\ta", 1, 2)]
    [InlineData("没", 0, 1)]
    [InlineData("\u0001\u0002a", 2, 3)]
    public void Spans_point_into_the_original_text(string text, int start, int end)
    {
        var pieces = Cased.Encode(text);
        Assert.Equal((1, start, end), (pieces.Count, pieces.Starts[0], pieces.Ends[0]));
    }

    [Fact]
    public void An_ideograph_is_a_word_of_its_own()
    {
        var pieces = Cased.Encode("a漢字b");
        Assert.Equal(["a", "漢", "字", "b"], pieces.Surfaces("a漢字b"));
        Assert.Equal([0, 1, 2, 3], pieces.Words.ToArray());
    }

    [Fact]
    public void A_special_piece_is_found_in_text_as_it_is_written()
    {
        var pieces = Cased.Encode("a[SEP]b");
        Assert.Equal(["a", "[SEP]", "b"], pieces.Surfaces("a[SEP]b"));
        Assert.Equal(Cased.Special.After[0], pieces.Ids[1]);
    }

    [Fact]
    public void A_special_piece_in_another_case_is_ordinary_text() => Assert.Equal(["[", "sep", "]"], Words(Uncased, "[sep]"));

    [Theory]
    [InlineData("ǅ", "ǆ")]
    [InlineData("Ⅷ", "ⅷ")]
    [InlineData("Ⓐ", "ⓐ")]
    [InlineData("É", "e")]
    [InlineData("ΑΣ", "ασ")]
    public void Lower_case_covers_every_letter_that_has_one(string upper, string lower)
    {
        using var folder = ModelFolder.Bert(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", lower], """{"do_lower_case": true}""");
        Assert.Equal(5, folder.Load().Encode(upper).Ids[0]);
    }

    [Fact]
    public void A_character_that_becomes_several_gives_each_the_whole_span()
    {
        using var folder = ModelFolder.Bert(
            ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "i", "##\u0307"], """{"do_lower_case": true, "strip_accents": false}""");
        Assert.Equal("5[1,2)0 6[1,2)0", folder.Load().Encode(" İ").Shown());
    }

    [Fact]
    public void Text_can_be_left_uncleaned_and_ideographs_unsplit()
    {
        using var folder = new ModelFolder().With("tokenizer.json", TokenizerJson.WordPiece(
            """
            {"type": "BertNormalizer", "clean_text": false, "handle_chinese_chars": false, "strip_accents": false, "lowercase": false}
            """,
            "漢字", "a\u0001"));
        var tokenizer = folder.Load();
        Assert.Equal("5[0,2)0", tokenizer.Encode("漢字").Shown());
        Assert.Equal("6[0,2)0", tokenizer.Encode("a\u0001").Shown());
    }

    [Fact]
    public void A_normalized_added_token_is_found_in_the_normalized_text()
    {
        using var folder = new ModelFolder().With("tokenizer.json", TokenizerJson.WordPiece(
            """{"type": "BertNormalizer", "lowercase": true}""",
            """{"id": 7, "content": "covid19", "normalized": true, "single_word": true}""",
            "a", "covid19s"));
        Assert.Equal("5[0,1)0 7[2,9)1 6[10,18)2", folder.Load().Encode("a COVID19 Covid19s").Shown());
    }

    [Fact]
    public void A_word_of_more_than_a_hundred_characters_is_unknown()
    {
        var text = new string('a', 100) + " " + new string('a', 101);
        var pieces = Cased.Encode(text);
        Assert.Equal((1, 101, 202), (pieces.Ids[^1], pieces.Starts[^1], pieces.Ends[^1]));
        Assert.NotEqual(1, pieces.Ids[0]);
    }

    [Fact]
    public void A_hundred_characters_are_counted_as_code_points()
    {
        using var folder = ModelFolder.Bert(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "𝐁", "##𝐁"]);
        var tokenizer = folder.Load();
        Assert.Equal(100, tokenizer.Encode(string.Concat(Enumerable.Repeat("𝐁", 100))).Count);
        Assert.Equal(1, tokenizer.Encode(string.Concat(Enumerable.Repeat("𝐁", 101))).Count);
    }

    [Theory]
    [InlineData('a')]
    [InlineData('\u0301')]
    [InlineData('漢')]
    [InlineData(' ')]
    [InlineData('[')]
    [InlineData('\uD800')]
    public void Text_made_to_be_slow_takes_no_longer_than_text(char unit)
    {
        foreach (var tokenizer in new[] { Cased, Uncased })
            LinearTime.Holds(tokenizer, unit.ToString(), 400_000);
    }

    [Fact]
    public void Nothing_is_allocated_once_warm()
    {
        var encoder = Uncased.CreateEncoder();
        var pieces = new PieceBuffer();
        const string Text = "Angela Merkel [SEP] visited Zürich — 3.5 million, 東京 💔 \uD800!";
        Assert.Equal(0, Allocation.Least(() => encoder.Encode(Text, pieces)));
    }

    [Fact]
    public void Any_text_gives_spans_inside_it_in_order_and_words_that_do_not_fall() => AnyText.Generator.Sample(text =>
    {
        foreach (var tokenizer in new[] { Cased, Uncased })
        {
            var pieces = tokenizer.Encode(text);
            int start = 0, word = 0;
            for (var i = 0; i < pieces.Count; i++)
            {
                Assert.InRange(pieces.Ids[i], 0, tokenizer.VocabularySize - 1);
                Assert.InRange(pieces.Starts[i], start, pieces.Ends[i] - 1);
                Assert.InRange(pieces.Ends[i], 1, text.Length);
                Assert.InRange(pieces.Words[i], word, word + 1);
                (start, word) = (pieces.Starts[i], pieces.Words[i]);
            }
        }
    });

    [Fact]
    public void Any_text_gives_the_same_pieces_as_the_package_s_own_cutting() => AnyText.Generator.Sample(text =>
    {
        Assert.Equal(CasedByPackage.Encode(text).Shown(), Cased.Encode(text).Shown());
        Assert.Equal(UncasedByPackage.Encode(text).Shown(), Uncased.Encode(text).Shown());
    });

    [Fact]
    public void An_encoder_can_be_used_again_and_again()
    {
        var encoder = Cased.CreateEncoder();
        var pieces = new PieceBuffer();
        encoder.Encode("a much longer text that leaves something in every buffer", pieces);
        encoder.Encode("a b", pieces);
        Assert.Equal(Cased.Encode("a b").Shown(), pieces.Shown());
    }

    [Fact]
    public void One_tokenizer_serves_many_threads()
    {
        var expected = Cased.Encode("Angela Merkel visited Zürich").Shown();
        Parallel.For(0, 64, _ => Assert.Equal(expected, Cased.Encode("Angela Merkel visited Zürich").Shown()));
    }

    private static string[] Words(IPieceTokenizer tokenizer, string text)
    {
        var pieces = tokenizer.Encode(text);
        return [.. Enumerable.Range(0, pieces.Count).GroupBy(i => pieces.Words[i]).Select(
            word => text[pieces.Starts[word.First()]..pieces.Ends[word.Last()]])];
    }

    private static IPieceTokenizer Load(SubwordEngine engine)
    {
        List<string> problems = [];
        var tokenizer = TokenizerLoader.Load(Repository.DefaultModel, problems, engine);
        Assert.Empty(problems);
        return tokenizer!;
    }

    // The default model's vocabulary has capitals; that the case is lowered before it is what matters here.
    private static IPieceTokenizer LoadUncased(SubwordEngine engine)
    {
        using var folder = new ModelFolder()
            .With("vocab.txt", File.ReadAllBytes(Path.Combine(Repository.DefaultModel, "vocab.txt")))
            .With("tokenizer_config.json", """{"do_lower_case": true}""");
        return folder.Load(engine);
    }
}
