using System.Diagnostics;
using CsCheck;
using StreamNer.Inference.Domain;
using StreamNer.Inference.Tests.Tokenization;
using StreamNer.Inference.Words;

namespace StreamNer.Inference.Tests.Words;

/// <summary>The rules of the word cutter, as examples: words are separated by a bar.</summary>
public class WordCutterTests
{
    [Theory]
    [InlineData("Hello, world!", "Hello|,|world|!")]
    [InlineData("(He said \"no\".)", "(|He|said|\"|no|\"|.|)")]
    [InlineData("one;two:three", "one|;|two|:|three")]
    [InlineData("end.Next", "end|.|Next")] // a blank is missing
    [InlineData("and/or", "and|/|or")]
    [InlineData("snake_case", "snake_case")]
    [InlineData("«Bonjour» – dit-il", "«|Bonjour|»|–|dit-il")]
    [InlineData("2010–2012", "2010|–|2012")]
    public void Marks_are_words_of_their_own(string text, string words) => Check(text, words);

    [Theory]
    [InlineData("I can't, we'll, they've.", "I|can't|,|we'll|,|they've|.")]
    [InlineData("O'Brien's d’Artagnan", "O'Brien's|d’Artagnan")]
    [InlineData("'quoted'", "'|quoted|'")]
    [InlineData("the dogs' bowls", "the|dogs|'|bowls")]
    [InlineData("rock 'n' roll", "rock|'|n|'|roll")]
    [InlineData("in the 1990's", "in|the|1990's")]
    public void Contractions_and_names_with_an_apostrophe_stay_whole(string text, string words) => Check(text, words);

    [Theory]
    [InlineData("see https://example.com/a?b=1&c=2#d.", "see|https://example.com/a?b=1&c=2#d|.")]
    [InlineData("(http://example.com/x_(y))", "(|http://example.com/x_(y)|)")]
    [InlineData("www.example.com, ftp://h/f", "www.example.com|,|ftp://h/f")]
    [InlineData("example.com", "example.com")]
    [InlineData("<http://a.b>", "<|http://a.b|>")]
    [InlineData("http:// x", "http|:|/|/|x")]
    [InlineData("访问http://example.cn/a。好", "访|问|http://example.cn/a|。|好")] // an address ends at an ideograph
    public void A_web_address_is_one_word(string text, string words) => Check(text, words);

    [Theory]
    [InlineData("mail jo.doe+x@mail.example.org.", "mail|jo.doe+x@mail.example.org|.")]
    [InlineData("a-b@c-d.de;", "a-b@c-d.de|;")]
    [InlineData("a@b", "a|@|b")]
    [InlineData("a@b.c", "a|@|b.c")] // no such domain
    public void An_email_address_is_one_word(string text, string words) => Check(text, words);

    [Theory]
    [InlineData("@john_doe: #NLP2024!", "@john_doe|:|#NLP2024|!")]
    [InlineData("#1 of 3", "#|1|of|3")]
    [InlineData("@ home", "@|home")]
    [InlineData("#日本", "#日本")]
    public void A_mention_and_a_hashtag_are_one_word(string text, string words) => Check(text, words);

    [Theory]
    [InlineData("1,000.50 and 3.14.", "1,000.50|and|3.14|.")]
    [InlineData("1'000 12:30 2024-01-31 1/2", "1'000|12:30|2024-01-31|1/2")]
    [InlineData("1, 2", "1|,|2")]
    [InlineData("-5 +3.2 a-5", "-5|+3.2|a-5")]
    [InlineData("$5.00, €20, 20€, -$3 and US$7", "$5.00|,|€20|,|20€|,|-$3|and|US|$7")]
    [InlineData("50% or 20°", "50%|or|20°")]
    [InlineData("$ 5", "$|5")]
    [InlineData("3rd 5kg B2B covid19", "3rd|5kg|B2B|covid19")]
    [InlineData("١٬٠٠٠", "١٬٠٠٠")]
    public void Numbers_keep_their_separators_signs_and_currencies(string text, string words) => Check(text, words);

    [Theory]
    [InlineData("a well-known e-mail", "a|well-known|e-mail")]
    [InlineData("this--that", "this|--|that")]
    [InlineData("pre- and post-war", "pre|-|and|post-war")]
    [InlineData("- item", "-|item")]
    public void Hyphens_join_words_and_dashes_separate_them(string text, string words) => Check(text, words);

    [Theory]
    [InlineData("Dr. J. R. Smith of the U.S. and the U.K.", "Dr.|J.|R.|Smith|of|the|U.S.|and|the|U.K.")]
    [InlineData("e.g. at 5 p.m. today", "e.g.|at|5|p.m.|today")]
    [InlineData("Acme Inc., founded", "Acme|Inc.|,|founded")]
    [InlineData("No. 5, but I said no.", "No.|5|,|but|I|said|no|.")]
    [InlineData("It ends.", "It|ends|.")]
    public void Abbreviations_keep_their_full_stop(string text, string words) => Check(text, words);

    [Theory]
    [InlineData("well...yes… no", "well|...|yes|…|no")]
    [InlineData("U...", "U|...")]
    [InlineData("what?! no!!!", "what|?!|no|!!!")]
    [InlineData("---- **", "----|**")]
    public void An_ellipsis_and_other_runs_are_one_word(string text, string words) => Check(text, words);

    [Theory]
    [InlineData("AT&T and R&D, salt & pepper", "AT&T|and|R&D|,|salt|&|pepper")]
    [InlineData("C++, C# and F#.", "C++|,|C#|and|F#|.")]
    [InlineData("a+b=c", "a|+|b|=|c")]
    [InlineData("col·lecció", "col·lecció")]
    public void A_few_signs_belong_to_the_word_that_they_name(string text, string words) => Check(text, words);

    [Theory]
    [InlineData("hi👋🏽there 👩‍👩‍👧🇩🇪1️⃣", "hi|👋🏽|there|👩‍👩‍👧|🇩🇪|1️⃣")]
    [InlineData("❤️❤️", "❤️|❤️")]
    public void An_emoji_is_one_word_however_many_code_points_it_has(string text, string words) => Check(text, words);

    [Theory]
    [InlineData("我爱北京。", "我|爱|北|京|。")]
    [InlineData("トヨタは東京にある", "トヨタ|は|東|京|にある")]
    [InlineData("서울에서 살아요.", "서울에서|살아요|.")]
    [InlineData("iPhone手机", "iPhone|手|机")]
    public void Each_ideograph_is_a_word_and_so_are_runs_of_other_scripts(string text, string words) => Check(text, words);

    [Theory]
    [InlineData("a\u00A0b\u3000c\u2028d\te\u200Bf\uFEFFg", "a|b|c|d|e|f|g")]
    [InlineData(" \r\n\u0085 ", "")]
    [InlineData("", "")]
    public void All_blanks_of_unicode_separate_words(string text, string words) => Check(text, words);

    [Theory]
    [InlineData("Zoe\u0301 हिन्दी", "Zoe\u0301|हिन्दी")]
    [InlineData("می\u200Cخواهم", "می\u200Cخواهم")]
    [InlineData("co\u00ADop", "co\u00ADop")]
    [InlineData("\U0001D400\U0001D401", "\U0001D400\U0001D401")]
    public void Marks_and_joiners_stay_with_their_letters(string text, string words) => Check(text, words);

    [Fact]
    public void Whatever_the_unicode_every_character_but_blanks_is_in_exactly_one_word() =>
        AnyText.Generator.Sample(text =>
        {
            List<TextSpan> words = [];
            WordCutter.Cut(text, words);
            var at = 0;
            foreach (var word in words)
            {
                for (; at < word.Start; at++)
                    Assert.True(WordCutter.IsBlank(text, at));
                Assert.True(word.Length > 0);
                Assert.False(WordCutter.IsBlank(text, word.Start));
                Assert.False(word.End < text.Length && char.IsLowSurrogate(text[word.End]) && char.IsHighSurrogate(text[word.End - 1]));
                at = word.End;
            }

            for (; at < text.Length; at++)
                Assert.True(WordCutter.IsBlank(text, at));
        });

    [Theory]
    [InlineData("a")]
    [InlineData("a.")]
    [InlineData("a-")]
    [InlineData("a..")]
    [InlineData("@")]
    [InlineData("http://")]
    [InlineData("a://.")]
    [InlineData("www..")]
    [InlineData("$1")]
    [InlineData("\u0301")]
    [InlineData("\uD83D\uDC69\u200D")]
    [InlineData("漢")]
    [InlineData("('")]
    public void Time_is_linear_in_the_text(string part)
    {
        List<TextSpan> words = [];
        var text = string.Concat(Enumerable.Repeat(part, 1_000_000 / part.Length));
        var started = Stopwatch.GetTimestamp();
        WordCutter.Cut(text, words);

        // Quadratic time over a million characters would be minutes; linear time is milliseconds.
        Assert.InRange(Stopwatch.GetElapsedTime(started).TotalSeconds, 0, 20);
    }

    private static void Check(string text, string expected)
    {
        List<TextSpan> words = [];
        WordCutter.Cut(text, words);
        Assert.Equal(expected, string.Join('|', words.Select(word => word.In(text).ToString())));
    }
}
