using System.IO.Compression;
using System.Text;
using StreamNer.Tools.Evaluation;

namespace StreamNer.Tools.Tests.Evaluation;

public sealed class ConllFileTests : IDisposable
{
    private readonly string _file = Path.GetTempFileName();
    private readonly List<string> _problems = [];

    public void Dispose() => File.Delete(_file);

    [Fact]
    public void Word_and_label_are_the_first_and_the_last_column()
    {
        var sentence = Assert.Single(Read("Sarah NNP I-NP B-PER\nsings VBZ I-VP O\n"));

        Assert.Equal(["Sarah", "sings"], sentence.Words);
        Assert.Equal(["B-PER", "O"], sentence.Tags);
        Assert.Empty(_problems);
    }

    [Fact]
    public void Columns_may_be_chosen()
    {
        var sentence = Assert.Single(Read("1 Sarah B-NP B-PER\n", word: 2, label: 3));

        Assert.Equal(("Sarah", "B-NP"), (sentence.Words[0], sentence.Tags[0]));
    }

    [Fact]
    public void A_word_may_hold_blanks_where_tabs_are_between_the_columns() =>
        Assert.Equal(["10 000", "#"], Assert.Single(Read("10 000\tO\n#\tO\n")).Words);

    [Fact]
    public void Of_ten_columns_only_numbers_between_words_are_left_out()
    {
        var rest = string.Concat(Enumerable.Repeat("\t_", 8));

        Assert.Equal(["U.S.", "well-known", "1-", ".5"], Assert.Single(Read(
            $"1-2{rest}\tO\n1.1{rest}\tO\nU.S.{rest}\tB-LOC\nwell-known{rest}\tO\n1-{rest}\tO\n.5{rest}\tO\n")).Words);
    }

    [Theory]
    [InlineData(8)]
    [InlineData(400)]
    public void A_packed_file_that_ends_early_is_not_taken_for_a_short_one(int missing)
    {
        var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
            gzip.Write(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 1000).Select(i => $"word{i * 7919 % 1000} O\n"))));
        File.WriteAllBytes(_file, packed.ToArray()[..^missing]);

        Assert.Empty(ConllFile.Read(_file, null, null, _problems));
        Assert.Contains("can't be unpacked", Assert.Single(_problems));
    }

    [Fact]
    public void Blank_lines_and_document_starts_are_borders_and_sentences_know_their_line() =>
        Assert.Equal([3, 6, 8], Read("-DOCSTART- -X- O O\n\na O\n \n\nb O\n-DOCSTART- -X- O O\nc O\n").Select(sentence => sentence.Line));

    [Fact]
    public void Comments_and_lines_of_several_words_of_universal_dependencies_are_passed_over()
    {
        const string file = "# text = "
            + "vámonos\n1-2\tvámonos\t_\t_\t_\t_\t_\t_\t_\t_\n1\tvamos\tir\tVERB\t_\t_\t_\t_\t_\t_\n"
            + "1.1\tx\tx\tX\t_\t_\t_\t_\t_\t_\n2\tnos\tnosotros\tPRON\t_\t_\t_\t_\t_\t_\n";

        Assert.Equal(["VERB", "PRON"], Assert.Single(Read(file, word: 2, label: 4)).Tags);
        Assert.Empty(_problems);
    }

    [Fact]
    public void A_comment_above_a_sentence_may_hold_a_tab()
    {
        Assert.Equal(["a"], Assert.Single(Read("#\thttp://example.org/1\na\tO\n")).Words);
        Assert.Empty(_problems);
    }

    [Fact]
    public void A_line_of_a_tab_alone_is_a_border_in_a_file_of_blanks()
    {
        Assert.Equal(["a", "b"], Read("a O\n\t\nb O\n").Select(sentence => Assert.Single(sentence.Words)));
        Assert.Empty(_problems);
    }

    [Fact]
    public void A_first_column_that_counts_words_is_named_as_what_it_is()
    {
        Read("1 Sarah B-PER\n2 sings O\n\n1 London B-LOC\n");

        Assert.EndsWith("the first column counts the words of each sentence, it holds no words; name theirs: --word-column 2",
            Assert.Single(_problems), StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_may_be_packed_and_may_have_windows_line_ends_and_a_byte_order_mark()
    {
        using (var packed = new GZipStream(File.Create(_file), CompressionLevel.Fastest))
            packed.Write(Encoding.UTF8.GetBytes("\uFEFFSarah\tB-PER\r\n\r\nParis\tB-LOC\r\n"));

        Assert.Equal(["Sarah", "Paris"], ConllFile.Read(_file, null, null, _problems).SelectMany(sentence => sentence.Words));
        Assert.Empty(_problems);
    }

    [Fact]
    public void A_line_without_its_label_is_named()
    {
        Read("Sarah B-PER\nsings\n");

        Assert.Contains("line 2: 1 column between blanks, the word is looked for in column 1 and the label in column 2",
            Assert.Single(_problems));
    }

    [Fact]
    public void Of_many_such_lines_the_first_ones_are_named()
    {
        Read(string.Concat(Enumerable.Repeat("word\n", 100)));

        Assert.Equal(6, _problems.Count);
        Assert.Contains("95 more lines like these", _problems[^1]);
    }

    [Theory]
    [InlineData(new byte[] { 0x41, 0x20, 0xC3, 0x28 }, "not valid UTF-8")]
    [InlineData(new byte[] { 0x1F, 0x8B, 0xFF, 0, 0, 0, 0, 0, 0, 0, 0, 0 }, "can't be unpacked")]
    [InlineData(new byte[] { 0x0A }, "holds no sentence")]
    public void What_is_no_data_set_is_said(byte[] bytes, string expected)
    {
        File.WriteAllBytes(_file, bytes);

        Assert.Empty(ConllFile.Read(_file, null, null, _problems));
        Assert.Contains(expected, Assert.Single(_problems));
    }

    [Theory]
    [InlineData(8, 0)] // one line without an end
    [InlineData(32, '\n')] // lines of nothing, each of which takes memory all the same
    public void A_small_file_that_unpacks_to_more_than_may_be_held_is_refused(int megabytes, byte content)
    {
        var block = new byte[1 << 20];
        block.AsSpan().Fill(content);
        using (var packed = new GZipStream(File.Create(_file), CompressionLevel.Fastest))
        {
            for (var i = 0; i < megabytes; i++)
                packed.Write(block);
        }

        Assert.Empty(ConllFile.Read(_file, null, null, _problems));
        Assert.Contains("takes more than 536870912 bytes of memory, or has a line of more than 1048576 characters; split it",
            Assert.Single(_problems));
    }

    [Fact]
    public void A_line_may_end_anywhere_in_what_is_read_at_once()
    {
        // Parts of 16,384 characters: a line break of two lies on each border sooner or later.
        var words = Enumerable.Range(0, 20_000).Select(i => new string('w', (i % 7) + 1)).ToArray();
        Assert.Equal(words, Read(string.Concat(words.Select(word => $"{word} O\r\n"))).SelectMany(sentence => sentence.Words));
        Assert.Equal(["a", "b"], Assert.Single(Read("a O\rb O")).Words);
    }

    private IReadOnlyList<ConllSentence> Read(string text, int? word = null, int? label = null)
    {
        File.WriteAllText(_file, text);
        return ConllFile.Read(_file, word, label, _problems);
    }
}
