using StreamNer.Inference.Models;
using StreamNer.Inference.Rules;
using StreamNer.Inference.Tokenization;
using StreamNer.Inference.Windows;
using StreamNer.Inference.Words;

namespace StreamNer.Host.Configuration;

/// <summary>One model as it is configured, with the sections that hold for it: its own or those of all models.</summary>
/// <param name="Name">What it is called; empty for its folder's name.</param>
/// <param name="Path">Its folder as configured.</param>
/// <param name="File">The ONNX file in it; empty for the usual one.</param>
/// <param name="SubwordEngine">Which implementation cuts words into pieces.</param>
/// <param name="Windows">How long texts are cut for it.</param>
/// <param name="Words">What a word is for it.</param>
/// <param name="Devices">What it computes on.</param>
internal sealed record ModelSettings(
    string Name,
    string Path,
    string File,
    SubwordEngine SubwordEngine,
    WindowOptions Windows,
    WordOptions Words,
    IReadOnlyList<DeviceOptions> Devices)
{
    /// <summary>Reads the models of a configuration: the entries of <c>Models</c>, or else the one of <c>Model</c>.</summary>
    public static IReadOnlyList<ModelSettings> Of(CheckedConfiguration configuration)
    {
        var windows = configuration.Get<WindowOptions>(WindowOptions.Section);
        var words = configuration.Get<WordOptions>(WordOptions.Section);
        var devices = configuration.Get<List<DeviceOptions>>(DeviceOptions.Section);
        var several = configuration.Get<List<NamedModelOptions>>(NamedModelOptions.Section);
        if (several.Count > 0)
        {
            return
            [
                .. several.Select(model => new ModelSettings(
                    model.Name,
                    model.Path,
                    model.File,
                    model.SubwordEngine,
                    model.Windows ?? windows,
                    model.Words ?? words,
                    model.Devices ?? devices)),
            ];
        }

        var one = configuration.Get<ModelOptions>(ModelOptions.Section);
        return [new ModelSettings("", one.Path, one.File, one.SubwordEngine, windows, words, devices)];
    }

    /// <summary>Everything that is wrong with models, their sections and the rules' options; the files are not looked at yet.</summary>
    public static IEnumerable<string> Problems(CheckedConfiguration configuration)
    {
        var one = configuration.Get<ModelOptions>(ModelOptions.Section);
        var several = configuration.Get<List<NamedModelOptions>>(NamedModelOptions.Section);
        var both = several.Count > 0 && configuration.Values.GetSection(ModelOptions.Section).Exists();
        return
        [
            .. both ? [$"{ModelOptions.Section}:Path is '{one.Path}' and {NamedModelOptions.Section} has {several.Count} entries: one "
                + $"model stands in Model, several stand in Models; leave one of the two out"] : Array.Empty<string>(),
            .. one.Problems(),
            .. NamedModelOptions.Problems(several),
            .. configuration.Get<WindowOptions>(WindowOptions.Section).Problems(),
            .. configuration.Get<WordOptions>(WordOptions.Section).Problems(),
            .. LanePlan.Problems(configuration.Get<List<DeviceOptions>>(DeviceOptions.Section)),
            .. configuration.Get<RuleOptions>(RuleOptions.Section).Problems(),
        ];
    }
}
