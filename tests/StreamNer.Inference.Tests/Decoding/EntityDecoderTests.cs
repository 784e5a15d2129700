using CsCheck;
using StreamNer.Inference.Decoding;
using StreamNer.Inference.Domain;
using StreamNer.Inference.Windows;
using StreamNer.Inference.Words;
using StreamNer.TestSupport.Inference;

namespace StreamNer.Inference.Tests.Decoding;

public class EntityDecoderTests
{
    private static readonly string[] Every =
        ["O", "B-PER", "I-PER", "E-PER", "S-PER", "B-LOC", "I-LOC", "E-LOC", "S-LOC"];

    // One word a label; an entity is written TYPE first-last.
    [Theory]
    [InlineData("B-PER I-PER O", "PER 0-1")]
    [InlineData("B-PER B-PER", "PER 0-0, PER 1-1")]
    [InlineData("O I-PER I-PER", "PER 1-2")] // an entity that begins inside
    [InlineData("B-PER I-LOC", "PER 0-0, LOC 1-1")] // another type goes on: a new entity
    [InlineData("I-PER O I-PER", "PER 0-0, PER 2-2")]
    [InlineData("I-LOC B-LOC I-LOC", "LOC 0-0, LOC 1-2")] // IOB1: B- separates neighbours
    [InlineData("B-PER I-PER E-PER", "PER 0-2")]
    [InlineData("S-PER S-PER", "PER 0-0, PER 1-1")]
    [InlineData("B-PER E-PER I-PER", "PER 0-1, PER 2-2")] // what has ended does not go on
    [InlineData("S-PER I-PER", "PER 0-0, PER 1-1")]
    [InlineData("E-PER", "PER 0-0")]
    [InlineData("B-PER S-LOC I-PER", "PER 0-0, LOC 1-1, PER 2-2")]
    [InlineData("O O", "")]
    public void Labels_become_entities_by_the_written_rule(string labels, string expected)
    {
        var sequence = labels.Split(' ');
        Assert.Equal(expected, Write(Decode(Every, sequence)));
    }

    [Theory]
    [InlineData("PER PER O LOC", "PER 0-1, LOC 3-3")]
    [InlineData("LOC PER", "LOC 0-0, PER 1-1")]
    public void Labels_without_prefix_go_on_with_a_neighbour_of_the_same_label(string labels, string expected) =>
        Assert.Equal(expected, Write(Decode(["O", "PER", "LOC"], labels.Split(' '))));

    [Fact]
    public void Labels_without_prefix_and_without_O_are_classes_of_words_and_give_tokens_only()
    {
        var tagged = Decode(["PROPN", "VERB"], ["PROPN", "PROPN", "VERB"]);
        Assert.Equal((true, ""), (tagged.IsTagger, Write(tagged)));
        Assert.Equal(["PROPN", "PROPN", "VERB"], tagged.Tokens.Select(token => token.Label));
        Assert.False(Decode(["O", "PROPN"], ["PROPN"]).IsTagger);
        Assert.False(Decode(["B-PER", "I-PER"], ["B-PER"]).IsTagger);
    }

    [Fact]
    public void A_prefix_counts_only_when_most_labels_have_one() =>
        Assert.Equal("I-BEAM 0-0", Write(Decode(["O", "STEEL", "I-BEAM"], ["I-BEAM"])));

    [Fact]
    public void The_score_of_an_entity_is_the_mean_of_its_tokens()
    {
        var document = Cut.Text("a b");
        (document.WordLabels[0], document.WordLabels[1]) = (0, 1);
        (document.WordScores[0], document.WordScores[1]) = (0.5f, 1f);
        var decoder = new EntityDecoder(LabelScheme.Recognise(["B-PER", "I-PER"]));
        var entity = Assert.Single(Assert.IsType<DocumentOutcome.Labelled>(decoder.Decode(document)).Entities);
        Assert.Equal(0.75f, entity.Score);
    }

    [Fact]
    public void Every_labelled_token_is_in_exactly_one_entity_and_no_other_is() =>
        Gen.Int[0, Every.Length - 1].Array[0, 40].Sample(labels =>
        {
            var outcome = Decode(Every, [.. labels.Select(label => Every[label])]);
            for (var i = 0; i < labels.Length; i++)
            {
                var token = outcome.Tokens[i];
                var holders = outcome.Entities.Count(entity => entity.Span.Start <= token.Span.Start && token.Span.End <= entity.Span.End);
                Assert.Equal(labels[i] == 0 ? 0 : 1, holders);
            }

            for (var i = 1; i < outcome.Entities.Length; i++)
                Assert.True(outcome.Entities[i - 1].Span.End <= outcome.Entities[i].Span.Start);
        });

    [Theory]
    [InlineData(1_000, true)]
    [InlineData(12_000, false)]
    public void A_text_whose_sequences_take_too_long_to_weigh_fails_with_both_numbers(int words, bool isDecoded)
    {
        // Nothing goes on from the label that is surest each time, and all other ways are equal: none can be passed over.
        const int Labels = 300;
        var learned = LabelTransitions.Create(new double[Labels], new double[Labels], (from, _) => from == 0 ? -1_000 : 0);
        var tokenizer = new DocumentTokenizer(
            new WordTokenizer(), 512, new WindowOptions(), new WordOptions { Decoding = LabelDecoding.Crf }, hasTransitions: true, Labels);
        var text = new Document(new DocumentId("d"), string.Join(' ', Enumerable.Repeat("a", words)));
        var document = tokenizer.Tokenize(text, out _)!;
        var emissions = document.EmissionsFor(Labels);
        for (var word = 0; word < words; word++)
            emissions[word * Labels] = 10;

        var decoder = new EntityDecoder(LabelScheme.Recognise([.. Enumerable.Range(0, Labels).Select(label => $"L{label}")], learned));
        DocumentOutcome outcome = decoder.Decode(document);
        if (isDecoded)
        {
            Assert.Equal(words, Assert.IsType<DocumentOutcome.Labelled>(outcome).Tokens.Length);
            return;
        }

        var failed = Assert.IsType<DocumentOutcome.Failed>(outcome);
        Assert.Equal((FailureStage.Tokenize, FailureCode.TextTooLong), (failed.Stage, failed.Code));
        Assert.StartsWith("the text has 12000 words; to weigh sequences of 300 labels takes more than 1073741824 steps", failed.Message);
    }

    private static DocumentOutcome.Labelled Decode(string[] scheme, string[] labels)
    {
        var document = Cut.Text(string.Join(' ', labels.Select(_ => "word")));
        for (var i = 0; i < labels.Length; i++)
            document.WordLabels[i] = Array.IndexOf(scheme, labels[i]);
        return (DocumentOutcome.Labelled)new EntityDecoder(LabelScheme.Recognise([.. scheme])).Decode(document);
    }

    private static string Write(DocumentOutcome.Labelled outcome) =>
        string.Join(", ", outcome.Entities.Select(entity => $"{entity.Label} {entity.Span.Start / 5}-{(entity.Span.End - 1) / 5}"));
}
