namespace StreamNer.Tools.Hub;

/// <summary>A file of a repository, as the hub lists it.</summary>
/// <param name="Path">Its path, slashes between.</param>
/// <param name="SizeBytes">Its size; null where the hub doesn't say.</param>
/// <param name="Checksum">What its content must hash to; null where the hub doesn't say.</param>
internal sealed record RepositoryFile(string Path, long? SizeBytes, Checksum? Checksum);
