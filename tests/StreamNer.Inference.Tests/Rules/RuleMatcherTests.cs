using System.Text.Encodings.Web;
using System.Text.Json;
using CsCheck;
using StreamNer.Inference.Domain;
using StreamNer.Inference.Rules;
using StreamNer.Inference.Tests.Tokenization;
using StreamNer.TestSupport.Inference;

namespace StreamNer.Inference.Tests.Rules;

/// <summary>What rules find, as examples: matches are separated by a bar.</summary>
public class RuleMatcherTests
{
    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    [Theory]
    [InlineData("London", "in London, London", "London|London")]
    [InlineData("London", "Londonderry, NewLondon, London_1, London2", "")]
    [InlineData("London", "(London) London's anti-London", "London|London|London")]
    [InlineData("New York", "New York and NewYork and New-York", "New York")]
    [InlineData("New York", "New  York, New\nYork, New\t\u00A0York", "New  York|New\nYork|New\t\u00A0York")]
    [InlineData("A-B", "A-B but not A - B", "A-B")]
    [InlineData("Acme Ltd.", "Acme Ltd. Acme Ltd", "Acme Ltd.")]
    [InlineData("C++", "C++ and C+ and C+++", "C++|C++")]
    [InlineData("a b a", "a b a b a", "a b a")]
    public void A_phrase_is_found_where_it_stands_as_whole_words(string phrase, string text, string found) =>
        Check(found, text, new(), Phrase(phrase));

    [Theory]
    [InlineData("北京", "我住在北京。", "北京")] // no blanks between words: each character is a border
    [InlineData("東京タワー", "東京タワーから", "東京タワー")]
    [InlineData("タワー", "東京タワーズ", "")] // but Katakana words are words
    [InlineData("กรุงเทพ", "ฉันอยู่กรุงเทพมหานคร", "กรุงเทพ")]
    [InlineData("서울", "서울 서울에", "서울")]
    [InlineData("مكة", "في مكة.", "مكة")]
    [InlineData("👩‍👩‍👧", "👩‍👩‍👧!👩", "👩‍👩‍👧")]
    [InlineData("👩", "👩‍👩‍👧", "")] // a part of one sign
    [InlineData("cafe", "cafe\u0301 cafe", "cafe")] // the accent belongs to the word
    public void Words_are_those_of_the_text_s_own_script(string phrase, string text, string found) =>
        Check(found, text, new(), Phrase(phrase));

    [Theory]
    [InlineData("acme", "ACME Acme acme", "ACME|Acme|acme")]
    [InlineData("ΌΔΟΣ", "όδος Όδοσ", "όδος|Όδοσ")] // the two small sigmas
    [InlineData("ñandú", "ÑANDÚ", "ÑANDÚ")]
    [InlineData("москва", "МОСКВА", "МОСКВА")]
    [InlineData("\U00010428", "\U00010400", "\U00010400")] // Deseret, beyond the basic plane
    [InlineData("strasse", "straße", "")] // of two lengths: stays apart
    [InlineData("istanbul", "İstanbul", "")]
    public void Capital_and_small_letters_are_the_same_when_asked_for(string phrase, string text, string found) =>
        Check(found, text, new RuleOptions { IgnoreCase = true }, Phrase(phrase));

    [Fact]
    public void Otherwise_they_differ() => Check("acme", "ACME Acme acme", new(), Phrase("acme"));

    [Theory]
    [InlineData("[A-Z]{2}-\\d+", "AB-12 and xAB-1", "AB-12|AB-1")] // an expression says itself what a border is
    [InlineData("\\b[A-Z]{2}-\\d+", "AB-12 and xAB-1", "AB-12")]
    [InlineData("x*", "axxb", "xx")] // an empty match is none
    [InlineData("(?<=No )\\d+", "No 12", "12")] // a lookaround goes back
    [InlineData("(\\w)\\1", "aabc", "aa")] // as does a reference
    [InlineData("e", "e\u0301e", "e\u0301|e")] // whole characters, as readers see them
    public void A_regular_expression_is_found_as_it_is_written(string expression, string text, string found) =>
        Check(found, text, new(), Expression(expression));

    [Fact]
    public void A_regular_expression_ignores_case_as_phrases_do() =>
        Check("AB|ab", "AB ab", new RuleOptions { IgnoreCase = true }, Expression("ab"));

    [Fact]
    public void Of_overlapping_matches_the_longest_stays_then_the_first()
    {
        Check("New York City", "New York City", new(), Phrase("New York"), Phrase("York City"), Phrase("New York City"));
        Check("a b|c", "a b c", new(), Phrase("b c"), Phrase("a b"), Phrase("c"));
        Check("a@b.org", "a@b.org", new(), Phrase("org"), Expression("\\S+@\\S+"));
    }

    [Fact]
    public void A_match_has_the_rule_s_label_and_id_and_is_certain()
    {
        var rules = RuleLines.Load(new(), """{"id": "hq", "label": "CITY", "pattern": "London"}""",
            """{"label": "ORG", "pattern": "Acme"}""");
        var matches = new RuleMatcher(rules).Match("Acme in London").Entities;
        Assert.Equal([("ORG", null), ("CITY", "hq")], matches.Select(match => (match.Label, match.Source!.RuleId)));
        Assert.All(matches, match => Assert.True(match.Source!.IsRule && match.Score == 1));
    }

    [Fact]
    public void An_expression_that_takes_too_long_fails_the_document_and_the_next_one_is_matched_again()
    {
        var rules =
            RuleLines.Load(new RuleOptions { MatchTimeout = TimeSpan.FromMilliseconds(500) }, Expression("^(a+)+\\1b"), Phrase("London"));
        var matcher = new RuleMatcher(rules);
        var failure = matcher.Match(new string('a', 60)).Failure;
        Assert.Equal((FailureStage.Rules, FailureCode.RuleTimedOut), (failure!.Stage, failure.Code));
        Assert.Contains("MatchTimeout 00:00:00.5000000 for a text of 60 characters, up to the one in line 1 of rules.jsonl",
            failure.Message, StringComparison.Ordinal);
        Assert.Equal("London", Found(matcher, "in London"));
    }

    [Fact]
    public void The_same_nested_repetition_without_a_reference_is_linear() =>
        Check("", new string('a', 20_000), new RuleOptions { MatchTimeout = TimeSpan.FromSeconds(30) }, Expression("^(a+)+b"));

    [Fact]
    public void Every_phrase_is_found_wherever_a_plain_search_over_the_same_words_finds_it() =>
        Gen.Select(AnyText.Generator, AnyText.Generator.Array[1, 8], Gen.Int[0, 40].Array[2]).Sample((text, others, cut) =>
        {
            // Some phrases are cut out of the text, or nothing would ever be found.
            var units = Units(text);
            var (from, count) = (cut[0] % (units.Count + 1), cut[1]);
            var inside = string.Concat(units.Skip(from).Take(count));
            string[] phrases = [.. others.Append(inside).Select(phrase => phrase.Trim()).Where(phrase => phrase.Length > 0)
                .Distinct(StringComparer.Ordinal)];

            List<RuleCandidate> found = [];
            var automaton = PhraseAutomaton.Build(phrases.Select((phrase, i) => (phrase, i)), ignoreCase: false, (_, _) => { });
            automaton.Find(text, new PhraseBuffers(automaton), found);

            var expected = phrases.Select(Units).DistinctBy(phrase => string.Join('\u0001', phrase.Select(Same)))
                .SelectMany(phrase => Places(units, phrase)).Order();
            Assert.Equal(expected, found.Select(match => (match.Start, match.End)).Order());
        });

    [Fact]
    public void Matches_lie_inside_the_text_on_whole_characters_and_never_overlap()
    {
        var rules = RuleLines.Load(new RuleOptions { IgnoreCase = true }, Phrase("john"), Phrase("don't london"), Phrase("東京"),
            Phrase("3.14"), Phrase("-"), Expression("\\p{L}+"), Expression("[^ ]"));
        AnyText.Generator.Sample(text =>
        {
            var at = 0;
            foreach (var match in new RuleMatcher(rules).Match(text).Entities)
            {
                Assert.True(match.Span.Start >= at && match.Span.Length > 0 && match.Span.End <= text.Length, match.Span.ToString());
                Assert.False(match.Span.End < text.Length && char.IsHighSurrogate(text[match.Span.End - 1])
                    && char.IsLowSurrogate(text[match.Span.End]), match.Span.ToString());
                at = match.Span.End;
            }
        });
    }

    private static void Check(string found, string text, RuleOptions options, params string[] lines) =>
        Assert.Equal(found, Found(new RuleMatcher(RuleLines.Load(options, lines)), text));

    private static string Found(RuleMatcher matcher, string text) =>
        string.Join('|', matcher.Match(text).Entities.Select(match => match.Span.In(text).ToString()));

    private static string Phrase(string phrase) => JsonSerializer.Serialize(new { label = "L", pattern = phrase }, Readable);

    private static string Expression(string expression) =>
        JsonSerializer.Serialize(new { label = "L", pattern = new { regex = expression } }, Readable);

    private static List<string> Units(string text)
    {
        List<string> units = [];
        for (var at = 0; at < text.Length;)
        {
            var start = at;
            PhraseUnits.Next(text, ref at);
            units.Add(text[start..at]);
        }

        return units;
    }

    private static string Same(string unit) => unit.All(char.IsWhiteSpace) ? " " : unit;

    private static IEnumerable<(int, int)> Places(List<string> text, List<string> phrase)
    {
        var start = 0;
        for (var i = 0; i + phrase.Count <= text.Count; start += text[i++].Length)
        {
            if (text.Skip(i).Take(phrase.Count).Select(Same).SequenceEqual(phrase.Select(Same), StringComparer.Ordinal))
                yield return (start, start + text.Skip(i).Take(phrase.Count).Sum(unit => unit.Length));
        }
    }
}
