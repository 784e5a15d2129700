using StreamNer.Tools.Evaluation;

namespace StreamNer.Tools.Tests.Evaluation;

public class TagReaderTests
{
    [Theory]
    [InlineData("B-PER I-PER O B-LOC", "Bio2")]
    [InlineData("B-PER B-PER I-PER", "Bio2")]
    [InlineData("I-PER I-PER O I-LOC", "Iob1")]
    [InlineData("I-PER B-PER O I-LOC", "Iob1")]
    [InlineData("O I-PER B-LOC", "Bio2")]
    [InlineData("I-PER E-PER O E-LOC", "Ioe2")]
    [InlineData("B-PER E-PER S-LOC", "Bioes")]
    [InlineData("O S-LOC O", "Bioes")]
    [InlineData("B-PER L-PER U-LOC", "Bilou")]
    [InlineData("NOUN VERB O", "Plain")]
    [InlineData("PER-B PER-I O LOC-B", "Bio2")]
    [InlineData("B-PER I-PER 0 B-LOC", "Bio2")]
    public void The_scheme_of_data_is_seen_in_its_labels(string labels, string expected)
    {
        var reader = TagReader.OfData([new ConllSentence(labels.Split(' '), labels.Split(' '), 1)], asked: null, out var problem);

        Assert.Equal(Enum.Parse<TagScheme>(expected), reader.Scheme);
        Assert.Null(problem);
    }

    [Theory]
    [InlineData("B-PER NOUN", "sentence of line 7: the label 'NOUN' has no prefix, others such as 'B-PER' have")]
    [InlineData("U-PER S-LOC", "no scheme has all of these")]
    public void What_fits_no_scheme_is_said(string labels, string expected)
    {
        TagReader.OfData([new ConllSentence(labels.Split(' '), labels.Split(' '), 7)], asked: null, out var problem);

        Assert.Contains(expected, problem);
    }

    [Theory]
    [InlineData("O B-PER I-PER", "Bio2")]
    [InlineData("O I-PER I-LOC", "Iob1")]
    [InlineData("O B-PER I-PER E-PER S-PER", "Bioes")]
    [InlineData("O B-PER I-PER L-PER U-PER", "Bilou")]
    [InlineData("NOUN VERB", "Plain")]
    [InlineData("I-BEAM GIRDER", "Plain")]
    [InlineData("O B-PER I-PER X [CLS]", "Bio2")]
    [InlineData("0 B-PER I-PER", "Bio2")]
    [InlineData("O PER-B PER-I", "Bio2")]
    public void The_scheme_of_a_model_is_seen_in_the_set_of_its_labels(string labels, string expected) =>
        Assert.Equal(Enum.Parse<TagScheme>(expected), TagReader.OfModel([.. labels.Split(' ')]).Scheme);
}
