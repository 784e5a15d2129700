using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using StreamNer.Inference.Domain;

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
        var how = report.IsByWord ? "by word"
            : $"mode {Lower(report.Mode)}, data {Lower(report.DataScheme)}, model "
            + $"{Lower(report.ModelScheme)}{(report.OnText ? ", on text" : "")}";
        yield return string.Create(CultureInfo.InvariantCulture, $"{report.Data}: {report.Sentences:N0} "
            + $"{(report.Sentences == 1 ? "sentence" : "sentences")}, {report.Words:N0} {(report.Words == 1 ? "word" : "words")}; "
            + $"{report.Model.Name} {report.Model.Hash}; {how}");
        foreach (var left in report.LeftOut)
        {
            var why = left.Reason switch
            {
                LeftOutReason.UnknownToData => "the data does not have it",
                LeftOutReason.UnknownToModel => "the model does not have it",
                _ => "not asked for",
            };
            yield return string.Create(CultureInfo.InvariantCulture, $"left out: {left.Type}, {why} ({left.Support:N0} in the data, "
                + $"{left.Predicted:N0} predicted)");
        }

        if (report.Unlabelled > 0)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"without a label: {report.Unlabelled:N0} "
                + $"{(report.Unlabelled == 1 ? "word" : "words")} of which the tokenizer keeps nothing, or "
                + $"whose sentence failed or was cut");
        }
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

/// <summary>Writes reports for a program: a JSON object a line, a line a data set.</summary>
internal sealed class ReportJsonWriter(Stream output) : IDisposable
{
    private readonly Utf8JsonWriter _json = new(output, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    /// <summary>Writes one report.</summary>
    public void Write(EvaluationReport report)
    {
        _json.Reset();
        _json.WriteStartObject();
        _json.WriteString("data", report.Data);
        _json.WriteStartObject("model");
        _json.WriteString("name", report.Model.Name);
        _json.WriteString("hash", report.Model.Hash);
        _json.WriteEndObject();
        _json.WriteString("compared", report.IsByWord ? "words" : "entities");
        _json.WriteString("mode", Name(report.Mode));
        _json.WriteString("dataScheme", Name(report.DataScheme));
        _json.WriteString("modelScheme", Name(report.ModelScheme));
        _json.WriteNumber("sentences", report.Sentences);
        _json.WriteNumber("words", report.Words);
        _json.WriteNumber("unlabelledWords", report.Unlabelled);
        if (report.Accuracy is { } accuracy)
            _json.WriteNumber("accuracy", accuracy);
        else
            Write("micro", report.Micro);
        Write("macro", report.Macro);
        Write("weighted", report.Weighted);
        _json.WriteStartArray("types");
        foreach (var type in report.Types)
        {
            _json.WriteStartObject();
            _json.WriteString("type", type.Name);
            Write(type.Score);
            _json.WriteNumber("predicted", type.Predicted);
            _json.WriteNumber("correct", type.Correct);
            _json.WriteEndObject();
        }

        _json.WriteEndArray();
        _json.WriteStartArray("leftOut");
        foreach (var left in report.LeftOut)
        {
            _json.WriteStartObject();
            _json.WriteString("type", left.Type);
            _json.WriteString("reason", Name(left.Reason));
            _json.WriteNumber("support", left.Support);
            _json.WriteNumber("predicted", left.Predicted);
            _json.WriteEndObject();
        }

        _json.WriteEndArray();
        _json.WriteEndObject();
        _json.Flush();
        output.Write("\n"u8);
    }

    /// <inheritdoc/>
    public void Dispose() => _json.Dispose();

    private static string Name<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.CamelCase.ConvertName($"{value}");

    private void Write(string name, Score score)
    {
        _json.WriteStartObject(name);
        Write(score);
        _json.WriteEndObject();
    }

    private void Write(Score score)
    {
        _json.WriteNumber("precision", score.Precision);
        _json.WriteNumber("recall", score.Recall);
        _json.WriteNumber("f1", score.F1);
        _json.WriteNumber("support", score.Support);
    }
}
