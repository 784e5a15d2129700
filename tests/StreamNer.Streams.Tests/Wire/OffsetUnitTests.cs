using System.Text;
using System.Text.Json;
using CsCheck;
using StreamNer.Inference.Domain;
using StreamNer.Streams.Wire;

namespace StreamNer.Streams.Tests.Wire;

public sealed class OffsetUnitTests
{
    private static readonly Gen<string> Parts = Gen.OneOf(
        Gen.OneOf("a", " ", "é", "漢", "e\u0301", "😀", "👩‍👩‍👧", "\U00020000", "\uD83D", "\uDE00"),
        Gen.Char.Select(unit => unit.ToString()));

    // Longer than what is counted at once.
    private static readonly Gen<string> Texts = Parts.Array[0, 200].Select(parts => string.Concat(parts));

    [Fact]
    public void Every_place_between_two_characters_is_what_another_language_counts_before_it() => Texts.Sample(text =>
    {
        var (codepoints, bytes) = (OffsetScale.Create(text, OffsetUnit.Codepoint), OffsetScale.Create(text, OffsetUnit.Utf8));
        var (at, point, size) = (0, 0, 0);
        foreach (var rune in text.EnumerateRunes())
        {
            Assert.Equal((point, size), (codepoints?.At(at) ?? at, bytes?.At(at) ?? at));
            Assert.Equal((at, at), (codepoints?.IndexOf(point) ?? point, bytes?.IndexOf(size) ?? size));

            // Half of a pair is enumerated as U+FFFD.
            at += rune.Utf16SequenceLength;
            point++;
            size += rune.Utf8SequenceLength;
        }

        Assert.Equal((point, size), (codepoints?.At(text.Length) ?? at, bytes?.At(text.Length) ?? at));
    });

    [Theory]
    [InlineData("utf16", 3, 9, 9)]
    [InlineData("codepoint", 2, 8, 8)]
    [InlineData("utf8", 5, 11, 11)]
    public void An_event_says_its_unit_and_counts_everything_in_it(string name, int start, int end, int length)
    {
        const string Text = "😀 London";
        var span = new TextSpan(3, 9);
        var outcome = new DocumentOutcome.Labelled([new Entity(span, "LOC", 1f)], [new LabelledToken(span, "B-LOC", 1f)], 1,
            false)
        { Sentences = [new(0, 9)] };
        using var writer = new EntityEventWriter(tokens: true, OffsetUnits.Parse(name)!.Value);

        using var json = JsonDocument.Parse(writer.Write(new(new("1"), null, new ModelIdentity("m", "h"), Text, outcome)));

        var root = json.RootElement;
        Assert.Equal((name, length), (root.GetProperty("offsetUnit").GetString(), root.GetProperty("textLength").GetInt32()));
        foreach (var mention in new[] { root.GetProperty("entities")[0], root.GetProperty("tokens")[0] })
            Assert.Equal((start, end), (mention.GetProperty("start").GetInt32(), mention.GetProperty("end").GetInt32()));
        Assert.Equal((0, length), (root.GetProperty("sentences")[0].GetProperty("start")
            .GetInt32(), root.GetProperty("sentences")[0].GetProperty("end").GetInt32()));
    }

    [Fact]
    public void A_reader_that_counts_bytes_cuts_out_the_same_words()
    {
        const string Text = "Zoë 😀 wohnt in Köln 東京";
        var bytes = Encoding.UTF8.GetBytes(Text);
        var scale = OffsetScale.Create(Text, OffsetUnit.Utf8)!;
        foreach (var word in (string[])["Zoë", "Köln", "東京"])
        {
            var start = Text.IndexOf(word, StringComparison.Ordinal);
            Assert.Equal(word, Encoding.UTF8.GetString(bytes[scale.At(start)..scale.At(start + word.Length)]));
        }
    }
}
