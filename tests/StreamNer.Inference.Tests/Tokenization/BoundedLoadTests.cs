using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using StreamNer.Inference.Tokenization.Expressions;

namespace StreamNer.Inference.Tests.Tokenization;

/// <summary>What a hostile <c>tokenizer.json</c> takes when it is loaded is bounded.</summary>
public sealed class BoundedLoadTests
{
    private const string Model = """{"type": "WordLevel", "unk_token": "[UNK]", "vocab": {"[UNK]": 0, "[PAD]": 1}}""";

    [Fact]
    public void A_text_to_look_for_takes_no_table_for_each_of_its_characters() =>
        Assert.InRange(Allocated(() => Expression.Literal(Characters(5_000))), 0, 8_000_000);

    [Fact]
    public void Nor_does_an_expression() =>
        Assert.InRange(Allocated(() => Assert.NotNull(Expression.Parse(Characters(256), out _))), 0, 500_000);

    [Theory]
    [InlineData("\\H")]
    [InlineData("\\W")]
    public void Nor_does_a_set_for_each_class_in_it(string part) =>
        Assert.InRange(
            Allocated(() => Assert.NotNull(Expression.Parse($"[{string.Concat(Enumerable.Repeat(part, 2_000))}]", out _))), 0, 2_000_000);

    [Fact]
    public void Normalizers_and_splitters_of_64_steps_are_read()
    {
        using var folder = Folder(Sequence("normalizers", "NFC", 64), Sequence("pretokenizers", "WhitespaceSplit", 64));
        Assert.Equal("0[0,1)0", folder.Load().Encode("a").Shown());
    }

    [Fact]
    public void A_65th_splitter_is_refused()
    {
        using var folder = Folder("null", Sequence("pretokenizers", "WhitespaceSplit", 65));
        Assert.Contains("pre_tokenizer has more than 64 steps", Assert.Single(folder.Problems()));
    }

    [Fact]
    public void So_is_a_65th_normalizer_also_in_another_sequence()
    {
        using var folder = Folder(
            $$"""{"type": "Sequence", "normalizers": [{"type": "NFC"}, {{Sequence("normalizers", "NFC", 64)}}]}""", "null");
        Assert.Contains("normalizer has more than 64 steps", Assert.Single(folder.Problems()));
    }

    [Fact]
    public void A_character_map_that_makes_a_long_text_of_a_character_is_refused()
    {
        using var folder = Folder(Precompiled(CharacterMap([(0x41, 0)], new string('b', 1_000))), "null");
        Assert.Contains("precompiled_charsmap has a text of more than 256 bytes", Assert.Single(folder.Problems()));
    }

    [Fact]
    public void A_character_map_of_nothing_but_ends_of_texts_is_refused()
    {
        using var folder = Folder(Precompiled(CharacterMap([(0x41, 0)], new string('\0', 70_000))), "null");
        Assert.Contains("precompiled_charsmap has more than 65535 texts", Assert.Single(folder.Problems()));
    }

    [Fact]
    public void A_character_map_whose_characters_share_too_many_texts_is_refused()
    {
        // Each text of six characters is used from its first and from its second one on.
        var texts = string.Concat(Enumerable.Range(0, 40_000).Select(i => string.Create(CultureInfo.InvariantCulture, $"x{i:D5}\0")));
        var entries = Enumerable.Range(0, 65_600).Select(i => (i < 65_536 ? 0x10000 + i : 0x41 + i - 65_536, i / 2 * 7 + i % 2));
        using var folder = Folder(Precompiled(CharacterMap(entries, texts)), "null");
        Assert.Contains("precompiled_charsmap has more than 65535 texts", Assert.Single(folder.Problems()));
    }

    [Fact]
    public void A_character_map_of_fewer_texts_is_read()
    {
        using var folder = Folder(Precompiled(CharacterMap([(0x41, 0), (0x10000, 1)], "ab\0")), """{"type": "WhitespaceSplit"}""",
            """{"type": "WordLevel", "unk_token": "[UNK]", "vocab": {"[UNK]": 0, "[PAD]": 1, "ab": 2, "b": 3}}""");
        Assert.Equal("2[0,1)0 3[2,4)1", folder.Load().Encode("A \U00010000").Shown());
    }

    [Fact]
    public void A_piece_that_a_text_could_repeat_the_beginning_of_for_ever_is_refused()
    {
        var piece = new string('a', 40_000);
        using var folder = Folder("null", "null",
            $$"""{"type": "Unigram", "unk_id": 0, "vocab": [["<unk>", 0], ["[PAD]", 0], ["a", -1], ["{{piece}}b", -2]]}""");
        Assert.Contains($"the piece \"{piece[..60]}...\" has 40001 characters, 1000 are the most", Assert.Single(folder.Problems()));
    }

    [Theory]
    [InlineData("true")]
    [InlineData("false")]
    public void So_is_such_an_added_token(string normalized)
    {
        var content = new string('a', 40_000) + "b";
        using var folder = new ModelFolder().With("tokenizer.json", TokenizerJson.Of("null", "null", Model).Replace(
            "\"added_tokens\": []",
            $$"""
            "added_tokens": [{"id": 2, "content": "{{content}}", "normalized": {{normalized}}}]
            """,
            StringComparison.Ordinal));
        Assert.Contains("has 40001 characters, 1000 are the most", Assert.Single(folder.Problems()));
    }

    private static long Allocated(Action step)
    {
        step();
        var before = GC.GetAllocatedBytesForCurrentThread();
        step();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private static string Characters(int count) => string.Concat(Enumerable.Range(0x4E00, count).Select(unit => (char)unit));

    private static string Sequence(string field, string type, int count) =>
        $$"""{"type": "Sequence", "{{field}}": [{{string.Join(", ", Enumerable.Repeat($$"""{"type": "{{type}}"}""", count))}}]}""";

    private static string Precompiled(byte[] map) =>
        $$"""{"type": "Precompiled", "precompiled_charsmap": "{{Convert.ToBase64String(map)}}"}""";

    /// <summary>A map whose array has 256 units for each byte that keys go on behind.</summary>
    private static byte[] CharacterMap(IEnumerable<(int CodePoint, int Start)> entries, string texts)
    {
        const int Block = 256;
        const uint HasValue = 1u << 8;
        const uint Value = 1u << 31;
        List<uint> units = [.. new uint[2 * Block]];
        Dictionary<int, int> blocks = [];
        List<(int At, int Start)> values = [];
        units[0] = Block << 10;
        foreach (var (codePoint, start) in entries)
        {
            var (block, bytes) = (Block, Encoding.UTF8.GetBytes(char.ConvertFromUtf32(codePoint)));
            foreach (var label in bytes[..^1])
            {
                var at = block ^ label;
                if (!blocks.TryGetValue(at, out block))
                {
                    blocks[at] = block = units.Count;
                    units.AddRange(new uint[Block]);
                    units[at] = (uint)(at ^ block) << 10 | label;
                }
            }

            units[block ^ bytes[^1]] = bytes[^1];
            values.Add((block ^ bytes[^1], start));
        }

        foreach (var (at, start) in values)
        {
            units[at] |= (uint)(at ^ units.Count) << 10 | HasValue;
            units.Add(Value | (uint)start);
        }

        var map = new byte[sizeof(uint) * (units.Count + 1) + texts.Length];
        BinaryPrimitives.WriteUInt32LittleEndian(map, (uint)(sizeof(uint) * units.Count));
        for (var i = 0; i < units.Count; i++)
            BinaryPrimitives.WriteUInt32LittleEndian(map.AsSpan(sizeof(uint) * (i + 1)), units[i]);
        Encoding.ASCII.GetBytes(texts, map.AsSpan(sizeof(uint) * (units.Count + 1)));
        return map;
    }

    private static ModelFolder Folder(string normalizer, string splitter, string model = Model) =>
        new ModelFolder().With("tokenizer.json", TokenizerJson.Of(normalizer, splitter, model));
}
