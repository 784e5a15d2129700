using Microsoft.ML.OnnxRuntime;
using StreamNer.Inference;
using StreamNer.Inference.Batching;
using StreamNer.Inference.Domain;
using StreamNer.Inference.Models;
using StreamNer.Inference.Models.Folders;
using StreamNer.Inference.Windows;
using StreamNer.TestSupport;

namespace StreamNer.Benchmarks;

/// <summary>
/// Documents a second of the library on the sample, against a bare loop of session runs over the same windows already packed.
/// </summary>
internal static class LabelBenchmark
{
    private const int Documents = 400;
    private const int Rounds = 7;

    public static IEnumerable<Figure> Run()
    {
        var folder = ModelFolder.Open(Repository.DefaultModel);
        var documents = Sample.Documents(Documents);
        using var pipeline = TokenClassificationPipeline.Load(folder);
        using var bare = new BareLoop(folder, documents);
        var (seconds, _, ratio) = Paired.Time(Rounds, () => pipeline.Label(documents), bare.Run);
        yield return new Figure("label, the sample", $"{Documents / seconds:F0} documents/s", Figure.InTurn(Rounds), ratio,
            "bare session.Run over the same packed windows; bar 0.9");
    }

    /// <summary>
    /// The least that any program does with these windows: one run for each batch, inputs packed beforehand, outputs not read.
    /// </summary>
    private sealed class BareLoop : IDisposable
    {
        private readonly InferenceSession _session;
        private readonly List<OrtValue[]> _batches = [];
        private readonly string[] _inputs;

        public BareLoop(ModelFolder folder, Document[] documents)
        {
            using var options = new SessionOptions { IntraOpNumThreads = Environment.ProcessorCount };
            _session = new InferenceSession(folder.OnnxFile, options);
            _inputs = [.. folder.Graph.Inputs.Select(input => input.Name)];
            var tokenizer = new DocumentTokenizer(folder.Tokenizer, folder.Description.MaxPieces, new WindowOptions());
            var queue = new WindowQueue(new BatchingOptions().Budget(gpu: false, tokenizer.LongestWindow), TimeProvider.System);
            foreach (var document in documents)
            {
                foreach (var window in tokenizer.Tokenize(document, out _)!.Windows)
                    queue.Add(window);
            }

            while (queue.DequeueBatch() is { } batch)
                _batches.Add(Pack(batch, folder));
        }

        public void Run()
        {
            using var run = new RunOptions();
            foreach (var batch in _batches)
            {
                using var outputs = _session.Run(run, _inputs, batch, ["logits"]);
            }
        }

        public void Dispose()
        {
            foreach (var value in _batches.SelectMany(batch => batch))
                value.Dispose();
            _session.Dispose();
        }

        private static OrtValue[] Pack(TokenBatch batch, ModelFolder folder)
        {
            var (ids, mask, types) = (new long[batch.PaddedTokens], new long[batch.PaddedTokens], new long[batch.PaddedTokens]);
            for (var w = 0; w < batch.Windows.Count; w++)
            {
                var at = w * batch.Width;
                long[] row =
                    [folder.Tokenizer.Special.Before[0], .. batch.Windows[w].PieceIds.ToArray(), folder.Tokenizer.Special.After[0]];
                row.CopyTo(ids, at);
                mask.AsSpan(at, row.Length).Fill(1);
            }

            long[] shape = [batch.Windows.Count, batch.Width];
            return [.. folder.Graph.Inputs.Select(input => OrtValue.CreateTensorValueFromMemory(
                input.Role switch { InputRole.Ids => ids, InputRole.Mask => mask, _ => types }, shape))];
        }
    }
}
