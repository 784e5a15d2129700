using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using StreamNer.Inference.Files;

namespace StreamNer.Tools.Hub;

/// <summary>Fetches one file of a repository, goes on where an earlier attempt stopped, and checks it.</summary>
internal sealed class FileDownload(HubClient hub, RepositoryListing listing, IPullProgress progress)
{
    /// <summary>Added to the name of a file that isn't whole yet.</summary>
    public const string PartSuffix = ".part";

    private const int BufferBytes = 1 << 17;

    /// <summary>Fetches a file.</summary>
    /// <param name="file">The file.</param>
    /// <param name="folder">Where it goes; what is there from an earlier attempt is checked and used.</param>
    /// <param name="maxBytes">Most bytes of it, for hubs that don't say how large it is.</param>
    /// <param name="stop">Ends it; what came so far stays.</param>
    /// <returns>Its size and hash.</returns>
    /// <exception cref="HubException">It can't be fetched, or what came is not what the hub names.</exception>
    public async Task<ManifestFile> FetchAsync(RepositoryFile file, string folder, long maxBytes, CancellationToken stop)
    {
        var path = Path.Combine(folder, Path.Combine(file.Path.Split('/')));
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var part = path + PartSuffix;
        if (File.Exists(path))
            File.Move(path, part, overwrite: true);

        var checksum = file.Checksum;
        for (var fresh = false; ; fresh = true)
        {
            var here = File.Exists(part) ? new FileInfo(part).Length : 0;
            progress.Begin(file, here);
            if (!(here > 0 && here == file.SizeBytes && checksum is not null))
            {
                // What stands in the listing counts: who sends the bytes may be somebody else, and names them as he likes.
                var named = await TransferAsync(file, part, maxBytes, stop);
                checksum = file.Checksum ?? named ?? checksum;
            }

            // Read once more from the disk: what is checked is what will be loaded.
            var size = new FileInfo(part).Length;
            var hashes = await Checksum.OfFileAsync(part, stop);
            var isWhole = (file.SizeBytes is null || size == file.SizeBytes) && checksum?.Matches(hashes) != false;
            if (isWhole)
            {
                File.Move(part, path);
                progress.Done(file, checksum);
                return new ManifestFile(file.Path, size, hashes.Sha256);
            }

            // The beginning may be of another file or of a broken attempt. Once, all of it is fetched anew.
            File.Delete(part);
            if (here == 0 || fresh)
            {
                throw new HubException(string.Create(CultureInfo.InvariantCulture,
                    $"{file.Path} is not what the hub says: {size} bytes with the SHA-256 {hashes.Sha256}, expected "
                        + $"{(file.SizeBytes is { } bytes ? $"{bytes} bytes" : "any size")}"
                        + $"{(checksum is null ? "" : $" and {checksum.Kind} {checksum.Hex}")}; try again, or look at the proxy between"));
            }

            progress.Again(file, "what was here before does not belong to it");
        }
    }

    private async Task<Checksum?> TransferAsync(RepositoryFile file, string part, long maxBytes, CancellationToken stop)
    {
        var attempt = 0;
        while (true)
        {
            var before = File.Exists(part) ? new FileInfo(part).Length : 0;
            try
            {
                return await TransferOnceAsync(file, part, before, maxBytes, stop);
            }
            catch (PassingFailure failure)
            {
                attempt = (File.Exists(part) ? new FileInfo(part).Length : 0) > before ? 1 : attempt + 1;
                if (attempt >= hub.Settings.MaxAttempts)
                {
                    throw new HubException(
                        $"{file.Path}: {failure.Message}; what came so far is kept, the same command goes on with it", failure);
                }

                progress.Again(file, failure.Message);
                await hub.WaitAsync(failure, attempt, stop);
            }
        }
    }

    /// <returns>The checksum that the answer names.</returns>
    private async Task<Checksum?> TransferOnceAsync(RepositoryFile file, string part, long here, long maxBytes, CancellationToken stop)
    {
        await using var content = await hub.OpenAsync(listing, file.Path, here, stop);
        if (content.IsBeyondEnd)
            return content.Checksum;

        var most = file.SizeBytes ?? maxBytes;
        if (content.TotalBytes > most)
        {
            throw new HubException($"{file.Path}: the server sends {content.TotalBytes} bytes, {most} "
                + $"{(file.SizeBytes is null ? "are allowed" : "were listed")}");
        }

        await using var output =
            new FileStream(part, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read, bufferSize: 0, useAsync: true);
        output.SetLength(content.From);
        output.Position = content.From;
        var buffer = new byte[BufferBytes];
        int read;
        while ((read = await content.ReadAsync(buffer, stop)) > 0)
        {
            await output.WriteAsync(buffer.AsMemory(0, read), stop);
            if (output.Position > most)
            {
                throw new HubException($"{file.Path}: the server sends more than the {most} bytes that "
                    + $"{(file.SizeBytes is null ? "are allowed" : "were listed")}");
            }

            progress.Advance(file, output.Position);
        }

        if ((content.TotalBytes ?? file.SizeBytes) is { } expected && output.Position < expected)
            throw new PassingFailure($"the answer ended after {output.Position} of {expected} bytes");
        return content.Checksum;
    }
}

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
    /// <exception cref="IOException">It isn't there, is no regular file, or can't be read.</exception>
    public static async Task<(string Sha256, string GitBlob)> OfFileAsync(string path, CancellationToken stop)
    {
        await using var file = BoundedFile.OpenRegular(path);
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
