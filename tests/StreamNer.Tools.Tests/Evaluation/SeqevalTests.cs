using System.IO.Compression;
using System.Text.Json;
using StreamNer.Inference.Models.Folders;
using StreamNer.TestSupport;
using StreamNer.Tools.Evaluation;

namespace StreamNer.Tools.Tests.Evaluation;

/// <summary>
/// Holds our numbers and our table against those of seqeval, on 343 sets of mostly broken labels (tests/evaluation/goldens.py made them).
/// </summary>
public class SeqevalTests
{
    [Theory]
    [InlineData("Bio2", "Default")]
    [InlineData("Iob1", "Default")]
    [InlineData("Ioe2", "Default")]
    [InlineData("Bioes", "Default")]
    [InlineData("Bio2", "Strict")]
    [InlineData("Iob1", "Strict")]
    [InlineData("Ioe2", "Strict")]
    [InlineData("Bioes", "Strict")]
    [InlineData("Bilou", "Strict")]
    public void Numbers_and_table_are_those_of_seqeval(string scheme, string mode)
    {
        var cases = Goldens().Where(golden => golden.Scheme == scheme && golden.Mode == mode).ToArray();

        Assert.InRange(cases.Length, 30, 40);
        Assert.All(cases, golden =>
        {
            var report = Report(golden);
            Assert.All(golden.Numbers, expected => AssertEqual(expected, Named(report, expected.Name)));
            var written = new StringWriter { NewLine = "\n" };
            new ReportWriter(written, digits: 4).Write(report);
            Assert.Equal(golden.Table.TrimEnd('\n'),
                string.Join('\n', written.ToString().Split('\n').SkipWhile(line => line.Length > 0).Skip(1)).TrimEnd('\n'));
        });
    }

    private static EvaluationReport Report(Golden golden)
    {
        var sentences =
            golden.Gold.Select((tags, i) => new ConllSentence([.. tags.Split(' ').Select(_ => "word")], tags.Split(' '), i + 1)).ToArray();
        string[][] predicted = [.. golden.Predicted.Select(tags => tags.Split(' '))];
        var scheme = Enum.Parse<TagScheme>(golden.Scheme);
        var settings = new EvaluationSettings
        {
            Mode = Enum.Parse<EvaluationMode>(golden.Mode),
            DataScheme = scheme,
            ModelScheme = scheme,
            Types = [EvaluationSettings.AllTypes]
        };
        var model =
            new ModelDescription("model", "0", "", "bert", [.. predicted.SelectMany(tags => tags)
                .Concat(sentences.SelectMany(sentence => sentence.Tags)).Distinct()], 512, [], "float32", 0);
        List<string> problems = [];
        var comparison = Comparison.Prepare("data", sentences, model, settings, problems);
        Assert.Empty(problems);
        return comparison!.Compare(predicted);
    }

    private static Score Named(EvaluationReport report, string name) => name switch
    {
        "micro avg" => report.Micro,
        "macro avg" => report.Macro,
        "weighted avg" => report.Weighted,
        _ => Assert.Single(report.Types, type => type.Name == name).Score,
    };

    private static void AssertEqual(GoldenScore expected, Score score)
    {
        Assert.Equal(expected.Precision, score.Precision, 1e-12);
        Assert.Equal(expected.Recall, score.Recall, 1e-12);
        Assert.Equal(expected.F1, score.F1, 1e-12);
        Assert.Equal(expected.Support, score.Support);
    }

    private static Golden[] Goldens()
    {
        using var file =
            new GZipStream(File.OpenRead(Repository.File("tests", "evaluation", "seqeval.json.gz")), CompressionMode.Decompress);
        return JsonSerializer.Deserialize<Golden[]>(file, JsonSerializerOptions.Web)!;
    }

    private sealed record Golden(string Scheme, string Mode, string[] Gold, string[] Predicted, string Table, GoldenScore[] Numbers);

    private sealed record GoldenScore(string Name, double Precision, double Recall, double F1, long Support);
}
