using StreamNer.Inference.Models.Folders;
using StreamNer.Tools.Evaluation;

namespace StreamNer.Tools.Tests.Evaluation;

public class ComparisonTests
{
    private static readonly string[] Bio = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC", "B-MISC", "I-MISC"];

    [Fact]
    public void The_table_is_the_one_that_counting_by_hand_gives()
    {
        // PER: 2 there, 3 found, 1 right. LOC: 2 there, 1 found, 1 right. ORG: 1 there, none found.
        var report = Compare("""
            B-PER I-PER O B-LOC | B-PER I-PER O B-LOC
            B-PER O B-LOC I-LOC | B-PER I-PER O B-PER
            O O B-ORG O         | O O O O
            """, ["O", "B-PER", "I-PER", "B-LOC", "I-LOC", "B-ORG"]);

        Assert.Equal(
            """
            data: 3 sentences, 12 words; model 0; mode default, data bio2, model bio2

                          precision    recall  f1-score   support

                     LOC     1.0000    0.5000    0.6667         2
                     ORG     0.0000    0.0000    0.0000         1
                     PER     0.3333    0.5000    0.4000         2

               micro avg     0.5000    0.4000    0.4444         5
               macro avg     0.4444    0.3333    0.3556         5
            weighted avg     0.5333    0.4000    0.4267         5


            """.ReplaceLineEndings("\n"), Written(report));
    }

    [Fact]
    public void Labels_without_prefixes_are_compared_word_by_word()
    {
        // 5 words, 3 right: NOUN 2 there, 2 found, 1 right; VERB 2, 1, 1; DET 1, 2, 1.
        var report = Compare("DET NOUN VERB | DET NOUN VERB\nNOUN VERB | DET NOUN", ["DET", "NOUN", "VERB"]);

        Assert.Equal(
            """
            data: 2 sentences, 5 words; model 0; by word

                          precision    recall  f1-score   support

                     DET     0.5000    1.0000    0.6667         1
                    NOUN     0.5000    0.5000    0.5000         2
                    VERB     1.0000    0.5000    0.6667         2

                accuracy                         0.6000         5
               macro avg     0.6667    0.6667    0.6111         5
            weighted avg     0.7000    0.6000    0.6000         5


            """.ReplaceLineEndings("\n"), Written(report));
    }

    [Fact]
    public void A_type_that_the_data_does_not_have_is_left_out_and_said()
    {
        var report = Compare("B-PER O O | B-PER O B-MISC", Bio);

        Assert.Equal(["PER"], report.Types.Select(type => type.Name));
        Assert.Equal(1, report.Micro.Precision);
        Assert.Contains("left out: MISC, the data does not have it (0 in the data, 1 predicted)\n", Written(report));
        Assert.Contains("left out: LOC, the data does not have it (0 in the data, 0 predicted)\n", Written(report));
    }

    [Fact]
    public void A_type_that_the_model_does_not_have_is_left_out_and_said()
    {
        var report = Compare("B-PER O B-DATE | B-PER O O", Bio);

        Assert.Equal(1, report.Micro.Recall);
        Assert.Contains("left out: DATE, the model does not have it (1 in the data, 0 predicted)\n", Written(report));
    }

    [Fact]
    public void All_counts_every_type_as_seqeval_does()
    {
        var report = Compare("B-PER O B-DATE | B-PER B-MISC O", Bio, new EvaluationSettings { Types = [EvaluationSettings.AllTypes] });

        Assert.Equal((0.5, 0.5), (report.Micro.Precision, report.Micro.Recall));
        Assert.Empty(report.LeftOut);
    }

    [Fact]
    public void Types_may_be_chosen() =>
        Assert.Equal(["LOC"], Compare("B-PER O B-LOC | B-PER O B-LOC", Bio, new EvaluationSettings { Types = ["LOC"] })
            .Types.Select(type => type.Name));

    [Fact]
    public void A_type_may_be_read_as_another_and_neighbours_stay_apart()
    {
        var report = Compare(
            "B-GPE B-LOC | B-LOC B-LOC", Bio, new EvaluationSettings { Renamed = new Dictionary<string, string> { ["GPE"] = "LOC" } });

        Assert.Equal(new TypeCounts("LOC", 2, 2, 2), Assert.Single(report.Types));
    }

    [Fact]
    public void Data_and_model_may_spell_entities_differently()
    {
        Assert.Equal(1, Compare("I-PER I-PER O | B-PER I-PER O", Bio).Micro.F1);
        Assert.Equal(1, Compare("B-PER I-PER O | B-PER L-PER O", ["O", "B-PER", "I-PER", "L-PER", "U-PER"]).Micro.F1);
        Assert.Equal(1, Compare("B-PER I-PER O | PER PER O", ["O", "PER", "LOC"]).Micro.F1);
        Assert.Equal(1, Compare("I-PER I-PER O | B-PER I-PER O", Bio, new EvaluationSettings { Mode = EvaluationMode.Strict }).Micro.F1);
    }

    [Theory]
    [InlineData("B-PER I-PER O B-LOC | B-PER I-PER X B-LOC", "O B-PER I-PER B-LOC X")]
    [InlineData("B-PER I-PER O B-LOC | B-PER I-PER [CLS] B-LOC", "O B-PER I-PER B-LOC [CLS]")]
    [InlineData("B-PER I-PER O B-LOC | B-PER I-PER 0 B-LOC", "0 B-PER I-PER B-LOC")]
    [InlineData("B-PER I-PER O B-LOC | PER-B PER-I O LOC-B", "O PER-B PER-I LOC-B")]
    [InlineData("PER-B PER-I 0 LOC-B | b-PER i-PER O b-LOC", "O b-PER i-PER b-LOC")]
    public void Labels_are_read_one_by_one_as_the_stream_reads_them(string lines, string labels)
    {
        foreach (var mode in (EvaluationMode[])[EvaluationMode.Default, EvaluationMode.Strict])
        {
            var report = Compare(lines, labels.Split(' '), new EvaluationSettings { Mode = mode });
            Assert.Equal(["LOC", "PER"], report.Types.Select(type => type.Name));
            Assert.Equal(1, report.Micro.F1);
        }
    }

    [Fact]
    public void A_type_called_O_counts_and_may_be_dropped()
    {
        string[] labels = ["O", "B-O", "I-O", "B-P"];
        const string Lines = "B-O I-O O B-P | B-O I-O O B-P";

        Assert.Equal([new TypeCounts("O", 1, 1, 1), new TypeCounts("P", 1, 1, 1)], Compare(Lines, labels).Types);
        Assert.Equal(["P"],
            Compare(Lines, labels, new EvaluationSettings { Renamed = new Dictionary<string, string> { ["O"] = "O" } })
                .Types.Select(type => type.Name));
    }

    [Fact]
    public void In_strict_mode_an_entity_that_begins_with_an_inside_label_is_none()
    {
        Assert.Equal(0, Compare("B-PER I-PER O | I-PER I-PER O", Bio, new EvaluationSettings { Mode = EvaluationMode.Strict }).Micro.F1);
        Assert.Equal(1, Compare("B-PER I-PER O | I-PER I-PER O", Bio).Micro.F1);
    }

    [Fact]
    public void A_word_without_a_label_counts_as_outside_and_is_said()
    {
        var report = Compare("B-PER O | B-PER ?", Bio);

        Assert.Equal(1, report.Unlabelled);
        Assert.Equal(1, report.Micro.F1);
        Assert.Contains("without a label: 1 word", Written(report));
    }

    [Theory]
    [InlineData("NOUN VERB", "no type in common: the data has NOUN, VERB, the model LOC, MISC, PER")]
    [InlineData("B-DATE O", "no type in common: the data has DATE, the model LOC, MISC, PER; --map A=B")]
    [InlineData("B-DATE NOUN", "has no prefix")]
    public void What_can_not_be_compared_is_said(string gold, string expected) =>
        Assert.Contains(expected, Assert.Single(Problems(gold, Bio, new EvaluationSettings())));

    [Fact]
    public void A_type_that_nobody_has_is_a_mistake() =>
        Assert.Contains("--types PRE: neither data nor the model has it",
            Assert.Single(Problems("B-PER O", Bio, new EvaluationSettings { Types = ["PER", "PRE"] })));

    [Fact]
    public void In_strict_mode_a_label_of_another_scheme_is_a_mistake() =>
        Assert.Contains("the label 'E-PER' is none of the scheme Bio2", Assert.Single(
            Problems("B-PER E-PER", Bio, new EvaluationSettings { Mode = EvaluationMode.Strict, DataScheme = TagScheme.Bio2 })));

    private static List<string> Problems(string gold, string[] labels, EvaluationSettings settings)
    {
        List<string> problems = [];
        Assert.Null(
            Comparison.Prepare("data", [new ConllSentence(gold.Split(' '), gold.Split(' '), 1)], Model(labels), settings, problems));
        return problems;
    }

    /// <summary>One sentence a line: its labels, a bar, those of the model; a question mark is a word without one.</summary>
    private static EvaluationReport Compare(string lines, string[] labels, EvaluationSettings? settings = null)
    {
        var sides = lines.Split('\n')
            .Select(line => line.Split('|').Select(side => side.Split(' ', StringSplitOptions.RemoveEmptyEntries)).ToArray()).ToArray();
        List<string> problems = [];
        var comparison = Comparison.Prepare("data", [.. sides.Select(side => new ConllSentence(side[0], side[0], 1))], Model(labels),
            settings ?? new EvaluationSettings(), problems);
        Assert.Empty(problems);
        return comparison!.Compare([.. sides.Select(side => side[1].Select(label => label == "?" ? null : label).ToArray())]);
    }

    private static ModelDescription Model(string[] labels) => new("model", "0", "", "bert", [.. labels], 512, [], "float32", 0);

    private static string Written(EvaluationReport report)
    {
        var written = new StringWriter { NewLine = "\n" };
        new ReportWriter(written, digits: 4).Write(report);
        return written.ToString();
    }
}
