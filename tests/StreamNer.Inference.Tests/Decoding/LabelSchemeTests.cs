using StreamNer.Inference.Decoding;
using StreamNer.Inference.Domain;
using StreamNer.Inference.Windows;
using StreamNer.Inference.Words;
using StreamNer.TestSupport.Inference;

namespace StreamNer.Inference.Tests.Decoding;

/// <summary>One word a label; an entity is written TYPE first-last.</summary>
public class LabelSchemeTests
{
    private const string Bio = "O B-PER I-PER B-LOC I-LOC";

    [Theory]
    [InlineData(Bio + " X")]
    [InlineData(Bio + " [CLS]")]
    [InlineData(Bio + " X [CLS] [SEP] <pad>")]
    [InlineData("[PAD] B-PER I-PER B-LOC I-LOC O")]
    [InlineData("0 B-PER I-PER B-LOC I-LOC", "0")]
    [InlineData("O PER-B PER-I LOC-B LOC-I", "O", "PER-B PER-I", "LOC-B")]
    [InlineData("O b-PER i-PER b-LOC i-LOC", "O", "b-PER i-PER", "b-LOC")]
    [InlineData("o b-PER i-PER b-LOC i-LOC", "o", "b-PER i-PER", "b-LOC")]
    public void An_odd_label_changes_nothing_about_the_others(
        string labels, string outside = "O", string person = "B-PER I-PER", string place = "B-LOC") =>
        Assert.Equal("PER 0-1, LOC 3-3", Entities(labels, $"{person} {outside} {place}"));

    [Theory]
    [InlineData("X")]
    [InlineData("[CLS]")]
    [InlineData("<pad>")]
    public void Placeholders_start_nothing_and_are_named(string odd)
    {
        Assert.Equal("PER 1-1", Entities($"{Bio} {odd}", $"{odd} B-PER {odd}"));
        Assert.StartsWith($"{odd} is a placeholder", Assert.Single(Scheme($"{Bio} {odd}").Misfits), StringComparison.Ordinal);
    }

    [Fact]
    public void A_type_without_prefix_among_prefixed_ones_is_an_entity_and_is_named()
    {
        Assert.Equal("PER 0-1, MISC 2-3", Entities($"{Bio} MISC", "B-PER I-PER MISC MISC"));
        Assert.StartsWith("MISC does not say", Assert.Single(Scheme($"{Bio} MISC").Misfits), StringComparison.Ordinal);
    }

    [Fact]
    public void Bare_prefixes_are_entities_without_a_type() => Assert.Equal("_ 0-1, _ 3-3", Entities("B I O", "B I O B"));

    [Fact]
    public void A_type_called_O_is_an_entity() => Assert.Equal("O 0-1, P 3-3", Entities("O B-O I-O B-P", "B-O I-O O B-P"));

    [Fact]
    public void Parts_of_speech_with_an_X_stay_a_tagger()
    {
        Assert.True(Scheme("NOUN VERB X ADJ").IsTagger);
        Assert.Empty(Scheme("NOUN VERB X ADJ").Misfits);
    }

    [Theory]
    [InlineData(Bio, "bio2")]
    [InlineData("O I-PER I-LOC", "iob1")]
    [InlineData("O B-PER I-PER E-PER S-PER", "bioes")]
    [InlineData("O B-PER I-PER L-PER U-PER", "bilou")]
    [InlineData("O PER LOC", "plain")]
    [InlineData("NOUN VERB", "plain")]
    [InlineData("O PER-B PER-I", "bio2")]
    public void The_scheme_has_a_name(string labels, string name) => Assert.Equal(name, Scheme(labels).Name);

    [Fact]
    public void Generated_names_are_a_warning()
    {
        Assert.Contains("LABEL_0 to LABEL_2 are placeholders", Scheme("LABEL_0 LABEL_1 LABEL_2").Warning, StringComparison.Ordinal);
        Assert.Null(Scheme(Bio).Warning);
    }

    [Theory]
    [InlineData("PER", "LOC 2-2")]
    [InlineData("B-PER", "LOC 2-2")]
    [InlineData("I-PER", "PER 0-1, LOC 2-2")]
    [InlineData("-", "PER 0-1, LOC 2-2")]
    public void Types_and_full_labels_can_be_ignored(string ignored, string entities) =>
        Assert.Equal(entities, Entities(Bio, "B-PER I-PER B-LOC", new WordOptions { IgnoreLabels = [ignored] }));

    [Theory]
    [InlineData("loc", Aggregation.Simple)]
    [InlineData("B-PER", Aggregation.Simple)]
    [InlineData("DATE", Aggregation.Scheme)]
    [InlineData("PER", Aggregation.None)]
    public void A_name_that_no_label_has_is_refused(string ignored, Aggregation aggregation)
    {
        var problem = Assert.Single(Scheme(Bio).Problems(new WordOptions { IgnoreLabels = [ignored], Aggregation = aggregation }));
        Assert.Contains($"'{ignored}', which is no label of the model", problem, StringComparison.Ordinal);
        Assert.Empty(Scheme(Bio).Problems(new WordOptions { IgnoreLabels = ["-"], Aggregation = aggregation }));
    }

    private static LabelScheme Scheme(string labels) => LabelScheme.Recognise([.. labels.Split(' ')]);

    private static string Entities(string scheme, string labels, WordOptions? options = null)
    {
        var (names, sequence) = (scheme.Split(' '), labels.Split(' '));
        var document = new DocumentTokenizer(new WordTokenizer(), 64, new WindowOptions { OverlapPieces = 0 }, options)
            .Tokenize(new Document(new DocumentId("d"), string.Join(' ', sequence.Select(_ => "word"))), out _)!;
        for (var i = 0; i < sequence.Length; i++)
            document.WordLabels[i] = Array.IndexOf(names, sequence[i]);
        return string.Join(", ", ((DocumentOutcome.Labelled)new EntityDecoder(Scheme(scheme)).Decode(document)).Entities
            .Select(entity => $"{entity.Label} {entity.Span.Start / 5}-{(entity.Span.End - 1) / 5}"));
    }
}
