using System.Diagnostics;
using CsCheck;
using StreamNer.Inference.Domain;
using StreamNer.Inference.Tests.Tokenization;
using StreamNer.Inference.Words;

namespace StreamNer.Inference.Tests.Words;

/// <summary>The rules of the sentence cutter, as examples: sentences are separated by a bar.</summary>
public class SentenceCutterTests
{
    [Theory]
    [InlineData("He left. She stayed! Why? Because.", "He left.|She stayed!|Why?|Because.")]
    [InlineData("No mark at the end", "No mark at the end")]
    [InlineData("  Blanks around.   More.  ", "Blanks around.|More.")]
    [InlineData("Really?! Yes.", "Really?!|Yes.")]
    [InlineData("هل أنت هنا؟ نعم.", "هل أنت هنا؟|نعم.")]
    [InlineData("यह है। वह है।", "यह है।|वह है।")]
    [InlineData("", "")]
    [InlineData(" \n ", "")]
    public void A_mark_with_a_blank_behind_it_ends_a_sentence(string text, string sentences) => Check(text, sentences);

    [Theory]
    [InlineData("Pi is 3.14 today. Next.", "Pi is 3.14 today.|Next.")]
    [InlineData("See example.com for more.", "See example.com for more.")]
    [InlineData("Use node.js or .NET here.", "Use node.js or .NET here.")]
    public void A_mark_inside_a_word_or_number_ends_none(string text, string sentences) => Check(text, sentences);

    [Theory]
    [InlineData("Dr. Smith met Mrs. Jones. They spoke.", "Dr. Smith met Mrs. Jones.|They spoke.")]
    [InlineData("See Fig. 2 and No. 5. Is it so?", "See Fig. 2 and No. 5.|Is it so?")]
    [InlineData("He said no. We left.", "He said no.|We left.")]
    [InlineData("Acme Inc. Chairman Bob spoke.", "Acme Inc. Chairman Bob spoke.")]
    [InlineData("He works at Acme Inc. The firm grew.", "He works at Acme Inc.|The firm grew.")]
    [InlineData("The U.S. Senate met. In the U.S. It rained.", "The U.S. Senate met.|In the U.S.|It rained.")]
    [InlineData("at 5 p.m. today. Yes.", "at 5 p.m. today.|Yes.")]
    public void An_abbreviation_ends_a_sentence_only_before_a_word_that_begins_one(string text, string sentences) => Check(text, sentences);

    [Theory]
    [InlineData("J. R. R. Tolkien wrote. He slept.", "J. R. R. Tolkien wrote.|He slept.")]
    [InlineData("George W. Bush won.", "George W. Bush won.")]
    [InlineData("It was plan B. The rest failed.", "It was plan B.|The rest failed.")]
    public void An_initial_ends_none_before_a_name(string text, string sentences) => Check(text, sentences);

    [Theory]
    [InlineData("“I know.” He left.", "“I know.”|He left.")]
    [InlineData("\"Really?\" she asked. (It was.) Then he left.", "\"Really?\" she asked.|(It was.)|Then he left.")]
    [InlineData("He left. “Why?” They asked.", "He left.|“Why?”|They asked.")]
    public void Quotes_and_brackets_that_close_belong_to_the_sentence(string text, string sentences) => Check(text, sentences);

    [Theory]
    [InlineData("Well... maybe. Wait… Then go.", "Well... maybe.|Wait…|Then go.")]
    [InlineData("Well . . . maybe.", "Well . . . maybe.")]
    public void An_ellipsis_ends_a_sentence_unless_it_goes_on_in_lower_case(string text, string sentences) => Check(text, sentences);

    [Theory]
    [InlineData("A title\n\nthen text.", "A title|then text.")]
    [InlineData("A title\nThen text.", "A title|Then text.")]
    [InlineData("wrapped\nin lower case.", "wrapped\nin lower case.")]
    [InlineData("wrapped\r\nin lower case.", "wrapped\r\nin lower case.")]
    [InlineData("one\r\n\r\ntwo", "one|two")]
    [InlineData("one\u2029two", "one|two")]
    public void Line_breaks_end_sentences_unless_the_line_goes_on(string text, string sentences) => Check(text, sentences);

    [Theory]
    [InlineData("1. Preheat the oven. 2. Bake it.", "1. Preheat the oven.|2. Bake it.")]
    [InlineData("He came in 2019. Then he left.", "He came in 2019.|Then he left.")]
    public void The_number_of_a_lists_entry_belongs_to_the_entry(string text, string sentences) => Check(text, sentences);

    [Theory]
    [InlineData("我来了。他走了！为什么？", "我来了。|他走了！|为什么？")]
    [InlineData("「行く。」と言った。", "「行く。」|と言った。")]
    public void Wide_marks_need_no_blank(string text, string sentences) => Check(text, sentences);

    [Fact]
    public void Whatever_the_unicode_every_character_but_blanks_is_in_exactly_one_sentence() =>
        Gen.Select(AnyText.Generator, AnyText.Generator, (a, b) => a + ". " + b).Sample(text =>
        {
            List<TextSpan> sentences = [];
            SentenceCutter.Cut(text, sentences);
            var at = 0;
            foreach (var sentence in sentences.Append(new TextSpan(text.Length, text.Length)))
            {
                for (; at < sentence.Start; at++)
                    Assert.True(WordCutter.IsBlank(text, at));
                at = sentence.End;
            }
        });

    [Theory]
    [InlineData(".")]
    [InlineData(". ")]
    [InlineData(". (")]
    [InlineData("\n")]
    [InlineData("a.")]
    [InlineData("A. a ")]
    [InlineData(".\"")]
    [InlineData("1. ")]
    public void Time_is_linear_in_the_text(string part)
    {
        List<TextSpan> sentences = [];
        var text = string.Concat(Enumerable.Repeat(part, 1_000_000 / part.Length));
        var started = Stopwatch.GetTimestamp();
        SentenceCutter.Cut(text, sentences);

        // Quadratic time over a million characters would be minutes; linear time is milliseconds.
        Assert.InRange(Stopwatch.GetElapsedTime(started).TotalSeconds, 0, 20);
    }

    private static void Check(string text, string expected)
    {
        List<TextSpan> sentences = [];
        SentenceCutter.Cut(text, sentences);
        Assert.Equal(expected, string.Join('|', sentences.Select(sentence => sentence.In(text).ToString())));
    }
}
