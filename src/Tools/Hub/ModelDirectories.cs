using StreamNer.Inference.Models;
using StreamNer.Inference.Models.Folders;

namespace StreamNer.Tools.Hub;

/// <summary>
/// Where model folders lie: in <c>models</c> below the current directory and beside the executable, or where a command says.
/// </summary>
/// <remarks>These are the places in which <c>Model:Path=models/NAME</c> is looked for, in the same order.</remarks>
internal static class ModelDirectories
{
    private const string Name = "models";

    private static readonly EnumerationOptions All = new() { AttributesToSkip = 0, IgnoreInaccessible = false };

    /// <summary>Beside the models there may be folders of others, such as <c>lost+found</c> of a volume.</summary>
    private static readonly EnumerationOptions Readable = new() { AttributesToSkip = 0 };

    private static readonly string[] Marks = ["config.json", "tokenizer.json", "vocab.txt", "model.onnx"];

    /// <summary>The directories that are looked into, full paths.</summary>
    /// <param name="chosen">What the command line names; null takes both usual ones that exist.</param>
    public static IReadOnlyList<string> Of(string? chosen)
    {
        if (chosen is not null)
            return [Path.GetFullPath(chosen)];
        string[] usual = [Path.GetFullPath(Name), Path.Combine(AppContext.BaseDirectory, Name)];
        return [.. usual.Where(Directory.Exists).Select(Path.TrimEndingDirectorySeparator).Distinct()];
    }

    /// <summary>
    /// The directory that a new model goes into: <c>models</c> below the current directory, unless the command line names one.
    /// </summary>
    public static string ForNew(string? chosen) => Path.GetFullPath(chosen ?? Name);

    /// <summary>The model folders of a directory, by name: those in it, and those one level down, as <c>owner/name</c>.</summary>
    /// <remarks>A folder counts as one when it has any file of a model, so that a broken one is seen too.</remarks>
    public static IReadOnlyList<string> Folders(string directory)
    {
        if (!Directory.Exists(directory))
            return [];
        return [.. Visible(directory, All).SelectMany(folder => IsModel(folder) ? [folder] : Visible(folder, Readable).Where(IsModel))
            .Order(StringComparer.Ordinal)];
    }

    /// <summary>Finds a model by the path of its folder, or by its name in one of the directories.</summary>
    /// <returns>Full path; null when there is none.</returns>
    public static string? Find(string model, IReadOnlyList<string> directories) =>
        directories.Select(directory => Path.Combine(directory, model)).Prepend(Path.GetFullPath(model)).FirstOrDefault(Directory.Exists);

    // What begins with a dot is a pull under way.
    private static IEnumerable<string> Visible(string directory, EnumerationOptions which) =>
        Directory.EnumerateDirectories(directory, "*", which).Where(folder => !Path.GetFileName(folder).StartsWith('.'));

    private static bool IsModel(string folder) =>
        Marks.Any(name => File.Exists(Path.Combine(folder, name))) || File.Exists(Path.Combine(folder, ModelManifest.FileName))
            || File.Exists(Path.Combine(folder, "onnx", "model.onnx"));
}

/// <summary>A model folder that was looked at: what it holds, or why it can't be loaded.</summary>
/// <param name="Name">Its path below the directory of models.</param>
/// <param name="Folder">Its full path.</param>
/// <param name="Model">What it holds; null when it can't be loaded.</param>
/// <param name="Problems">Why it can't be loaded; empty when it can.</param>
internal sealed record ModelEntry(string Name, string Folder, ModelFolder? Model, IReadOnlyList<string> Problems)
{
    /// <summary>Opens a folder.</summary>
    /// <param name="directory">The directory that it lies in.</param>
    /// <param name="folder">The folder.</param>
    public static ModelEntry Of(string directory, string folder)
    {
        var name = Path.GetRelativePath(directory, folder).Replace(Path.DirectorySeparatorChar, '/');
        try
        {
            return new ModelEntry(name, folder, ModelFolder.Open(folder), []);
        }
        catch (ModelLoadException unusable)
        {
            return new ModelEntry(name, folder, null, unusable.Problems);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return new ModelEntry(name, folder, null, [unreadable.Message]);
        }
    }
}
