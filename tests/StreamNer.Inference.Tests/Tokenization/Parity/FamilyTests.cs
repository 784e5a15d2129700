using CsCheck;
using StreamNer.Inference.Tokenization;

namespace StreamNer.Inference.Tests.Tokenization.Parity;

/// <summary>What holds for every family, whatever the text.</summary>
public sealed class FamilyTests
{
    public static TheoryData<string> Families => ParityTests.Families;

    [Theory]
    [MemberData(nameof(Families))]
    public void Any_text_gives_spans_inside_it_and_words_that_do_not_fall(string family)
    {
        var tokenizer = ParityFamily.Tokenizer(family);
        AnyText.Generator.Sample(text =>
        {
            var pieces = tokenizer.Encode(text);
            var word = 0;
            for (var i = 0; i < pieces.Count; i++)
            {
                Assert.InRange(pieces.Ids[i], 0, tokenizer.VocabularySize - 1);
                Assert.InRange(pieces.Starts[i], 0, pieces.Ends[i]);
                Assert.InRange(pieces.Ends[i], 0, text.Length);
                Assert.InRange(pieces.Words[i], word, word + 1);
                word = pieces.Words[i];
            }
        });
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void A_lone_surrogate_counts_as_the_replacement_character(string family)
    {
        var tokenizer = ParityFamily.Tokenizer(family);
        foreach (var unit in new[] { '\uD800', '\uDFFF' })
        {
            Assert.Equal(
                tokenizer.Encode("John \uFFFD lives in\uFFFD Paris").Shown(),
                tokenizer.Encode($"John {unit} lives in{unit} Paris").Shown());
        }
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Text_made_to_be_slow_takes_no_longer_than_text(string family)
    {
        var tokenizer = ParityFamily.Tokenizer(family);
        foreach (var part in new[] { "a", "漢", "\u0301", " ", "한\u11A8", "ab" })
            LinearTime.Holds(tokenizer, part, 200_000);
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Nothing_is_allocated_once_warm(string family)
    {
        var encoder = ParityFamily.Tokenizer(family).CreateEncoder();
        var pieces = new PieceBuffer();
        const string Text = "Angela Merkel <mask> visited Zürich — 3.5 million, 東京 💔 Girllll! ﬁ ½ क्षत्रिय \u0001 e\u0301";
        Assert.Equal(0, Allocation.Least(() => encoder.Encode(Text, pieces)));
    }
}
