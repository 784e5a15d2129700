namespace StreamNer.Tools.Hub;

/// <summary>Paths of files in a repository. They come from outside and become paths on this machine.</summary>
internal static class RepositoryPath
{
    private const int MaxLength = 400;

    /// <summary>Whether a path stays inside of the folder it is put into, on any system.</summary>
    public static bool IsSafe(string path) =>
        path.Length is > 0 and <= MaxLength
        && !path.AsSpan().ContainsAny('\\', ':')
        && !path.Any(char.IsControl)
        && path.Split('/').All(part => part is not ("" or "." or ".."));
}
