using System.Diagnostics;
using System.Text.RegularExpressions;
using CsCheck;
using StreamNer.Inference.Domain;
using StreamNer.Inference.Windows;
using StreamNer.Inference.Words;
using StreamNer.TestSupport.Inference;

namespace StreamNer.Inference.Tests.Words;

public class TextCleanerTests
{
    private static readonly Gen<string> Texts =
        Gen.OneOf(" ", "\n", "\t", "\r", "\v", "\u0001", "\u00A0", "\\n", "\\r", "\\t", "\\r\\n", "\\", "n", "r", "x", "é", "\uD83D\uDE00",
            "\uD83D").List[0, 30].Select(parts => string.Concat(parts));

    [Theory]
    [InlineData(CleanUp.Disabled, " a\n\tb\\nc ", " a\n\tb\\nc ")]
    [InlineData(CleanUp.Inplace, " a\n\tb\\nc ", " a  b\\nc ")]
    [InlineData(CleanUp.InplaceFull, " a\n\tb\\nc\\r\\nd\\te ", " a  b c d e ")]
    [InlineData(CleanUp.Shrink, " a\n\tb\\nc ", "a b\\nc")]
    [InlineData(CleanUp.ShrinkFull, " a\n\tb\\n\\nc\\t\\td ", "a b c d")]
    [InlineData(CleanUp.Each, "a \nb\nc\t\td", "a b\nc d")]
    [InlineData(CleanUp.EachFull, "a \\nb\\nc\n\nd", "a b\\nc d")]
    [InlineData(CleanUp.DeleteFull, " a\\nb\\r\\nc\\td ", "abcd")]
    public void Each_mode_cleans_by_its_rule(CleanUp mode, string text, string expected)
    {
        var cleaner = new TextCleaner(mode);
        cleaner.Clean(text);
        Assert.Equal(expected, cleaner.Chars.ToString());
    }

    [Theory]
    [InlineData(CleanUp.Inplace, @"[ \t\n\x0B\f\r]", " ", false)]
    [InlineData(CleanUp.InplaceFull, @"[ \t\n\x0B\f\r]|(?:\\r)?(?:\\n)|(?:\\t)", " ", false)]
    [InlineData(CleanUp.Shrink, @"[ \t\n\x0B\f\r]+", " ", true)]
    [InlineData(CleanUp.ShrinkFull, @"[ \t\n\x0B\f\r]+|(?:\\r)*(?:\\n)+|(?:\\t)+", " ", true)]
    [InlineData(CleanUp.Each, @"[ \t\n\x0B\f\r][\n\t]", " ", false)]
    [InlineData(CleanUp.EachFull, @"[ \t\n\x0B\f\r](?:\n|\t|(?:\\r)?(?:\\n)|(?:\\t))", " ", false)]
    [InlineData(CleanUp.DeleteFull, @"(?:\\r)?(?:\\n)|(?:\\t)", "", true)]
    public void A_mode_does_what_its_regular_expression_does(CleanUp mode, string pattern, string replacement, bool trims)
    {
        var regex = new Regex(pattern, RegexOptions.CultureInvariant, TimeSpan.FromSeconds(10));
        var cleaner = new TextCleaner(mode);
        Texts.Sample(text =>
        {
            cleaner.Clean(text);
            Assert.Equal(regex.Replace(trims ? text.Trim([.. Enumerable.Range(0, ' ' + 1).Select(c => (char)c)]) : text, replacement),
                cleaner.Chars.ToString());
        }, threads: 1);
    }

    [Fact]
    public void Each_character_of_the_cleaned_text_comes_from_where_it_says() =>
        Gen.Select(Gen.Enum<CleanUp>(), Texts).Sample((mode, text) =>
        {
            var cleaner = new TextCleaner(mode);
            cleaner.Clean(text);
            var previous = 0;
            for (var i = 0; i < cleaner.Chars.Length; i++)
            {
                var (start, end) = cleaner.Original(i, i + 1);
                Assert.InRange(start, previous, text.Length - 1);
                if (cleaner.Chars[i] == ' ')
                    Assert.All(text[start..end], c => Assert.True(c is ' ' or (>= '\t' and <= '\r') or '\\' or 'n' or 'r' or 't'));
                else
                    Assert.Equal(cleaner.Chars[i].ToString(), text[start..end]);
                previous = end;
            }
        });

    [Fact]
    public void A_word_cut_from_the_original_is_the_word_of_the_cleaned_text() =>
        Gen.Select(Gen.Enum<CleanUp>(), Texts).Sample((mode, text) =>
        {
            // Deleting an escape makes one word of two, with the escape inside; elsewhere the surface is the same.
            if (mode == CleanUp.DeleteFull)
                return;
            var cleaner = new TextCleaner(mode);
            cleaner.Clean(text);

            // The tokenizer's words may hold blanks of other kinds, which are no part of a word.
            var expected =
                cleaner.Chars.ToString().Split([' ', '\n'], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
            var document = new DocumentTokenizer(new WordTokenizer(), 512, new WindowOptions(), new WordOptions { CleanUp = mode })
                .Tokenize(new Document(new DocumentId("d"), text), out _)!;
            Assert.Equal(expected, Enumerable.Range(0, document.Words.Count).Select(word => document.Words.Span(word).In(text).ToString()));
        });

    [Theory]
    [InlineData("\\r")]
    [InlineData(" ")]
    [InlineData("\\n")]
    [InlineData("\\")]
    public void Time_is_linear_in_the_text(string part)
    {
        var text = string.Concat(Enumerable.Repeat(part, 1_000_000 / part.Length)) + "x";
        foreach (var mode in Enum.GetValues<CleanUp>())
        {
            var started = Stopwatch.GetTimestamp();
            new TextCleaner(mode).Clean(text);
            Assert.InRange(Stopwatch.GetElapsedTime(started).TotalSeconds, 0, 20);
        }
    }
}
