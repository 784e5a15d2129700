using System.Buffers;
using StreamNer.Inference.Files;
using StreamNer.Inference.Models;
using StreamNer.Inference.Models.Folders;

namespace StreamNer.Tools.Hub;

/// <summary>Makes a model folder of a repository: fetched aside, checked, opened, and only then put in its place.</summary>
/// <remarks>
/// What is fetched lies in <c>.pull-NAME-COMMIT</c> beside the place until it is whole; an interrupted pull leaves it there and the next
/// one goes on with it. The place itself is empty, or holds the old model, until the moment it holds the new one.
/// </remarks>
internal sealed class ModelPull(HubClient hub, IPullProgress progress)
{
    private const string Prefix = ".pull-";
    private const int ShortCommit = 12;

    /// <summary>How a file is refused that somebody else has open: Linux, macOS, Windows.</summary>
    private static readonly int[] SharingViolations = [11, 35, unchecked((int)0x80070020)];

    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdef");

    /// <summary>Pulls a model.</summary>
    /// <param name="request">What, and whereto.</param>
    /// <param name="stop">Ends it; what came so far is kept for the next time.</param>
    /// <exception cref="HubException">It can't be pulled.</exception>
    /// <exception cref="ModelLoadException">What was pulled is no model that can be loaded.</exception>
    public async Task<PulledModel> PullAsync(PullRequest request, CancellationToken stop)
    {
        var place = Path.Combine(request.Directory, request.Name);
        var listing = await hub.ListAsync(request.Repository, request.Revision, stop);
        var plan = PullPlan.Of(listing, request.File, request.MaxBytes);
        var old = await ExistingAsync(place, listing, plan, stop);
        if (old is not null && !request.Force)
            return old;
        if (Directory.Exists(place) && !request.Force)
            throw new HubException($"{place} is there already and holds something else; --force replaces it, --as NAME pulls beside it");

        Directory.CreateDirectory(request.Directory);
        await using var held = Lock(Path.Combine(request.Directory, $"{Prefix}{request.Name}.lock"));
        var staging =
            Path.Combine(request.Directory, $"{Prefix}{request.Name}-{listing.Commit[..Math.Min(ShortCommit, listing.Commit.Length)]}");
        Directory.CreateDirectory(staging);
        RefuseLinks(new DirectoryInfo(staging));
        RefuseFullDisk(staging, plan);
        RemoveOthers(staging, plan);
        var manifest = await FetchAsync(request, listing, plan, staging, stop);
        manifest.Write(staging);
        Open(staging, place, plan.Model);
        Place(staging, place, request.Force);
        RemoveLeft(request);
        return new PulledModel(place, manifest, IsNew: true);
    }

    /// <summary>The model that is in place, when it is the one asked for and whole.</summary>
    private static async Task<PulledModel?> ExistingAsync(string place, RepositoryListing listing, PullPlan plan, CancellationToken stop)
    {
        var manifest = ModelManifest.Read(place, out _);
        return manifest is not null && manifest.Repository == listing.Repository && manifest.Commit == listing.Commit
            && manifest.Model == plan.Model
            && (await manifest.DifferencesAsync(place, stop)).Count == 0
            ? new PulledModel(place, manifest, IsNew: false)
            : null;
    }

    private async Task<ModelManifest> FetchAsync(PullRequest request, RepositoryListing listing, PullPlan plan, string staging,
        CancellationToken stop)
    {
        var download = new FileDownload(hub, listing, progress);
        List<ManifestFile> files = [];
        foreach (var file in plan.Files)
            files.Add(await download.FetchAsync(file, staging, request.MaxBytes - files.Sum(done => done.SizeBytes), stop));
        return new ModelManifest
        {
            Repository = listing.Repository,
            Revision = request.Revision,
            Commit = listing.Commit,
            Endpoint = hub.Settings.Endpoint.AbsoluteUri.TrimEnd('/'),
            Licence = listing.Licence,
            Model = plan.Model,
            Files = files,
        };
    }

    /// <summary>What is no model must not stand where one is looked for.</summary>
    private static void Open(string staging, string place, string model)
    {
        try
        {
            ModelFolder.Open(staging, model);
        }
        catch (ModelLoadException unusable)
        {
            throw new ModelLoadException(staging, [.. unusable.Problems, $"it was pulled but not put into {place}; its "
                + $"files are kept where they are"], unusable);
        }
    }

    /// <summary>
    /// What interrupted pulls of other commits left is of no use any more; a pull of another model may begin like this one.
    /// </summary>
    private static void RemoveLeft(PullRequest request)
    {
        var own = $"{Prefix}{request.Name}-";
        foreach (var left in Directory.EnumerateDirectories(request.Directory, $"{own}*"))
        {
            var commit = Path.GetFileName(left.AsSpan())[own.Length..];
            if (commit.Length > ShortCommit || commit.ContainsAnyExcept(HexDigits))
                continue;
            try
            {
                Directory.Delete(left, recursive: true);
            }
            catch (Exception kept) when (kept is IOException or UnauthorizedAccessException)
            {
                // The model is in its place; the next pull tries again.
            }
        }
    }

    /// <summary>Two renames; when the second fails the first is taken back.</summary>
    private static void Place(string staging, string place, bool force)
    {
        if (!Directory.Exists(place))
        {
            Directory.Move(staging, place);
            return;
        }

        if (!force)
        {
            throw new HubException($"{place} has appeared meanwhile and may hold something else; what was pulled is kept in {staging}, the "
                + "same command with --force puts it in place");
        }

        var aside = Path.Combine(Path.GetDirectoryName(place)!, $".old-{Path.GetFileName(place)}-{Guid.NewGuid():N}");
        Directory.Move(place, aside);
        try
        {
            Directory.Move(staging, place);
        }
        catch
        {
            Directory.Move(aside, place);
            throw;
        }

        Directory.Delete(aside, recursive: true);
    }

    /// <summary>
    /// Files of an earlier attempt that this pull doesn't want, such as another ONNX file, would become part of the model.
    /// </summary>
    private static void RemoveOthers(string staging, PullPlan plan)
    {
        foreach (var path in Directory.EnumerateFiles(staging, "*", SearchOption.AllDirectories))
        {
            var name = Path.GetRelativePath(staging, path).Replace(Path.DirectorySeparatorChar, '/');
            var whole = name.EndsWith(FileDownload.PartSuffix, StringComparison.Ordinal) ? name[..^FileDownload.PartSuffix.Length] : name;
            if (!plan.Files.Any(file => file.Path == whole))
                File.Delete(path);
        }
    }

    /// <summary>
    /// Whoever put a link among the files of an interrupted pull would have its target written, or cleared away; a pipe is waited for.
    /// </summary>
    private static void RefuseLinks(FileSystemInfo entry)
    {
        if (entry.LinkTarget is not null)
        {
            throw new HubException($"{entry.FullName} is a link, a pull writes to no place but its own; remove it, or name another "
                + "directory with --dir");
        }

        if (entry is FileInfo && !BoundedFile.IsRegular(entry.FullName))
            throw new HubException($"{entry.FullName} is a pipe, socket or device; remove it, or name another directory with --dir");
        foreach (var inside in (entry as DirectoryInfo)?.EnumerateFileSystemInfos() ?? [])
            RefuseLinks(inside);
    }

    private static void RefuseFullDisk(string staging, PullPlan plan)
    {
        var free = new DriveInfo(staging).AvailableFreeSpace;
        var here = Directory.EnumerateFiles(staging, "*", SearchOption.AllDirectories).Sum(path => new FileInfo(path).Length);
        if (plan.Bytes - here > free)
        {
            throw new HubException($"{staging}: {ByteSize.Of(plan.Bytes - here)} are missing, the disk has {ByteSize.Of(free)} "
                + $"left; --dir names another place");
        }
    }

    private static FileStream Lock(string path)
    {
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1,
                FileOptions.DeleteOnClose);
        }
        catch (IOException held) when (SharingViolations.Contains(held.HResult))
        {
            throw new HubException($"{path} is in use: another pull of this model is running", held);
        }
        catch (Exception unwritable) when (unwritable is IOException or UnauthorizedAccessException)
        {
            throw new HubException($"{path} can't be made: {unwritable.Message}; --dir names another place", unwritable);
        }
    }
}

/// <summary>A model that is in its place.</summary>
/// <param name="Folder">Full path of its folder.</param>
/// <param name="Manifest">What it consists of.</param>
/// <param name="IsNew">False when it was there already, whole.</param>
internal sealed record PulledModel(string Folder, ModelManifest Manifest, bool IsNew);

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
