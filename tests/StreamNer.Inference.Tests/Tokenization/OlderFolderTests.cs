using System.IO.Compression;
using System.Text.Json;
using System.Text.Json.Nodes;
using StreamNer.Inference.Tests.Tokenization.Parity;
using StreamNer.TestSupport;

namespace StreamNer.Inference.Tests.Tokenization;

/// <summary>Folders without a <c>tokenizer.json</c>, of the families other than BERT's.</summary>
public sealed class OlderFolderTests
{
    [Theory]
    [InlineData(false, "roberta")]
    [InlineData(true, "roberta-prefix-space")]
    public void Vocab_json_and_merges_txt_give_what_tokenizer_json_gives(bool addPrefixSpace, string family)
    {
        using var folder = Roberta(
            $$"""{"tokenizer_class": "RobertaTokenizer", "add_prefix_space": {{(addPrefixSpace ? "true" : "false")}}}""");
        using var expectedFolder = ParityFamily.Folder(family);
        var tokenizer = folder.Load();
        var expected = expectedFolder.Load();
        Assert.All(ParityFamily.Corpus()[..1_500], text => Assert.Equal(expected.Encode(text).Shown(), tokenizer.Encode(text).Shown()));
        Assert.Equal(expected.Special.Before.Concat(expected.Special.After), tokenizer.Special.Before.Concat(tokenizer.Special.After));
    }

    [Theory]
    [InlineData("<mask>", 50264)]
    [InlineData("<e1>", 50265)]
    public void Further_special_tokens_are_pieces_of_vocab_json_or_stand_behind_it(string token, int id)
    {
        using var folder = Roberta("{}").With("special_tokens_map.json", $$"""{"additional_special_tokens": ["{{token}}"]}""");
        var tokenizer = folder.Load();
        Assert.Equal(id, tokenizer.Encode($"a{token}b").Ids[1]);
        Assert.Equal(Math.Max(50_265, id + 1), tokenizer.VocabularySize);
    }

    [Fact]
    public void A_class_with_other_rules_is_refused_by_name()
    {
        using var folder = Roberta("""{"tokenizer_class": "GPT2Tokenizer"}""");
        Assert.Contains(
            "tokenizer_class is \"GPT2Tokenizer\", known for vocab.json are RobertaTokenizer", Assert.Single(folder.Problems()));
    }

    [Fact]
    public void A_missing_merges_txt_is_named()
    {
        using var folder = Roberta("{}");
        File.Delete(Path.Combine(folder.Path, "merges.txt"));
        Assert.Contains("merges.txt: can't be read", Assert.Single(folder.Problems()));
    }

    [Fact]
    public void A_vocabulary_without_every_byte_is_refused()
    {
        using var folder = new ModelFolder().With(
            "vocab.json", """{"<s>": 0, "</s>": 1, "<pad>": 2, "<unk>": 3, "a": 4}""").With("merges.txt", "");
        Assert.Contains(folder.Problems(), problem => problem.Contains("has no piece", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("a", "line 1 must be two pieces with a blank between them")]
    [InlineData("#version: 0.2\na zqxj", "line 2 merges \"zqxj\", which is not in the vocabulary")]
    public void A_wrong_merge_is_named_with_its_line(string merges, string expected)
    {
        using var folder = Roberta("{}").With("merges.txt", merges);
        Assert.Contains(folder.Problems(), problem => problem.EndsWith(expected, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("{}", "tokenizer_class is not stated")]
    [InlineData("""{"tokenizer_class": "T5Tokenizer"}""", "tokenizer_class is \"T5Tokenizer\"")]
    public void A_model_file_needs_a_known_class(string config, string expected)
    {
        using var folder = new ModelFolder().With("spiece.model", [1]).With("tokenizer_config.json", config);
        Assert.Contains(expected, Assert.Single(folder.Problems()));
    }

    [Theory]
    [InlineData(new byte[] { 0x0A, 0x7F, 0x00 }, "it ends 126 bytes too early")]
    [InlineData(new byte[] { 0x0B }, "wire type 3")]
    [InlineData(new byte[] { 0x12, 0x02, 0x18, 0x02 }, "model type 2, known is 1 (unigram)")]
    [InlineData(new byte[0], "has 0 pieces")]
    public void A_broken_model_file_is_named(byte[] content, string expected)
    {
        using var folder = new ModelFolder().With("spiece.model", content).With(
            "tokenizer_config.json", """{"tokenizer_class": "XLNetTokenizer"}""");
        Assert.Contains(expected, Assert.Single(folder.Problems()));
    }

    [Fact]
    public void XLNet_pads_in_front_with_a_type_of_its_own()
    {
        using var folder = ParityFamily.Folder("folder-xlnet");
        var special = folder.Load().Special;
        Assert.True(special.PadLeft);
        Assert.Equal((3, 2), (special.PadType, special.AfterTypes[^1]));
        Assert.Empty(special.Before);
    }

    private static ModelFolder Roberta(string config)
    {
        using var packed = new GZipStream(
            File.OpenRead(Repository.File("tests", "parity", "vocabularies", "roberta.model.json.gz")), CompressionMode.Decompress);
        var model = JsonNode.Parse(packed)!;
        var merges = model["merges"]!.AsArray().Select(merge => merge!.GetValue<string>());
        return new ModelFolder()
            .With("vocab.json", JsonSerializer.SerializeToUtf8Bytes(model["vocab"]))
            .With("merges.txt", $"#version: 0.2\n{string.Join('\n', merges)}\n")
            .With("tokenizer_config.json", config);
    }
}
