using System.Runtime.InteropServices;
using System.Text;

namespace StreamNer.Inference.Files;

/// <summary>Reads untrusted files whole: regular ones only, and up to a size.</summary>
internal static partial class BoundedFile
{
    /// <summary>Largest file that is read unless told otherwise, in bytes. The largest vocabularies in use take a quarter of it.</summary>
    public const long MaxBytes = 64 * 1024 * 1024;

    // st_mode, see inode(7).
    private const int TypeMask = 0xF000;
    private const int RegularType = 0x8000;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The bytes of a file; null, with a problem, when it can't be read or is too large.</summary>
    /// <param name="path">The file; links are followed.</param>
    /// <param name="problems">Receives what is wrong.</param>
    /// <param name="maxBytes">Largest file that is read, in bytes; at most 2 GB.</param>
    /// <param name="limitName">The setting that the limit comes from; null when none does.</param>
    public static byte[]? Read(string path, ICollection<string> problems, long maxBytes = MaxBytes, string? limitName = null)
    {
        try
        {
            if (ReadUpTo(path, maxBytes, out var size) is { } bytes)
            {
                if (!LfsPointer.Is(bytes))
                    return bytes;
                problems.Add(LfsPointer.Problem(path, "file"));
                return null;
            }

            var limit = limitName is null
                ? $"at most {maxBytes} are read; is it the right file?"
                : $"the limit is {maxBytes} ({limitName})";
            problems.Add($"{path}: has {size} bytes, {limit}");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            problems.Add($"{path}: can't be read: {exception.Message}");
        }

        return null;
    }

    /// <summary>The text of a file without its byte order mark; null, with a problem, when it can't be read or is not UTF-8.</summary>
    /// <inheritdoc cref="Read"/>
    public static string? ReadText(string path, ICollection<string> problems, long maxBytes = MaxBytes)
    {
        if (Read(path, problems, maxBytes) is not { } bytes)
            return null;
        try
        {
            return StrictUtf8.GetString(bytes.AsSpan(Utf8MarkLength(bytes)));
        }
        catch (DecoderFallbackException exception)
        {
            problems.Add($"{path}: is not UTF-8 at byte {exception.Index}; fetch it again");
            return null;
        }
    }

    /// <summary>
    /// The bytes of a file; null when there are more than <paramref name="maxBytes"/>, of which no more than one is read.
    /// </summary>
    /// <param name="path">The file; links are followed.</param>
    /// <param name="maxBytes">Largest file that is read, in bytes.</param>
    /// <param name="size">Bytes of the file, or how many were read of one that doesn't say.</param>
    /// <exception cref="IOException">It isn't there, is no regular file, or can't be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static byte[]? ReadUpTo(string path, long maxBytes, out long size)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(maxBytes, Array.MaxLength);
        using var file = OpenRegular(path);

        size = file.Length;
        if (size > maxBytes)
            return null;

        // Some files say that they have no bytes and then have some; so the stated size is no more than a hint.
        var bytes = new byte[size + 1];
        var read = 0;
        while (file.Read(bytes, read, bytes.Length - read) is var more and > 0)
        {
            size = read += more;
            if (read > maxBytes)
                return null;
            if (read == bytes.Length)
                Array.Resize(ref bytes, (int)Math.Min(maxBytes + 1, 2L * read));
        }

        Array.Resize(ref bytes, read);
        return bytes;
    }

    /// <summary>
    /// Opens a file for reading after it was found to be a regular one: opening a pipe might never return, reading a device never end.
    /// </summary>
    /// <exception cref="IOException">It isn't there or is no regular file.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static FileStream OpenRegular(string path)
    {
        if (!IsRegular(path))
            throw new IOException($"{path} is no regular file but a directory, pipe, socket or device; put the file itself there");
        return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
    }

    /// <summary>False for what is there and no regular file, links followed; what isn't there is for the opening to report.</summary>
    /// <param name="path">The file.</param>
    public static bool IsRegular(string path) =>
        OperatingSystem.IsWindows()
            ? !Directory.Exists(path)
            : Stat(path, out var status) != 0 || (status.Mode & TypeMask) == RegularType;

    /// <summary>Length of the byte order mark that some editors put in front of UTF-8: 3 or 0.</summary>
    public static int Utf8MarkLength(ReadOnlySpan<byte> bytes) => bytes.StartsWith("\uFEFF"u8) ? 3 : 0;

    // .NET has no way to ask for the type of a file before it is opened; its own native library, which every program has loaded, does.
    [LibraryImport("libSystem.Native", EntryPoint = "SystemNative_Stat", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Stat(string path, out FileStatus status);

    /// <summary>The begin of the library's own structure, and room for the rest of it.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 256)]
    private struct FileStatus
    {
        public int Flags;
        public int Mode;
    }
}
