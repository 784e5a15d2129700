namespace StreamNer.Host.Configuration;

/// <summary>Finds the model folder that a configuration names.</summary>
internal static class ModelPath
{
    /// <summary>
    /// The path itself when it exists from the current directory, else the one beside the executable, where the product's own models lie.
    /// </summary>
    public static string Resolve(string path)
    {
        var shipped = Path.Combine(AppContext.BaseDirectory, path);
        return !Directory.Exists(path) && Directory.Exists(shipped) ? shipped : Path.GetFullPath(path);
    }
}
