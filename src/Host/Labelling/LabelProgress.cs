using System.Diagnostics;
using System.Globalization;
using Spectre.Console;

namespace StreamNer.Host.Labelling;

/// <summary>Says how far a run is: a bar where it can be redrawn, a line now and then where it can't.</summary>
internal sealed class LabelProgress(TextWriter error, ProgressTask? bar, bool quiet)
{
    private static readonly TimeSpan BetweenLines = TimeSpan.FromSeconds(10);

    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private TimeSpan _nextLine = BetweenLines;

    /// <summary>Time since the run began.</summary>
    public TimeSpan Elapsed => _clock.Elapsed;

    /// <summary>Tells that a batch is done.</summary>
    /// <param name="bytes">Bytes of the input that the batch took.</param>
    /// <param name="documents">Documents done since the beginning.</param>
    public void Advance(long bytes, long documents)
    {
        if (bar is not null)
        {
            bar.Increment(bytes);
            bar.Description = Line(documents);
        }
        else if (!quiet && _clock.Elapsed >= _nextLine)
        {
            error.WriteLine($"streamner: {Line(documents)}");
            _nextLine = _clock.Elapsed + BetweenLines;
        }
    }

    private string Line(long documents) => string.Create(CultureInfo.InvariantCulture, $"{documents:N0} documents, {documents / _clock.Elapsed.TotalSeconds:N0}/s");
}
