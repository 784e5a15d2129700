namespace StreamNer.Tools.Hub;

/// <summary>Hears how far a pull is. One thread at a time.</summary>
internal interface IPullProgress
{
    /// <summary>A file begins.</summary>
    /// <param name="file">The file.</param>
    /// <param name="hereBytes">Bytes of it that are here from an earlier time.</param>
    void Begin(RepositoryFile file, long hereBytes);

    /// <summary>More of the file is here.</summary>
    void Advance(RepositoryFile file, long hereBytes);

    /// <summary>A file is whole.</summary>
    /// <param name="file">The file.</param>
    /// <param name="checkedBy">What it was checked by; null when the hub gave no checksum.</param>
    void Done(RepositoryFile file, Checksum? checkedBy);

    /// <summary>Something failed in passing and is tried again.</summary>
    void Again(RepositoryFile file, string reason);
}
