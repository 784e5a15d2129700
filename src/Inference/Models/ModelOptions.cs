using StreamNer.Inference.Tokenization;

namespace StreamNer.Inference.Models;

/// <summary>Which model labels the text.</summary>
public sealed record ModelOptions
{
    /// <summary>Name of the configuration section.</summary>
    public const string Section = "StreamNer:Model";

    /// <summary>Folder in Hugging Face layout; relative to the working directory, else to the program's. Default <c>models/en-ner-small</c>.</summary>
    public string Path { get; init; } = "models/en-ner-small";

    /// <summary>The ONNX file inside the folder; empty, the default, takes <c>model.onnx</c>, else <c>onnx/model.onnx</c>, else the only ONNX file in these two places.</summary>
    public string File { get; init; } = "";

    /// <summary>Which implementation cuts words into pieces. Default <see cref="SubwordEngine.Own"/>, which is the faster one.</summary>
    public SubwordEngine SubwordEngine { get; init; }

    /// <summary>Says everything that is wrong with these values; empty when nothing is.</summary>
    public IEnumerable<string> Problems()
    {
        if (string.IsNullOrWhiteSpace(Path))
            yield return $"{Section}:Path is empty, it must name a model folder";
    }
}
