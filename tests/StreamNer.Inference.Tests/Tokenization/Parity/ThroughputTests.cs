using System.Diagnostics;
using System.Globalization;
using System.Text;
using StreamNer.Inference.Tokenization;

namespace StreamNer.Inference.Tests.Tokenization.Parity;

/// <summary>
/// Measures the processor time of one thread over the corpus's real sentences; <c>tests/parity/throughput.mjs</c> runs it beside the
/// reference.
/// </summary>
public sealed class ThroughputTests(ITestOutputHelper output)
{
    /// <summary>The corpus begins with so many sentences of news, posts, web and five languages.</summary>
    private const int Sentences = 1_000;

    [Fact(Explicit = true)]
    public void Megabytes_per_second_of_each_family()
    {
        var texts = ParityFamily.Corpus()[..Sentences];
        var bytes = texts.Sum(Encoding.UTF8.GetByteCount);
        foreach (var family in ParityFamily.Templates)
            Measure(family, SubwordEngine.Own, "throughput");
        foreach (var family in ParityFamily.Templates.Where(ParityFamily.PackageCuts))
            Measure(family, SubwordEngine.Package, "package");

        void Measure(string family, SubwordEngine engine, string name)
        {
            using var folder = ParityFamily.Folder(family);
            var encoder = folder.Load(engine).CreateEncoder();
            var pieces = new PieceBuffer();
            Run(TimeSpan.FromSeconds(1));
            var (rounds, elapsed, allocated) = Run(TimeSpan.FromSeconds(2));
            var (speed, garbage) = (bytes * (double)rounds / elapsed.TotalSeconds / 1e6, (double)allocated / rounds / texts.Length);
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name} {family} {speed:F1} {garbage:F1}"));

            (int Rounds, TimeSpan Elapsed, long Allocated) Run(TimeSpan time)
            {
                var before = GC.GetAllocatedBytesForCurrentThread();
                var watch = Stopwatch.StartNew();
                var start = Environment.CpuUsage.TotalTime;
                var done = 0;
                while (watch.Elapsed < time)
                {
                    foreach (var text in texts)
                        encoder.Encode(text, pieces);
                    done++;
                }

                return (done, Environment.CpuUsage.TotalTime - start, GC.GetAllocatedBytesForCurrentThread() - before);
            }
        }
    }
}
