using StreamNer.Inference.Models;
using StreamNer.Inference.Models.Folders;

namespace StreamNer.Tools.Hub;

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
    }
}
