using Microsoft.ML.OnnxRuntime;
using StreamNer.Inference;
using StreamNer.Inference.Batching;
using StreamNer.Inference.Models;
using StreamNer.Inference.Models.Folders;
using StreamNer.Inference.Models.Onnx;
using StreamNer.Inference.Windows;
using StreamNer.TestSupport;

namespace StreamNer.Benchmarks;

/// <summary>
/// Documents a second of the library on the sample, against bare loops of session runs over the same batches already packed: what
/// tokenizing, batching, packing and decoding cost.
/// </summary>
internal static class LabelBenchmark
{
    private const int Documents = 400;
    private const int Rounds = 7;

    public static IEnumerable<Figure> Run()
    {
        var folder = ModelFolder.Open(Repository.DefaultModel);
        var documents = Sample.Documents(Documents);
        var tokenizer = new DocumentTokenizer(folder.Tokenizer, folder.Description.MaxPieces, new WindowOptions());
        using var pipeline = TokenClassificationPipeline.Load(folder);
        using var bare = new BareLoops(folder, Sample.Batches(tokenizer, documents));
        var (seconds, _, ratio) = Paired.Time(Rounds, () => pipeline.Label(documents), bare.Run);
        yield return new Figure("label, the sample", $"{Documents / seconds:F0} documents/s", Figure.InTurn(Rounds), ratio,
            "bare session.Run over the same packed batches, as many sessions as lanes; bar 0.9");
    }

    /// <summary>
    /// The least that any program does with these batches: a session for each lane of the product, which takes one batch after the other;
    /// inputs packed beforehand, outputs not read.
    /// </summary>
    private sealed class BareLoops : IDisposable
    {
        private readonly InferenceSession[] _sessions;
        private readonly HostMemory _memory;
        private readonly List<PackedInputs> _packed = [];
        private readonly List<OrtValue[]> _batches = [];
        private readonly string[] _inputs;
        private readonly string[] _outputs;

        public BareLoops(ModelFolder folder, List<TokenBatch> batches)
        {
            var lanes = LanePlan.Create([new DeviceOptions()], Environment.ProcessorCount);
            _sessions = [.. lanes.Select(lane => Open(folder, lane))];
            _memory = new HostMemory(_sessions[0], lanes[0]);
            foreach (var batch in batches)
            {
                var packed = new PackedInputs(folder.Model, _memory);
                packed.Fill(batch.Windows, batch.Windows.Count, batch.Width);
                _packed.Add(packed);
                _batches.Add(packed.Views(batch.Windows.Count, batch.Width));
            }

            (_inputs, _outputs) = (_packed[0].Names, [folder.Graph.Output]);
        }

        public void Run()
        {
            var taken = -1;
            Parallel.ForEach(_sessions, new ParallelOptions { MaxDegreeOfParallelism = _sessions.Length }, session =>
            {
                using var run = new RunOptions();
                while (Interlocked.Increment(ref taken) is var next && next < _batches.Count)
                {
                    using var outputs = session.Run(run, _inputs, _batches[next], _outputs);
                }
            });
        }

        public void Dispose()
        {
            foreach (var value in _batches.SelectMany(batch => batch))
                value.Dispose();
            _packed.ForEach(packed => packed.Dispose());
            _memory.Dispose();
            foreach (var session in _sessions)
                session.Dispose();
        }

        // The options of OnnxTokenClassifierFactory: without them a session does other work, not less.
        private static InferenceSession Open(ModelFolder folder, LaneSpec lane)
        {
            using var options = new SessionOptions
            {
                EnableMemoryPattern = false,
                IntraOpNumThreads = lane.Threads,
                InterOpNumThreads = 1,
                ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
            };
            options.AddSessionConfigEntry("session.intra_op.allow_spinning", "0");
            return new InferenceSession(folder.OnnxFile, options);
        }
    }
}
