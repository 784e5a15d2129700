using System.Globalization;
using StreamNer.Tools.Labelling;

namespace StreamNer.Tools.Evaluation;

/// <summary>Writes a report for a person: the table as seqeval's <c>classification_report</c> prints it, below what it is of.</summary>
internal sealed class ReportWriter(TextWriter output, int digits)
{
    private const string LongestName = "weighted avg";

    private static readonly string[] Columns = ["precision", "recall", "f1-score", "support"];

    /// <summary>Writes one report and an empty line.</summary>
    public void Write(EvaluationReport report)
    {
        foreach (var line in Head(report))
            output.WriteLine(VisibleText.Of(line, keepLines: false));
        output.WriteLine();

        var width = Math.Max(digits, report.Types.Select(type => Shown(type).EnumerateRunes().Count()).Append(LongestName.Length).Max());
        output.WriteLine($"{new string(' ', width)} {string.Concat(Columns.Select(column => $" {column,9}"))}");
        output.WriteLine();
        foreach (var type in report.Types)
            Row(Shown(type), type.Score, width);
        output.WriteLine();
        if (report.Accuracy is { } accuracy)
            output.WriteLine($"{Padded("accuracy", width)} {new string(' ', 20)}{Number(accuracy)}{Count(report.Words)}");
        else
            Row("micro avg", report.Micro, width);
        Row("macro avg", report.Macro, width);
        Row(LongestName, report.Weighted, width);
        output.WriteLine();
    }

    private static IEnumerable<string> Head(EvaluationReport report)
    {
        var how = report.IsByWord ? "by word" : $"mode {Lower(report.Mode)}, data {Lower(report.DataScheme)}, model {Lower(report.ModelScheme)}";
        yield return string.Create(CultureInfo.InvariantCulture, $"{report.Data}: {report.Sentences:N0} {(report.Sentences == 1 ? "sentence" : "sentences")}, {report.Words:N0} {(report.Words == 1 ? "word" : "words")}; {report.Model.Name} {report.Model.Hash}; {how}");
        foreach (var left in report.LeftOut)
        {
            var why = left.Reason switch
            {
                LeftOutReason.UnknownToData => "the data does not have it",
                LeftOutReason.UnknownToModel => "the model does not have it",
                _ => "not asked for",
            };
            yield return string.Create(CultureInfo.InvariantCulture, $"left out: {left.Type}, {why} ({left.Support:N0} in the data, {left.Predicted:N0} predicted)");
        }

        if (report.Unlabelled > 0)
            yield return string.Create(CultureInfo.InvariantCulture, $"without a label: {report.Unlabelled:N0} {(report.Unlabelled == 1 ? "word" : "words")} of which the tokenizer keeps nothing, or whose sentence failed or was cut");
    }

    private static string Shown(TypeCounts type) => VisibleText.Of(type.Name, keepLines: false);

    private static string Lower<T>(T value)
        where T : struct, Enum => $"{value}".ToLowerInvariant();

    private static string Padded(string name, int width) => new string(' ', Math.Max(0, width - name.EnumerateRunes().Count())) + name;

    private static string Count(long count) => string.Create(CultureInfo.InvariantCulture, $" {count,9}");

    private void Row(string name, Score score, int width) =>
        output.WriteLine($"{Padded(name, width)} {Number(score.Precision)}{Number(score.Recall)}{Number(score.F1)}{Count(score.Support)}");

    private string Number(double value) => $" {value.ToString($"F{digits}", CultureInfo.InvariantCulture),9}";
}
