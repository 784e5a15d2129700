namespace StreamNer.Tools.Optimization;

/// <summary>A folder <c>.optimize-NAME-...</c> in which something is made before it gets its place. One thread.</summary>
/// <remarks>
/// A file beside it is held open while somebody works on it, so that what a process leaves that is killed can be told from what another one
/// is making.
/// </remarks>
internal sealed class StagingFolder : IDisposable
{
    private const string Prefix = ".optimize-";
    private const string LockEnding = ".lock";

    private readonly FileStream _lock;

    private StagingFolder(string path, FileStream held) => (Path, _lock) = (path, held);

    /// <summary>Full path.</summary>
    public string Path { get; }

    /// <summary>Makes a folder, and takes away those that processes left which ended before they could.</summary>
    /// <param name="directory">Where; it is there.</param>
    /// <param name="name">What is made.</param>
    /// <exception cref="IOException">It can't be made.</exception>
    public static StagingFolder Create(string directory, string name)
    {
        foreach (var other in Directory.EnumerateDirectories(directory, Prefix + "*").ToArray())
            RemoveIfLeft(other);

        var path = System.IO.Path.Combine(directory, $"{Prefix}{name}-{Guid.NewGuid():N}");
        var held = Hold(path);
        Directory.CreateDirectory(path);
        return new StagingFolder(path, held);
    }

    /// <summary>Takes the folder away, unless it has got its place.</summary>
    public void Dispose()
    {
        if (Directory.Exists(Path))
            Directory.Delete(Path, recursive: true);
        _lock.Dispose();
    }

    private static void RemoveIfLeft(string path)
    {
        try
        {
            using var held = Hold(path);
            Directory.Delete(path, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Somebody is at work on it, or it is another user's.
        }
    }

    private static FileStream Hold(string path) => new(
        path + LockEnding, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1, FileOptions.DeleteOnClose);
}
