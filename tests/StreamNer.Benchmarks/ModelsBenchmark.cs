using StreamNer.Inference;
using StreamNer.Inference.Domain;
using StreamNer.Inference.Models.Folders;
using StreamNer.Inference.Tokenization;
using StreamNer.TestSupport;

namespace StreamNer.Benchmarks;

/// <summary>
/// Each model that the product ships, against one other: the folder that <c>STREAMNER_BENCHMARK_BASELINE</c> names, else the default model.
/// </summary>
/// <remarks>A ratio is of one pair, whose speeds stand in its line; speeds of two lines are of different minutes.</remarks>
internal static class ModelsBenchmark
{
    private const int Documents = 400;
    private const int Rounds = 5;

    public static IEnumerable<Figure> Run()
    {
        var baseline = Environment.GetEnvironmentVariable("STREAMNER_BENCHMARK_BASELINE") is { Length: > 0 } folder ? folder
            : Repository.DefaultModel;
        var documents = Sample.Documents(Documents);
        using var against = TokenClassificationPipeline.Load(baseline);
        foreach (var model in Directory.EnumerateDirectories(Repository.File("models")).Order(StringComparer.Ordinal))
        {
            var opened = ModelFolder.Open(model);
            using var pipeline = TokenClassificationPipeline.Load(opened);
            var pieces = Pieces(opened.Tokenizer, documents);
            var (seconds, secondsOfOther, ratio) = Paired.Time(Rounds, () => pipeline.Label(documents), () => against.Label(documents));
            yield return new Figure(
                $"{pipeline.Model.Name}, {pipeline.Model.SizeBytes / 1e6:F1} MB", $"{Documents / seconds:F0} documents/s, "
                    + $"{pieces / seconds:F0} pieces/s", Figure.InTurn(Rounds), ratio,
                $"{against.Model.Name} {against.Model.Hash} beside it, {Documents / secondsOfOther:F0} documents/s");
        }
    }

    private static long Pieces(IPieceTokenizer tokenizer, Document[] documents)
    {
        var encoder = tokenizer.CreateEncoder();
        var buffer = new PieceBuffer();
        var pieces = 0L;
        foreach (var document in documents)
        {
            encoder.Encode(document.Text, buffer);
            pieces += buffer.Count;
        }

        return pieces;
    }
}
