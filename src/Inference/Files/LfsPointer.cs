namespace StreamNer.Inference.Files;

/// <summary>The small text that Git has in place of a large file which it did not fetch.</summary>
internal static class LfsPointer
{
    private static ReadOnlySpan<byte> Head => "version https://git-lfs.github.com/spec/"u8;

    /// <summary>Whether a file's content is one.</summary>
    public static bool Is(ReadOnlySpan<byte> content) => content.StartsWith(Head);

    /// <summary>Whether a file is one, of which only the beginning is read.</summary>
    /// <exception cref="IOException">It isn't there, is no regular file, or can't be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static bool Is(string path)
    {
        Span<byte> head = stackalloc byte[Head.Length];
        using var file = BoundedFile.OpenRegular(path);
        return file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false) == head.Length && Is(head);
    }

    /// <summary>Says so.</summary>
    /// <param name="path">The file.</param>
    /// <param name="what">What should be there.</param>
    public static string Problem(string path, string what) =>
        $"{path} is a pointer of Git LFS, not the {what}: fetch it with `git lfs pull`";
}
