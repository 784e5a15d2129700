using System.Security.Cryptography;

namespace StreamNer.Inference.Files;

/// <summary>Hashes files one behind the other, whatever their size.</summary>
internal static class FileHash
{
    /// <summary>SHA-256 of the bytes of all files together, in hexadecimal, lower case.</summary>
    /// <param name="paths">The files, in this order; links are followed.</param>
    /// <exception cref="IOException">One isn't there, is no regular file, or can't be read.</exception>
    /// <exception cref="UnauthorizedAccessException">One may not be read.</exception>
    public static string Of(IEnumerable<string> paths)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[1 << 16];
        foreach (var path in paths)
        {
            using var stream = BoundedFile.OpenRegular(path);
            int read;
            while ((read = stream.Read(buffer)) > 0)
                hash.AppendData(buffer.AsSpan(0, read));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
