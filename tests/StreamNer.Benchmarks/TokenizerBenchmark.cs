using System.Text;
using StreamNer.Inference.Models.Folders;
using StreamNer.Inference.Tokenization;
using StreamNer.TestSupport;

namespace StreamNer.Benchmarks;

/// <summary>Pieces a second of the default model's tokenizer, one thread, spans and words included.</summary>
internal static class TokenizerBenchmark
{
    private const int Rounds = 9;

    public static IEnumerable<Figure> Run()
    {
        var texts = Sample.Documents(2_000).Select(document => document.Text).ToArray();
        var bytes = texts.Sum(Encoding.UTF8.GetByteCount);
        var encoder = ModelFolder.Open(Repository.DefaultModel).Tokenizer.CreateEncoder();
        var buffer = new PieceBuffer();
        long pieces = 0;
        var allocated = 0L;
        void Encode()
        {
            pieces = 0;
            var before = GC.GetAllocatedBytesForCurrentThread();
            foreach (var text in texts)
            {
                encoder.Encode(text, buffer);
                pieces += buffer.Count;
            }

            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        }

        var seconds = Paired.Time(Rounds, Encode);
        yield return new Figure("tokenizer, one thread", $"{pieces / seconds / 1e6:F2} M pieces/s, {bytes / seconds / 1e6:F1} MB/s, "
            + $"{allocated / (double)texts.Length:F0} B/document", Figure.MedianOf(Rounds));
    }
}
