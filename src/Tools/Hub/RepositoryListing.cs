namespace StreamNer.Tools.Hub;

/// <summary>What a hub says of a repository at one commit.</summary>
/// <param name="Repository">The repository as it was asked for.</param>
/// <param name="Commit">The commit that the revision stands for; files are fetched at it, so that they belong together.</param>
/// <param name="Licence">The licence that the model card names; null when it names none.</param>
/// <param name="Files">Its files. Every path is safe.</param>
internal sealed record RepositoryListing(string Repository, string Commit, string? Licence, IReadOnlyList<RepositoryFile> Files);
