using StreamNer.Inference.Tokenization;
using StreamNer.Inference.Windows;
using StreamNer.Inference.Words;

namespace StreamNer.Inference.Models;

/// <summary>Which model labels the text.</summary>
public sealed record ModelOptions
{
    /// <summary>Name of the configuration section.</summary>
    public const string Section = "StreamNer:Model";

    /// <summary>
    /// Folder in Hugging Face layout; relative to the working directory, else to the program's. Default <c>models/en-ner-small</c>.
    /// </summary>
    public string Path { get; init; } = "models/en-ner-small";

    /// <summary>
    /// The ONNX file inside the folder; empty, the default, takes <c>model.onnx</c>, else <c>onnx/model.onnx</c>, else the only ONNX file
    /// in these two places.
    /// </summary>
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

/// <summary>One entry of <c>StreamNer:Models</c>: one of several models that label the same texts.</summary>
public sealed record NamedModelOptions
{
    /// <summary>Name of the configuration section, a list. It stands in place of <see cref="ModelOptions.Section"/>.</summary>
    public const string Section = "StreamNer:Models";

    /// <summary>Each model has sessions and queues of its own.</summary>
    public const int MaxModels = 16;

    private const int MaxNameChars = 64;

    /// <summary>
    /// What entities, tokens, metrics and the actor's path call the model; empty, the default, is the folder's name. The names of all
    /// models differ.
    /// </summary>
    public string Name { get; init; } = "";

    /// <summary>Folder in Hugging Face layout; relative to the working directory, else to the program's.</summary>
    public string Path { get; init; } = "";

    /// <summary>The ONNX file inside the folder; empty, the default, takes <c>model.onnx</c>, else <c>onnx/model.onnx</c>.</summary>
    public string File { get; init; } = "";

    /// <summary>Which implementation cuts words into pieces. Default <see cref="SubwordEngine.Own"/>, which is the faster one.</summary>
    public SubwordEngine SubwordEngine { get; init; }

    /// <summary>
    /// How long texts are cut for this model; null, the default, is what <see cref="WindowOptions.Section"/> says. Takes the place of that
    /// section as a whole.
    /// </summary>
    public WindowOptions? Windows { get; init; }

    /// <summary>
    /// What a word is for this model; null, the default, is what <see cref="WordOptions.Section"/> says. Takes the place of that section as
    /// a whole.
    /// </summary>
    public WordOptions? Words { get; init; }

    /// <summary>
    /// What this model computes on; null, the default, is what <see cref="DeviceOptions.Section"/> says. Where threads and lanes are not
    /// given, the models share the cores in equal parts.
    /// </summary>
    public IReadOnlyList<DeviceOptions>? Devices { get; init; }

    /// <summary>Says everything that is wrong with a list of models; empty when nothing is.</summary>
    public static IEnumerable<string> Problems(IReadOnlyList<NamedModelOptions> models)
    {
        if (models.Count > MaxModels)
            yield return $"{Section} has {models.Count} entries, the limit is {MaxModels}";
        for (var i = 0; i < models.Count; i++)
        {
            var (model, at) = (models[i], $"{Section}:{i}");
            if (string.IsNullOrWhiteSpace(model.Path))
                yield return $"{at}:Path is empty, it must name a model folder";
            if (model.Name.Length > MaxNameChars || !model.Name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.'))
                yield return $"{at}:Name is '{model.Name}', it must have at most {MaxNameChars} letters, digits, '-', '_' or '.'";

            // The sections say their own names; here they stand inside of another.
            string[] nested =
            [
                .. model.Windows?.Problems() ?? [],
                .. model.Words?.Problems() ?? [],
                .. model.Devices is { } devices ? LanePlan.Problems(devices) : [],
            ];
            foreach (var problem in nested)
                yield return problem.Replace("StreamNer:", $"{at}:", StringComparison.Ordinal);
        }
    }
}
