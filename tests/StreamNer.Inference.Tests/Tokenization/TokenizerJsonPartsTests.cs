using System.Text.Json.Nodes;
using StreamNer.Inference.Tests.Tokenization.Parity;

namespace StreamNer.Inference.Tests.Tokenization;

/// <summary>Parts of a <c>tokenizer.json</c> beside BERT's: what they do, and what is refused.</summary>
public sealed class TokenizerJsonPartsTests
{
    private const string Metaspace = """{"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always"}""";
    private const string Unigram = """
        {"type": "Unigram", "unk_id": 0, "vocab": [["<unk>", 0], ["<pad>", 0], ["▁a", -1], ["b", -2], ["▁", -3],
         ["<0xE2>", -9], ["<0x82>", -9], ["<0xAC>", -9]]}
        """;

    [Theory]
    [InlineData("always", "2[0,1)0 2[1,3)1")]
    [InlineData("first", "2[0,1)0 2[1,3)1")]
    [InlineData("never", "0[0,1)0 2[1,3)1")]
    public void Metaspace_begins_a_word_at_each_blank(string scheme, string expected) =>
        Assert.Equal(expected, Load("null", Metaspace.Replace("always", scheme, StringComparison.Ordinal), Unigram).Encode("a a").Shown());

    [Fact]
    public void Unknown_neighbours_are_one_piece() =>
        Assert.Equal("4[0,1)0 0[0,2)0 3[2,3)0", Load("null", Metaspace, Unigram).Encode("뷁쀍b").Shown());

    [Fact]
    public void Unknown_characters_become_bytes_where_the_model_says_so() =>
        Assert.Equal(
            "4[0,1)0 5[0,1)0 6[0,1)0 7[0,1)0 3[1,2)0",
            Load("null", Metaspace, Unigram.Replace("\"unk_id\"", "\"byte_fallback\": true, \"unk_id\"", StringComparison.Ordinal))
                .Encode("€b")
                .Shown());

    [Theory]
    [InlineData("""{"type": "Lowercase"}""", "A", "2[0,1)0")]
    [InlineData("""{"type": "Strip"}""", " a ", "2[1,2)0")]
    [InlineData("""{"type": "Replace", "pattern": {"String": "zz"}, "content": "a"}""", "zz", "2[1,2)0")]
    [InlineData("""{"type": "Prepend", "prepend": "a"}""", "b", "2[0,1)0 3[0,1)0")]
    [InlineData("""{"type": "Sequence", "normalizers": [{"type": "NFKD"}, {"type": "StripAccents"}]}""", "á", "2[0,1)0")]
    [InlineData("""{"type": "NFD"}""", "a", "2[0,1)0")]
    public void A_normalizer_keeps_every_span_on_the_original(string normalizer, string text, string expected) =>
        Assert.Equal(expected, Load(normalizer, Metaspace, Unigram).Encode(text).Shown());

    [Theory]
    [InlineData("""{"type": "Nmt"}""", Metaspace, Unigram, "normalizer.type is \"Nmt\", known are")]
    [InlineData(
        """{"type": "Replace", "pattern": {"Regex": "[[:alpha:]]"}, "content": ""}""",
        Metaspace,
        Unigram,
        "pattern.Regex is \"[[:alpha:]]\"")]
    [InlineData("""{"type": "Precompiled", "precompiled_charsmap": "?"}""", Metaspace, Unigram, "precompiled_charsmap is not base64")]
    [InlineData("""{"type": "Precompiled", "precompiled_charsmap": "AAAA"}""", Metaspace, Unigram, "precompiled_charsmap has 3 bytes")]
    [InlineData("null", """{"type": "UnicodeScripts"}""", Unigram, "pre_tokenizer.type is \"UnicodeScripts\", known are")]
    [InlineData(
        "null",
        """{"type": "Sequence", "pretokenizers": [{"type": "ByteLevel"}, {"type": "Whitespace"}]}""",
        Unigram,
        "has a step behind ByteLevel")]
    [InlineData(
        "null",
        Metaspace,
        """{"type": "WordLevel", "vocab": {"<pad>": 0}}""",
        "model.unk_token is \"<unk>\", which is not in model.vocab")]
    [InlineData("null", """{"type": "Metaspace", "prepend_scheme": "often"}""", Unigram, "prepend_scheme is \"often\"")]
    [InlineData("null", """{"type": "Punctuation", "behavior": "Kept"}""", Unigram, "behavior is \"Kept\", known are Removed, Isolated")]
    [InlineData("null", Metaspace, """{"type": "Unigram", "vocab": [["<pad>", 0]]}""", "names no unknown piece (unk_id)")]
    [InlineData(
        "null",
        Metaspace,
        """{"type": "Unigram", "unk_id": 9, "vocab": [["<pad>", 0]]}""",
        "has 1 pieces, and the unknown one (unk_id) is 9")]
    [InlineData(
        "null",
        Metaspace,
        """{"type": "Unigram", "unk_id": -1, "vocab": [["<pad>", 0]]}""",
        "unk_id")]
    [InlineData(
        "null",
        Metaspace,
        """{"type": "Unigram", "unk_id": 0, "vocab": [["<pad>"]]}""",
        "model.vocab[0] must be an array of a piece and its score")]
    [InlineData(
        "null",
        Metaspace,
        """{"type": "BPE", "vocab": {"<pad>": 0, "a": 1}, "merges": ["a b"]}""",
        "model.merges[0] merges \"b\", which is not in the vocabulary")]
    [InlineData(
        "null",
        Metaspace,
        """{"type": "BPE", "vocab": {"<pad>": 0}, "merges": [], "dropout": 0.1}""",
        "model.dropout is 0.1, it must be 0")]
    [InlineData(
        "null",
        Metaspace,
        """{"type": "BPE", "vocab": {"<pad>": 0}, "merges": [], "end_of_word_suffix": "</w>"}""",
        "end_of_word_suffix is \"</w>\", it must be empty")]
    [InlineData(
        "null",
        """{"type": "ByteLevel"}""",
        """{"type": "BPE", "vocab": {"<pad>": 0}, "merges": []}""",
        "for the byte 0, so it can't write every text")]
    [InlineData("null", """{"type": "ByteLevel"}""", Unigram, "model.type is \"Unigram\" behind ByteLevel")]
    [InlineData(
        "null",
        """{"type": "Sequence", "pretokenizers": [{"type": "Sequence", "pretokenizers": [{"type": "ByteLevel"}]}]}""",
        """{"type": "WordLevel", "unk_token": "<pad>", "vocab": {"<pad>": 0}}""",
        "model.type is \"WordLevel\" behind ByteLevel")]
    [InlineData(
        "null",
        """{"type": "ByteLevel"}""",
        """{"type": "WordPiece", "unk_token": "<pad>", "vocab": {"<pad>": 0}}""",
        "model.type is \"WordPiece\" behind ByteLevel")]
    [InlineData(
        "null",
        Metaspace,
        """{"type": "BPE", "byte_fallback": true, "vocab": {"<pad>": 0, "<0x00>": 1, "<0x01>": 2}, "merges": []}""",
        "model.vocab has no piece <0x02>, though byte_fallback is true and it has others of the kind")]
    public void What_is_not_known_is_refused_with_its_place_and_value(string normalizer, string splitter, string model, string expected)
    {
        using var folder = new ModelFolder().With("tokenizer.json", TokenizerJson.Of(normalizer, splitter, model));
        Assert.Contains(folder.Problems(), problem => problem.Contains(expected, StringComparison.Ordinal));
    }

    [Fact]
    public void A_sequence_in_a_sequence_is_its_steps_one_behind_the_other()
    {
        const string Text = "Zürich, 東京 and naïve";
        var json = JsonNode.Parse(ParityFamily.TokenizerJson("roberta"))!;
        json["pre_tokenizer"] = Nested(Nested(json["pre_tokenizer"]!.DeepClone()));
        using var folder = new ModelFolder().With("tokenizer.json", json.ToJsonString());
        Assert.Equal(ParityFamily.Tokenizer("roberta").Encode(Text).Shown(), folder.Load().Encode(Text).Shown());

        static JsonObject Nested(JsonNode step) => new() { ["type"] = "Sequence", ["pretokenizers"] = new JsonArray(step) };
    }

    [Fact]
    public void Time_is_linear_where_an_added_token_takes_the_blanks_before_it()
    {
        using var folder = new ModelFolder().With("tokenizer.json", TokenizerJson.WordPiece(
            "null", """{"id": 5, "content": " ", "lstrip": true, "normalized": false}"""));
        LinearTime.Holds(folder.Load(), " ", 20_000);
    }

    [Theory]
    [InlineData(false, "1[0,1)0 0[1,2)0 0[2,3)0 3[3,5)0")]
    [InlineData(true, "1[0,1)0 0[1,3)0 3[3,5)0")]
    public void Bpe_over_characters_merges_and_fuses_unknowns_as_told(bool fuse, string expected)
    {
        var model = $$"""
            {"type": "BPE", "unk_token": "<pad>", "fuse_unk": {{(fuse ? "true" : "false")}},
             "vocab": {"<pad>": 0, "a": 1, "b": 2, "ab": 3}, "merges": [["a", "b"]]}
            """;
        Assert.Equal(expected, Load("null", """{"type": "WhitespaceSplit"}""", model).Encode("axyab").Shown());
    }

    private static StreamNer.Inference.Tokenization.IPieceTokenizer Load(string normalizer, string splitter, string model)
    {
        using var folder = new ModelFolder().With("tokenizer.json", TokenizerJson.Of(normalizer, splitter, model));
        return folder.Load();
    }
}
