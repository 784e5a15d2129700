using System.Text.Encodings.Web;
using System.Text.Json;

namespace StreamNer.Tools.Evaluation;

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
