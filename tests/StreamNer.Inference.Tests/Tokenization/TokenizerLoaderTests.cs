using System.Text;
using StreamNer.Inference.Files;
using StreamNer.Inference.Tests.Tokenization.Parity;
using StreamNer.Inference.Tokenization.Loading;
using StreamNer.TestSupport;

namespace StreamNer.Inference.Tests.Tokenization;

public sealed class TokenizerLoaderTests
{
    private static readonly string[] Vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "b"];
    private const string CasedNormalizer = """{"type": "BertNormalizer", "lowercase": false}""";

    [Fact]
    public void The_default_model_has_its_special_pieces_and_limit()
    {
        List<string> problems = [];
        var tokenizer = TokenizerLoader.Load(Repository.DefaultModel, problems)!;
        Assert.Empty(problems);
        Assert.Equal([2], tokenizer.Special.Before);
        Assert.Equal([3], tokenizer.Special.After);
        Assert.Equal((0, 28_000, 512), (tokenizer.Special.Pad, tokenizer.VocabularySize, tokenizer.MaxPieces));
    }

    [Fact]
    public void A_folder_without_tokenizer_json_gives_the_same_pieces()
    {
        using var folder = new ModelFolder();
        foreach (var name in new[] { "vocab.txt", "tokenizer_config.json", "special_tokens_map.json" })
            folder.With(name, File.ReadAllBytes(Path.Combine(Repository.DefaultModel, name)));
        const string Text = "Angela Merkel (CDU) visited [MASK] Zürich, 東京 and naïve Ĳsland.";
        var expected = TokenizerLoader.Load(Repository.DefaultModel, [])!;
        var tokenizer = folder.Load();
        Assert.Equal(expected.Encode(Text).Shown(), tokenizer.Encode(Text).Shown());
        Assert.Equal((expected.Special.Before, expected.Special.After), (tokenizer.Special.Before, tokenizer.Special.After), SameIds);
    }

    [Theory]
    [InlineData("BertTokenizerFast", false, true, 6, "the latter")]
    [InlineData("BertTokenizer", true, false, 1, "the latter")]
    [InlineData("PreTrainedTokenizerFast", false, true, 1, "the former")]
    [InlineData("PreTrainedTokenizerFast", true, false, 6, "the former")]
    public void Where_two_files_differ_on_lower_case_the_one_that_the_library_takes_counts_and_both_are_named(
        string className, bool json, bool config, int expected, string counts)
    {
        var (inJson, inConfig) = (json ? "true" : "false", config ? "true" : "false");
        using var folder = new ModelFolder()
            .With("tokenizer.json", TokenizerJson.WordPiece($$"""{"type": "BertNormalizer", "lowercase": {{inJson}}}""", "x", "a"))
            .With("tokenizer_config.json", $$"""{"tokenizer_class": "{{className}}", "do_lower_case": {{inConfig}}}""");
        var tokenizer = folder.Load();
        Assert.Equal(expected, tokenizer.Encode("A").Ids[0]);
        var warning = Assert.Single(tokenizer.Warnings);
        Assert.Contains($"tokenizer.json: normalizer.lowercase is {inJson}, but do_lower_case in", warning);
        Assert.Contains($"tokenizer_config.json is {inConfig}; {counts} counts", warning);
    }

    [Theory]
    [InlineData("BertTokenizerFast", null, "true", 5, "is not stated, but strip_accents in")]
    [InlineData("BertTokenizer", "true", null, 6, "is true, but strip_accents in")]
    [InlineData("PreTrainedTokenizerFast", null, "true", 6, "is not stated, but strip_accents in")]
    public void So_it_is_where_they_differ_on_accents(string className, string? json, string? config, int expected, string warning)
    {
        using var folder = new ModelFolder()
            .With("tokenizer.json", TokenizerJson.WordPiece(
                $$"""{"type": "BertNormalizer", "lowercase": false, "strip_accents": {{json ?? "null"}}}""", "e", "é"))
            .With(
                "tokenizer_config.json",
                $$"""{"tokenizer_class": "{{className}}", "do_lower_case": false, "strip_accents": {{config ?? "null"}}}""");
        var tokenizer = folder.Load();
        Assert.Equal($"{expected}[0,1)0", tokenizer.Encode("é").Shown());
        Assert.Contains($"normalizer.strip_accents {warning}", Assert.Single(tokenizer.Warnings));
    }

    [Theory]
    [InlineData("BertTokenizerFast", "true", "false", "5[0,2)0")]
    [InlineData("BertTokenizer", "false", "true", "1[0,1)0 1[1,2)1")]
    [InlineData("PreTrainedTokenizerFast", "true", "false", "1[0,1)0 1[1,2)1")]
    public void So_it_is_where_they_differ_on_ideographs(string className, string json, string config, string expected)
    {
        using var folder = new ModelFolder()
            .With("tokenizer.json", TokenizerJson.WordPiece(
                $$"""{"type": "BertNormalizer", "lowercase": false, "handle_chinese_chars": {{json}}}""", "漢字"))
            .With(
                "tokenizer_config.json",
                $$"""{"tokenizer_class": "{{className}}", "do_lower_case": false, "tokenize_chinese_chars": {{config}}}""");
        var tokenizer = folder.Load();
        Assert.Equal(expected, tokenizer.Encode("漢字").Shown());
        Assert.Contains(
            $"normalizer.handle_chinese_chars is {json}, but tokenize_chinese_chars in", Assert.Single(tokenizer.Warnings));
    }

    [Fact]
    public void Case_that_only_tokenizer_json_keeps_is_kept_with_a_warning()
    {
        using var folder = new ModelFolder().With("tokenizer.json", TokenizerJson.WordPiece(CasedNormalizer, "A", "a"))
            .With("tokenizer_config.json", """{"tokenizer_class": "BertTokenizer"}""");
        var tokenizer = folder.Load();
        Assert.Equal("5[0,1)0", tokenizer.Encode("A").Shown());
        Assert.Contains("normalizer.lowercase is false, but do_lower_case in", Assert.Single(tokenizer.Warnings));
    }

    [Theory]
    [InlineData("roberta", "true", "roberta-prefix-space")]
    [InlineData("roberta-prefix-space", "false", "roberta")]
    public void The_prefix_space_that_tokenizer_config_states_counts(string json, string config, string expected)
    {
        using var folder = new ModelFolder().With("tokenizer.json", ParityFamily.TokenizerJson(json)).With(
            "tokenizer_config.json", $$"""{"tokenizer_class": "RobertaTokenizerFast", "add_prefix_space": {{config}}}""");
        var tokenizer = folder.Load();
        Assert.All(
            ParityFamily.Corpus()[..200],
            text => Assert.Equal(ParityFamily.Tokenizer(expected).Encode(text).Shown(), tokenizer.Encode(text).Shown()));
        Assert.Contains("pre_tokenizer.add_prefix_space is", Assert.Single(tokenizer.Warnings));
    }

    [Fact]
    public void A_missing_folder_is_named()
    {
        List<string> problems = [];
        Assert.Null(TokenizerLoader.Load("/no/such/folder", problems));
        Assert.Equal(["/no/such/folder: is no folder; give the folder that holds the model's files"], problems);
    }

    [Fact]
    public void An_empty_folder_names_the_files_it_lacks()
    {
        using var folder = new ModelFolder();
        Assert.Contains("has no tokenizer, which is one of tokenizer.json, vocab.txt, vocab.json,", Assert.Single(folder.Problems()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("{\"model\": \u0000}")]
    public void A_broken_tokenizer_json_is_named(string content)
    {
        using var folder = new ModelFolder().With("tokenizer.json", content);
        Assert.Contains("tokenizer.json", Assert.Single(folder.Problems()));
    }

    [Fact]
    public void A_file_above_the_limit_is_not_read()
    {
        using var folder = new ModelFolder();
        using (var file = File.Create(Path.Combine(folder.Path, "tokenizer.json")))
            file.SetLength(BoundedFile.MaxBytes + 1);
        Assert.Contains($"has {BoundedFile.MaxBytes + 1} bytes, at most {BoundedFile.MaxBytes}", Assert.Single(folder.Problems()));
    }

    [Theory]
    [InlineData("\"BertNormalizer\"", "\"NoSuchNormalizer\"", "normalizer.type is \"NoSuchNormalizer\"")]
    [InlineData("\"BertPreTokenizer\"", "\"NoSuchSplitter\"", "pre_tokenizer.type is \"NoSuchSplitter\"")]
    [InlineData("\"BertProcessing\"", "\"NoSuchProcessor\"", "post_processor.type is \"NoSuchProcessor\"")]
    [InlineData("\"WordPiece\"", "\"NoSuchModel\"", "model.type is \"NoSuchModel\"")]
    [InlineData("\"version\": \"1.0\"", "\"surprise\": 1", "surprise is 1, which is not known here")]
    [InlineData("\"lowercase\": false", "\"lowercase\": \"no\"", "normalizer.lowercase is \"no\", it must be true or false")]
    [InlineData("\"unk_token\": \"[UNK]\"", "\"unk_token\": \"<unk>\"", "model.unk_token is \"<unk>\", which is not in model.vocab")]
    [InlineData("\"[PAD]\":0", "\"[NIL]\":0", "has no [PAD] or <pad> to pad with")]
    [InlineData("\"a\":5", "\"a\":-5", "model.vocab.\"a\" has the id -5")]
    [InlineData("\"a\":5", "\"a\":4", "model.vocab.\"a\" has the id 4, which \"[MASK]\" has too")]
    [InlineData("\"a\":5", "\"a\":99999999", "model.vocab.\"a\" has the id 99999999")]
    [InlineData("\"a\":5", "\"a\\ud800\":5", "half a surrogate pair")]
    [InlineData("[\"[SEP]\", 3]", "[\"[SEP]\", 300]", "post_processor uses the id 300, but the vocabulary ends at 6")]
    [InlineData("[\"[SEP]\", 3]", "\"[SEP]\"", "post_processor.sep")]
    [InlineData("\"max_input_chars_per_word\": 100", "\"max_input_chars_per_word\": 0", "max_input_chars_per_word is 0")]
    [InlineData(
        "\"added_tokens\": []", "\"added_tokens\": [{\"id\": 5, \"content\": \"b\"}]", "added_tokens[0].id is 5, but \"b\" has the id 6")]
    [InlineData("\"added_tokens\": []", "\"added_tokens\": [1]", "added_tokens[0] is 1, it must be an object")]
    public void A_wrong_part_of_tokenizer_json_is_named_with_its_value(string right, string wrong, string expected)
    {
        var json = TokenizerJson.WordPiece(CasedNormalizer, "a", "b");
        Assert.Contains(right, json);
        using var folder = new ModelFolder().With("tokenizer.json", json.Replace(right, wrong, StringComparison.Ordinal));
        Assert.Contains(folder.Problems(), problem => problem.Contains(expected, StringComparison.Ordinal));
    }

    [Fact]
    public void All_problems_are_reported_at_once()
    {
        var json = TokenizerJson.WordPiece("""{"type": "Odd"}""", "a").Replace("BertPreTokenizer", "Even", StringComparison.Ordinal);
        using var folder = new ModelFolder().With("tokenizer.json", json).With("tokenizer_config.json", """{"model_max_length": 2}""");
        Assert.Equal(3, folder.Problems().Count);
    }

    [Fact]
    public void Every_missing_special_token_is_named_with_the_way_out()
    {
        using var folder = ModelFolder.Bert(["a", "b"]);
        var problems = folder.Problems();
        Assert.Equal(4, problems.Count);
        Assert.Contains(problems, problem => problem.Contains(
            "has no line [CLS], which is the cls_token; add it, or name another piece", StringComparison.Ordinal));
    }

    [Fact]
    public void Special_tokens_go_by_the_names_in_tokenizer_config()
    {
        using var folder = ModelFolder.Bert(
            ["<pad>", "<unk>", "<s>", "</s>", "a"],
            """
            {"do_lower_case": false, "pad_token": "<pad>", "unk_token": "<unk>", "cls_token": {"content": "<s>", "lstrip": false},
             "sep_token": "</s>"}
            """);
        var tokenizer = folder.Load();
        Assert.Equal("1[0,1)0 3[1,5)1 4[5,6)2", tokenizer.Encode("b</s>a").Shown());
        Assert.Equal([2], tokenizer.Special.Before);
    }

    [Fact]
    public void A_piece_that_comes_twice_has_the_later_line_s_id()
    {
        using var folder = ModelFolder.Bert([.. Vocabulary, "a"]);
        Assert.Equal("7[0,1)0", folder.Load().Encode("a").Shown());
    }

    [Fact]
    public void The_ends_of_vocabulary_lines_are_trimmed()
    {
        using var folder = ModelFolder.Bert(["[PAD]\r", "[UNK]\r", "[CLS] ", "[SEP]\t", "[MASK]\r", "a \r"]);
        Assert.Equal("5[0,1)0", folder.Load().Encode("a").Shown());
    }

    [Fact]
    public void A_vocabulary_that_is_not_utf_8_is_named()
    {
        using var folder = new ModelFolder().With("vocab.txt", [0x61, 0xFF, 0x0A]);
        Assert.Contains("is not UTF-8 at byte 1", Assert.Single(folder.Problems()));
    }

    [Fact]
    public void A_vocabulary_with_capitals_and_no_word_about_case_is_refused()
    {
        using var folder = ModelFolder.Bert([.. Vocabulary, "London"], "{}");
        Assert.Contains("it has \"London\"; state do_lower_case", Assert.Single(folder.Problems()));
    }

    [Fact]
    public void A_vocabulary_without_capitals_is_lower_case_unless_stated()
    {
        using var folder = ModelFolder.Bert(Vocabulary, "{}");
        Assert.Equal("5[0,1)0", folder.Load().Encode("A").Shown());
    }

    [Fact]
    public void A_wrong_setting_is_named()
    {
        using var folder = ModelFolder.Bert(Vocabulary, """{"do_lower_case": "maybe", "model_max_length": -1, "padding_side": "up"}""");
        Assert.Equal(3, folder.Problems().Count);
    }

    [Fact]
    public void A_limit_that_no_model_has_means_none()
    {
        using var folder = ModelFolder.Bert(
            Vocabulary, """{"do_lower_case": false, "model_max_length": 1000000000000000019884624838656}""");
        Assert.Null(folder.Load().MaxPieces);
    }

    [Theory]
    [InlineData("""{"added": 7}""", null)]
    [InlineData(
        null, """{"do_lower_case": false, "added_tokens_decoder": {"7": {"content": "added", "normalized": false, "special": false}}}""")]
    public void Added_tokens_beside_the_vocabulary_are_found(string? added, string? config)
    {
        using var folder = ModelFolder.Bert(Vocabulary);
        if (added is not null)
            folder.With("added_tokens.json", added);
        if (config is not null)
            folder.With("tokenizer_config.json", config);
        var tokenizer = folder.Load();
        Assert.Equal("5[0,1)0 7[1,6)1 6[6,7)2", tokenizer.Encode("aaddedb").Shown());
        Assert.Equal(8, tokenizer.VocabularySize);
    }

    [Theory]
    [InlineData("""{"additional_special_tokens": ["[E1]"]}""", "[E1]", 7)]
    [InlineData("""{"additional_special_tokens": [{"content": "[E1]", "lstrip": false}]}""", "[E1]", 7)]
    [InlineData("""{"additional_special_tokens": ["[E1]", "[E2]"]}""", "[E2]", 8)]
    public void Further_special_tokens_are_pieces_of_the_vocabulary_or_stand_behind_it(string map, string token, int id)
    {
        using var folder = ModelFolder.Bert([.. Vocabulary, "[E1]"]).With("special_tokens_map.json", map);
        var tokenizer = folder.Load();
        Assert.Equal($"{id}[0,4)0 5[4,5)1", tokenizer.Encode($"{token}a").Shown());
        Assert.True(tokenizer.IsSilent(id));
    }

    [Fact]
    public void A_further_special_token_of_added_tokens_json_is_looked_for_as_it_is_written()
    {
        using var folder = ModelFolder.Bert(Vocabulary, """{"do_lower_case": true, "additional_special_tokens": ["[E1]"]}""")
            .With("added_tokens.json", """{"[E1]": 7}""");
        var tokenizer = folder.Load();
        Assert.Equal("7[0,4)0", tokenizer.Encode("[E1]").Shown());
        Assert.DoesNotContain(7, tokenizer.Encode("[e1]").Ids.ToArray());
    }

    [Theory]
    [InlineData("BertJapaneseTokenizer")]
    [InlineData("ErnieMTokenizer")]
    [InlineData("FunnelTokenizerFast")]
    [InlineData("PhobertTokenizer")]
    [InlineData("RoFormerTokenizerFast")]
    public void A_vocabulary_of_a_class_with_other_rules_is_refused_by_name(string className)
    {
        using var folder = ModelFolder.Bert(Vocabulary, $$"""{"tokenizer_class": "{{className}}", "do_lower_case": false}""");
        var name = className.Replace("Fast", "", StringComparison.Ordinal);
        Assert.Contains($"tokenizer_class is \"{name}\", known for vocab.txt are BertTokenizer,", Assert.Single(folder.Problems()));
    }

    [Theory]
    [InlineData("BertTokenizer")]
    [InlineData("DistilBertTokenizerFast")]
    [InlineData("DPRContextEncoderTokenizerFast")]
    [InlineData("MPNetTokenizer")]
    [InlineData("RealmTokenizer")]
    [InlineData("SplinterTokenizerFast")]
    public void A_vocabulary_of_a_class_with_the_same_rules_is_read(string className)
    {
        using var folder = ModelFolder.Bert(Vocabulary, $$"""{"tokenizer_class": "{{className}}", "do_lower_case": false}""");
        Assert.Equal("5[0,1)0", folder.Load().Encode("a").Shown());
    }

    [Theory]
    [InlineData("word_tokenizer_type", "mecab", "basic")]
    [InlineData("subword_tokenizer_type", "character", "wordpiece")]
    public void A_vocabulary_whose_words_are_cut_in_another_way_is_refused(string field, string value, string known)
    {
        using var folder = ModelFolder.Bert(Vocabulary, $$"""{"do_lower_case": false, "{{field}}": "{{value}}"}""");
        Assert.Contains($"{field} is \"{value}\", known is {known}", Assert.Single(folder.Problems()));
    }

    [Fact]
    public void A_byte_order_mark_is_no_part_of_a_file()
    {
        using var folder = ModelFolder.Bert(Vocabulary).With(
            "vocab.txt", [.. Encoding.UTF8.Preamble, .. Encoding.UTF8.GetBytes(string.Join('\n', Vocabulary))]);
        Assert.Equal(0, folder.Load().Special.Pad);
    }

    private static bool SameIds(
        (System.Collections.Immutable.ImmutableArray<int> Before, System.Collections.Immutable.ImmutableArray<int> After) a,
        (System.Collections.Immutable.ImmutableArray<int> Before, System.Collections.Immutable.ImmutableArray<int> After) b) =>
        a.Before.SequenceEqual(b.Before) && a.After.SequenceEqual(b.After);
}
