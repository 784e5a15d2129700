using Spectre.Console;
using StreamNer.Inference.Domain;
using StreamNer.Tools.Hub;

namespace StreamNer.Cli.Models;

/// <summary>Draws a bar for each file of a pull.</summary>
internal sealed class BarPullProgress(ProgressContext context) : IPullProgress
{
    private readonly Dictionary<string, ProgressTask> _bars = [];

    /// <summary>The columns of the bars.</summary>
    public static Progress On(IAnsiConsole console) =>
        console.Progress()
            .AutoClear(false)
            .Columns(
                new TaskDescriptionColumn { Alignment = Justify.Left },
                new ProgressBarColumn(),
                new PercentageColumn(),
                new DownloadedColumn { Base = FileSizeBase.Decimal },
                new TransferSpeedColumn { Base = FileSizeBase.Decimal },
                new RemainingTimeColumn());

    /// <inheritdoc/>
    public void Begin(RepositoryFile file, long hereBytes)
    {
        if (!_bars.TryGetValue(file.Path, out var bar))
        {
            bar = _bars[file.Path] = context.AddTask(Shown(file.Path), maxValue: Math.Max(1, file.SizeBytes ?? 1));
            bar.IsIndeterminate = file.SizeBytes is null;
        }

        bar.Value = hereBytes;
    }

    /// <inheritdoc/>
    public void Advance(RepositoryFile file, long hereBytes) => _bars[file.Path].Value = hereBytes;

    /// <inheritdoc/>
    public void Done(RepositoryFile file, Checksum? checkedBy)
    {
        var bar = _bars[file.Path];
        bar.IsIndeterminate = false;
        bar.Value = bar.MaxValue;
        bar.StopTask();
    }

    /// <inheritdoc/>
    public void Again(RepositoryFile file, string reason) =>
        _bars[file.Path].Description = $"{Shown(file.Path)} [yellow]again[/]";

    private static string Shown(string path) => Markup.Escape(VisibleText.Of(path, keepLines: false));
}
