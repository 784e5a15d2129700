using StreamNer.Inference.Batching;
using StreamNer.Inference.Domain;
using StreamNer.Inference.Windows;
using StreamNer.TestSupport;

namespace StreamNer.Benchmarks;

/// <summary>The sample of real text that the product ships, as documents.</summary>
internal static class Sample
{
    private static readonly string[] Texts = File.ReadAllLines(Repository.File("config", "sample", "documents.txt"));

    /// <summary>The sample, repeated up to a number of documents.</summary>
    public static Document[] Documents(int count) =>
        [.. Enumerable.Range(0, count).Select(i => new Document(new DocumentId($"sample/0/{i}"), Texts[i % Texts.Length]))];

    /// <summary>Texts of mixed length, from a word to several thousand characters: one to eight paragraphs, or a part of one.</summary>
    public static Document[] Mixed(int count)
    {
        var random = new Random(1);
        return [.. Enumerable.Range(0, count).Select(i =>
        {
            var paragraphs = random.Next(3) == 0 ? random.Next(2, 9) : 1;
            var text = string.Join(' ', Enumerable.Range(0, paragraphs).Select(_ => Texts[random.Next(Texts.Length)]));
            return new Document(new DocumentId($"mixed/0/{i}"), paragraphs == 1 ? text[..random.Next(1, text.Length)] : text);
        })];
    }

    /// <summary>The batches that are computed on the processor when all documents are there before.</summary>
    public static List<TokenBatch> Batches(DocumentTokenizer tokenizer, Document[] documents)
    {
        var queue = new WindowQueue(new BatchingOptions().Budget(gpu: false, tokenizer.LongestWindow), TimeProvider.System);
        foreach (var window in documents.SelectMany(document => tokenizer.Tokenize(document, out _)!.Windows.ToArray()))
            queue.Add(window);
        List<TokenBatch> batches = [];
        while (queue.DequeueBatch() is { } batch)
            batches.Add(batch);
        return batches;
    }
}
