namespace StreamNer.Inference.Tokenization.Files;

/// <summary>Reads an untrusted file whole, up to a size.</summary>
internal static class BoundedFile
{
    /// <summary>Largest file that is read, in bytes. The largest vocabularies in use take a quarter of it.</summary>
    public const long MaxBytes = 64 * 1024 * 1024;

    /// <summary>The bytes of a file; null, with a problem, when it can't be read or is too large.</summary>
    public static byte[]? Read(string path, ICollection<string> problems)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            if (file.Length > MaxBytes)
            {
                problems.Add($"{path}: has {file.Length} bytes, at most {MaxBytes} are read; is it the right file?");
                return null;
            }

            var bytes = new byte[file.Length];
            file.ReadExactly(bytes);
            return bytes;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            problems.Add($"{path}: can't be read: {exception.Message}");
            return null;
        }
    }

    /// <summary>Length of the byte order mark that some editors put in front of UTF-8: 3 or 0.</summary>
    public static int Utf8MarkLength(ReadOnlySpan<byte> bytes) => bytes.StartsWith("\uFEFF"u8) ? 3 : 0;
}
