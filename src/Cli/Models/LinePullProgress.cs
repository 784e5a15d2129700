using System.Diagnostics;
using System.Globalization;
using StreamNer.Inference.Domain;
using StreamNer.Tools.Hub;

namespace StreamNer.Cli.Models;

/// <summary>Tells of a pull in lines, where no bar can be drawn: one for each file, and one now and then while a large one comes.</summary>
internal sealed class LinePullProgress(TextWriter error, bool quiet) : IPullProgress
{
    private static readonly TimeSpan BetweenLines = TimeSpan.FromSeconds(10);

    private readonly Stopwatch _sinceLine = Stopwatch.StartNew();

    /// <inheritdoc/>
    public void Begin(RepositoryFile file, long hereBytes)
    {
        if (hereBytes > 0)
            Line($"{file.Path}: {ByteSize.Of(hereBytes)} are here already");
        _sinceLine.Restart();
    }

    /// <inheritdoc/>
    public void Advance(RepositoryFile file, long hereBytes)
    {
        if (_sinceLine.Elapsed < BetweenLines)
            return;
        _sinceLine.Restart();
        Line(file.SizeBytes is { } size and > 0
            ? string.Create(CultureInfo.InvariantCulture, $"{file.Path}: {ByteSize.Of(hereBytes)} of {ByteSize.Of(size)}, "
                + $"{100.0 * hereBytes / size:0} %")
            : $"{file.Path}: {ByteSize.Of(hereBytes)}");
    }

    /// <inheritdoc/>
    public void Done(RepositoryFile file, Checksum? checkedBy) =>
        Line($"{file.Path}: {(file.SizeBytes is { } size ? ByteSize.Of(size) : "done")}, "
            + $"{(checkedBy is null ? "the hub names no checksum" : "checksum right")}");

    /// <inheritdoc/>
    public void Again(RepositoryFile file, string reason) => Line($"{file.Path}: {reason}; trying again");

    private void Line(string text)
    {
        if (!quiet)
            error.WriteLine($"streamner: {VisibleText.Of(text, keepLines: false)}");
    }
}
