using System.Text.RegularExpressions;

namespace StreamNer.Tools.Hub;

/// <summary>Names of repositories and revisions, as a hub allows them. They become parts of addresses and of folder names.</summary>
internal static partial class RepositoryName
{
    private const int MaxPart = 96;
    private const int MaxRevision = 200;

    /// <summary>What is wrong with <c>owner/name</c>; null when nothing is.</summary>
    public static string? Problem(string repository)
    {
        var parts = repository.Split('/');
        var isName = parts.Length is 1 or 2 && parts.All(part => part.Length <= MaxPart && Part().IsMatch(part)
            && !part.EndsWith(".git", StringComparison.OrdinalIgnoreCase))
            && !repository.Contains("..", StringComparison.Ordinal) && !repository.Contains("--", StringComparison.Ordinal);
        return isName ? null
            : $"'{repository}' is no repository: it must be owner/name, of letters, digits, '-', '_' and '.', such as dslim/bert-base-NER";
    }

    /// <summary>What is wrong with a branch, tag or commit; null when nothing is.</summary>
    public static string? RevisionProblem(string revision) =>
        revision.Length <= MaxRevision && Revision().IsMatch(revision) && !revision.Contains("..", StringComparison.Ordinal)
            && !revision.Contains("//", StringComparison.Ordinal)
            ? null
            : $"'{revision}' is no revision: it must be a branch, a tag or a commit, such as main";

    /// <summary>What is wrong with the name of a model's folder; null when nothing is.</summary>
    public static string? FolderProblem(string name) =>
        name.Length <= MaxPart && Part().IsMatch(name) && !name.Contains("..", StringComparison.Ordinal)
            ? null
            : $"'{name}' is no folder name: letters, digits, '-', '_' and '.'";

    [GeneratedRegex(@"^[A-Za-z0-9_]([A-Za-z0-9._-]*[A-Za-z0-9_])?\z", RegexOptions.NonBacktracking)]
    private static partial Regex Part();

    [GeneratedRegex(@"^[A-Za-z0-9_]([A-Za-z0-9._/-]*[A-Za-z0-9_-])?\z", RegexOptions.NonBacktracking)]
    private static partial Regex Revision();
}

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

/// <summary>A file of a repository, as the hub lists it.</summary>
/// <param name="Path">Its path, slashes between.</param>
/// <param name="SizeBytes">Its size; null where the hub doesn't say.</param>
/// <param name="Checksum">What its content must hash to; null where the hub doesn't say.</param>
internal sealed record RepositoryFile(string Path, long? SizeBytes, Checksum? Checksum);

/// <summary>What a hub says of a repository at one commit.</summary>
/// <param name="Repository">The repository as it was asked for.</param>
/// <param name="Commit">The commit that the revision stands for; files are fetched at it, so that they belong together.</param>
/// <param name="Licence">The licence that the model card names; null when it names none.</param>
/// <param name="Files">Its files. Every path is safe.</param>
internal sealed record RepositoryListing(string Repository, string Commit, string? Licence, IReadOnlyList<RepositoryFile> Files);
