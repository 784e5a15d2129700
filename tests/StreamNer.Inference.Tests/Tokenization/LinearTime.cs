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
            var shorter = Best(text.AsSpan(0, text.Length / Times));
            var whole = Best(text);
            if (whole < Allowed * shorter)
                return;
            message = $"{units} units of {(int)part[0]:x4}: {whole.TotalMilliseconds} ms, "
                + $"and {shorter.TotalMilliseconds} ms for a sixteenth";
        }

        Assert.Fail(message);

        TimeSpan Best(ReadOnlySpan<char> of)
        {
            var best = TimeSpan.MaxValue;
            for (var run = 0; run < Runs; run++)
            {
                var watch = Stopwatch.StartNew();
                encoder.Encode(of, pieces);
                best = watch.Elapsed < best ? watch.Elapsed : best;
            }

            return best;
        }
    }
}
