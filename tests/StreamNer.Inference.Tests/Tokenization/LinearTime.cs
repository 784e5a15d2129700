using System.Diagnostics;
using StreamNer.Inference.Tokenization;

namespace StreamNer.Inference.Tests.Tokenization;

/// <summary>
/// Checks that a text sixteen times as long takes about sixteen times as long; a clock's limit would depend on what else the machine does.
/// </summary>
internal static class LinearTime
{
    private const int Times = 16;

    // Between 16, which is linear, and 256, which is quadratic, with room for caches that grow too small; the best of several runs each.
    private const int Allowed = 100;
    private const int Runs = 5;

    // A busy machine may spoil all runs of one comparison, not of several: code that isn't linear fails each of them.
    private const int Comparisons = 4;

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
            var shorter = Enumerable.Repeat(text.Length / Times, Runs).Min(Time);

            // Once is enough where it was fast enough.
            var whole = TimeSpan.MaxValue;
            for (var run = 0; run < Runs; run++)
            {
                var took = Time(text.Length);
                whole = took < whole ? took : whole;
                if (whole < Allowed * shorter)
                    return;
            }

            message = $"{units} units of {(int)part[0]:x4}: {whole.TotalMilliseconds} ms, "
                + $"and {shorter.TotalMilliseconds} ms for a sixteenth";
        }

        Assert.Fail(message);

        TimeSpan Time(int length)
        {
            var watch = Stopwatch.StartNew();
            encoder.Encode(text.AsSpan(0, length), pieces);
            return watch.Elapsed;
        }
    }
}
