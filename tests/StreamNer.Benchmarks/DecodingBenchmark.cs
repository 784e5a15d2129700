using StreamNer.Inference;
using StreamNer.Inference.Decoding;
using StreamNer.Inference.Domain;
using StreamNer.Inference.Models;
using StreamNer.Inference.Models.Folders;
using StreamNer.Inference.Models.Onnx;
using StreamNer.Inference.Windows;
using StreamNer.Inference.Words;
using StreamNer.TestSupport;

namespace StreamNer.Benchmarks;

/// <summary>
/// What weighing whole sequences of labels costs beside taking each word's surest one, and what finding that one in the graph costs on the
/// processor beside reading the logits.
/// </summary>
internal static class DecodingBenchmark
{
    private const int Documents = 400;
    private const int Rounds = 15;

    public static IEnumerable<Figure> Run()
    {
        var folder = ModelFolder.Open(Repository.DefaultModel);
        var documents = Sample.Documents(Documents);
        yield return Sequences(folder, documents);
        yield return Sequences(ModelFolder.Open(Repository.File("models", "en-slots-small")), documents);

        var batches = Sample.Batches(
            new DocumentTokenizer(folder.Tokenizer, folder.Description.MaxPieces, new WindowOptions()), documents);
        var lane = LanePlan.Create([new DeviceOptions { Lanes = 1, Threads = 1 }], cores: 1)[0];
        using var head = new OnnxTokenClassifierFactory(folder.Model) { AddsHead = true }.Create(lane);
        using var logits = new OnnxTokenClassifierFactory(folder.Model) { AddsHead = false }.Create(lane);
        var (seconds, _, ratio) = Paired.Time(Rounds, () => RunAll(head), () => RunAll(logits));
        yield return new Figure("1 thread, best labels by the added head", $"{Documents / seconds:F0} documents/s",
            Figure.InTurn(Rounds), ratio, "by reading the logits, as it is done on the processor");

        void RunAll(ITokenClassifier classifier) =>
            batches.ForEach(batch => BatchRunner.RunToEnd(classifier, batch, folder.Tokenizer.Special));
    }

    private static Figure Sequences(ModelFolder folder, Document[] documents)
    {
        using var surest = TokenClassificationPipeline.Load(folder, words: new WordOptions { Decoding = LabelDecoding.Argmax });
        using var constrained = TokenClassificationPipeline.Load(folder, words: new WordOptions { Decoding = LabelDecoding.Constrained });
        var (seconds, _, ratio) = Paired.Time(Rounds, () => constrained.Label(documents), () => surest.Label(documents));
        return new Figure($"label, {folder.Description.Labels.Length} labels, sequences that the scheme spells",
            $"{Documents / seconds:F0} documents/s", Figure.InTurn(Rounds), ratio, "each word's surest label; bar 0.95");
    }
}
