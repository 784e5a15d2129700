using StreamNer.Inference;
using StreamNer.Inference.Models.Folders;
using StreamNer.Inference.Words;
using StreamNer.TestSupport;

namespace StreamNer.Benchmarks;

/// <summary>What weighing whole sequences of labels costs beside taking each word's surest one.</summary>
internal static class DecodingBenchmark
{
    private const int Documents = 400;

    public static IEnumerable<Figure> Run()
    {
        var folder = ModelFolder.Open(Repository.DefaultModel);
        var documents = Sample.Documents(Documents);
        using var surest = TokenClassificationPipeline.Load(folder);
        using var constrained = TokenClassificationPipeline.Load(folder, words: new WordOptions { Decoding = LabelDecoding.Constrained });
        var (seconds, _, ratio) = Paired.Time(15, () => constrained.Label(documents), () => surest.Label(documents));
        yield return new Figure("label, sequences that the scheme spells", $"{Documents / seconds:F0} documents/s", ratio,
            "each word's surest label; bar 0.95");
    }
}
