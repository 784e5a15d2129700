using System.Diagnostics;
using StreamNer.Inference.Tokenization;

namespace StreamNer.Inference.Tests.Tokenization;

/// <summary>
/// Checks that a text sixteen times as long takes about as long as sixteen of the short ones; a clock's limit would depend on what else the
/// machine does, which hits both alike when they take about as long.
/// </summary>
internal static class LinearTime
{
    private const int Times = 16;

    // Between 1, which is linear, and 16, which is quadratic, with room for caches that grow too small; the best of several runs each.
    private const int Allowed = 6;
    private const int ShorterRuns = 3;
    private const int WholeRuns = 5;

    // A busy machine may spoil all runs of one comparison, not of several: code that isn't linear fails each of them.
    private const int Comparisons = 8;

    /// <summary>Fails when the time for a text of one part over and over grows faster than the text.</summary>
    public static void Holds(IPieceTokenizer tokenizer, string part, int units)
    {
        var text = string.Concat(Enumerable.Repeat(part, units / part.Length));
        var encoder = tokenizer.CreateEncoder();
        var pieces = new PieceBuffer();
        encoder.Encode(text, pieces);
        var message = "";
        for (var comparison = 0; comparison < Comparisons; comparison++)
        {
            var shorter = TimeSpan.MaxValue;
            for (var run = 0; run < ShorterRuns; run++)
                shorter = Min(shorter, Time(text.Length / Times, Times));

            // Once is enough where it was fast enough.
            var whole = TimeSpan.MaxValue;
            for (var run = 0; run < WholeRuns; run++)
            {
                whole = Min(whole, Time(text.Length, 1));
                if (whole < Allowed * shorter)
                    return;
            }

            message = $"{units} units of {(int)part[0]:x4}: {whole.TotalMilliseconds} ms, "
                + $"and {shorter.TotalMilliseconds} ms for {Times} sixteenths";
        }

        Assert.Fail(message);

        TimeSpan Time(int length, int times)
        {
            var watch = Stopwatch.StartNew();
            for (var i = 0; i < times; i++)
                encoder.Encode(text.AsSpan(0, length), pieces);
            return watch.Elapsed;
        }
    }

    private static TimeSpan Min(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
