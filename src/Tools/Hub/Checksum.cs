using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace StreamNer.Tools.Hub;

/// <summary>What a file's content must hash to.</summary>
/// <param name="Kind">The algorithm.</param>
/// <param name="Hex">The hash, lower-case hex.</param>
internal sealed record Checksum(ChecksumKind Kind, string Hex)
{
    private const int Sha256Digits = 64;
    private const int GitDigits = 40;

    /// <summary>Reads a hash, or the <c>ETag</c> of a hub, which is one: SHA-256 for large files, git's hash for small ones.</summary>
    /// <returns>Null for what is neither.</returns>
    public static Checksum? Of(string? text)
    {
        var hex = text?.Trim();
        if (hex?.StartsWith("W/", StringComparison.Ordinal) == true)
            hex = hex[2..];
        hex = hex?.Trim('"').ToLowerInvariant();
        return hex?.Length is Sha256Digits or GitDigits && hex.All(char.IsAsciiHexDigit)
            ? new Checksum(hex.Length == Sha256Digits ? ChecksumKind.Sha256 : ChecksumKind.GitBlob, hex)
            : null;
    }

    /// <summary>Hashes a file both ways.</summary>
    public static async Task<(string Sha256, string GitBlob)> OfFileAsync(string path, CancellationToken stop)
    {
        await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1 << 20, useAsync: true);
        using var sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

        // Git names a blob by SHA-1 over its length and content. It shows a broken download; nobody relies on it against an attacker.
        using var git = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
        git.AppendData(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"blob {file.Length}\0")));
        var buffer = new byte[1 << 20];
        int read;
        while ((read = await file.ReadAsync(buffer, stop)) > 0)
        {
            sha256.AppendData(buffer.AsSpan(0, read));
            git.AppendData(buffer.AsSpan(0, read));
        }

        return (Convert.ToHexStringLower(sha256.GetHashAndReset()), Convert.ToHexStringLower(git.GetHashAndReset()));
    }

    /// <summary>Whether a file's hashes are what this one asks for.</summary>
    public bool Matches((string Sha256, string GitBlob) hashes) => (Kind == ChecksumKind.Sha256 ? hashes.Sha256 : hashes.GitBlob) == Hex;
}

/// <summary>How a checksum is made.</summary>
internal enum ChecksumKind
{
    /// <summary>SHA-256 of the content.</summary>
    Sha256,

    /// <summary>Git's name of a blob with this content.</summary>
    GitBlob,
}
