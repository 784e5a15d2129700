using System.Diagnostics;
using System.Globalization;
using Spectre.Console;
using StreamNer.Tools.Labelling;

namespace StreamNer.Cli.Labelling;

/// <summary>Says how far a run is: a bar where it can be redrawn, a line now and then where it can't.</summary>
/// <param name="error">Standard error.</param>
/// <param name="bar">The bar; null where none can be drawn.</param>
/// <param name="quiet">Whether nothing is to be said.</param>
/// <param name="unit">What is counted.</param>
internal sealed class LabelProgress(TextWriter error, ProgressTask? bar, bool quiet, string unit = "documents") : IRunProgress
{
    private static readonly TimeSpan BetweenLines = TimeSpan.FromSeconds(10);

    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private TimeSpan _nextLine = BetweenLines;

    /// <summary>Time since the run began.</summary>
    public TimeSpan Elapsed => _clock.Elapsed;

    /// <summary>Makes the display that bars are drawn in; it goes when the run is over.</summary>
    public static Progress Bar(IAnsiConsole console) =>
        console.Progress()
            .AutoClear(true)
            .Columns(new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn(),
                new TaskDescriptionColumn { Alignment = Justify.Left });

    /// <inheritdoc/>
    public void Advance(long amount, long done)
    {
        if (bar is not null)
        {
            bar.Increment(amount);
            bar.Description = Line(done);
        }
        else if (!quiet && _clock.Elapsed >= _nextLine)
        {
            error.WriteLine($"streamner: {Line(done)}");
            _nextLine = _clock.Elapsed + BetweenLines;
        }
    }

    private string Line(long done) =>
        string.Create(CultureInfo.InvariantCulture, $"{done:N0} {unit}, {done / _clock.Elapsed.TotalSeconds:N0}/s");
}
