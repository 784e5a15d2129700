using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Microsoft.ML.OnnxRuntime;
using StreamNer.Inference;
using StreamNer.Inference.Batching;
using StreamNer.Inference.Domain;
using StreamNer.Inference.Models;
using StreamNer.Inference.Models.Folders;
using StreamNer.Inference.Models.Onnx;
using StreamNer.Inference.Windows;

namespace StreamNer.Benchmarks;

/// <summary>
/// A model of BERT-base's shape on a GPU: sequences of 128 pieces by batch, documents of mixed length by batch budget and lanes, where the
/// time of a run goes, and for how much of it the GPU is busy. Without a GPU one layer of it on the processor, to see that it runs.
/// </summary>
/// <remarks>
/// <c>STREAMNER_BENCHMARK_SECONDS</c> is the least time of each figure, 5 s by default, 1 s without a GPU;
/// <c>STREAMNER_BENCHMARK_TEXTS</c> names a file that the mixed texts are written to, for others to measure themselves by.
/// </remarks>
internal static class GpuBenchmark
{
    private const int Pieces = 128;
    private const int LayersOfBase = 12;
    private const int MixedDocuments = 4_000;
    private const int Rounds = 5;

    private static bool HasGpu { get; } = CanUse(DeviceKind.Cuda);

    /// <summary>What is measured: TensorRT too where its libraries are there.</summary>
    private static DeviceKind[] Kinds { get; } =
        !HasGpu ? [DeviceKind.Cpu]
        : CanUse(DeviceKind.TensorRt) ? [DeviceKind.Cuda, DeviceKind.TensorRt]
        : [DeviceKind.Cuda];

    private static TimeSpan Least { get; } = TimeSpan.FromSeconds(
        double.TryParse(Environment.GetEnvironmentVariable("STREAMNER_BENCHMARK_SECONDS"), CultureInfo.InvariantCulture, out var seconds)
            ? seconds
            : HasGpu ? 5 : 1);

    public static IEnumerable<Figure> Run()
    {
        var where = HasGpu ? "BERT-base" : "DRY RUN without a GPU, 1 layer";
        foreach (var half in HasGpu ? [false, true] : (bool[])[false])
        {
            using var bert = new RandomBert(HasGpu ? LayersOfBase : 1, half);
            var folder = ModelFolder.Open(bert.Folder);
            foreach (var kind in Kinds)
            {
                var what = $"{where}, {(half ? "float16" : "float32")}, {kind}";
                var figures = Sequences(folder, kind, what).Concat(Mixed(folder, kind, what)).Append(SameLabels(folder, kind, what));
                foreach (var figure in figures)
                    yield return figure;
            }
        }
    }

    /// <summary>One lane, batches of full windows: with the added head, against all logits copied and read; and without any copy.</summary>
    private static IEnumerable<Figure> Sequences(ModelFolder folder, DeviceKind kind, string what)
    {
        var lane = LanePlan.Create([Device(kind, lanes: 1)], Environment.ProcessorCount)[0];
        var shapes = new BatchShapes(new BatchingOptions().Budget(lane.IsGpu, Pieces), Pieces);
        using var head = new OnnxTokenClassifierFactory(folder.Model) { AddsHead = true }.Create(lane, shapes);
        using var logits = new OnnxTokenClassifierFactory(folder.Model) { AddsHead = false }.Create(lane, shapes);
        using var bound = new BoundRun(folder, lane, shapes);
        foreach (var count in HasGpu ? [1, 8, 32, 128] : (int[])[1, 8])
        {
            var batch = new TokenBatch([.. FullWindows(folder).Take(count)]);
            bound.Bind(batch);
            var (seconds, _, ratio) = Paired.Time(Rounds, () => head.Run(batch), () => logits.Run(batch), Least / Rounds);
            yield return new Figure($"{what}: batches of {count} x {Pieces}, added head", $"{count / seconds:F0} sequences/s",
                Figure.InTurn(Rounds), ratio, "all logits copied");
            var (_, _, deviceRatio) = Paired.Time(Rounds, bound.Run, () => head.Run(batch), Least / Rounds);
            yield return new Figure($"{what}: batches of {count} x {Pieces}, nothing copied", $"of a run, {1 - (1 / deviceRatio):P0} is "
                + "packing, copies and waiting", Figure.InTurn(Rounds), deviceRatio, "with the added head");
        }
    }

    /// <summary>The library from texts to entities.</summary>
    private static IEnumerable<Figure> Mixed(ModelFolder folder, DeviceKind kind, string what)
    {
        var documents = Sample.Mixed(HasGpu ? MixedDocuments : 40);
        if (Environment.GetEnvironmentVariable("STREAMNER_BENCHMARK_TEXTS") is { Length: > 0 } texts)
            File.WriteAllText(texts, JsonSerializer.Serialize(documents.Select(document => document.Text)));
        foreach (var lanes in (int[])[1, 2])
        {
            foreach (var budget in HasGpu ? [4_096, 16_384, 65_536] : (int[])[1_024])
            {
                using var pipeline = TokenClassificationPipeline.Load(folder, Device(kind, lanes),
                    batching: new BatchingOptions { MaxPaddedTokens = budget, MaxQueuedTokens = Math.Max(262_144, budget) });
                pipeline.Label(documents);
                using var busy = new BusyShare();
                var (started, times) = (Stopwatch.GetTimestamp(), 0);
                for (; times == 0 || Stopwatch.GetElapsedTime(started) < Least; times++)
                    pipeline.Label(documents);
                var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
                yield return new Figure($"{what}: mixed text, lanes {lanes}, batches up to {budget}",
                    $"{documents.Length * times / seconds:F0} documents/s, {busy.Read()}", $"mean of {times}");
            }
        }
    }

    /// <summary>That it is right as well as fast: words that get the label they get on the processor.</summary>
    private static Figure SameLabels(ModelFolder folder, DeviceKind kind, string what)
    {
        using var device = TokenClassificationPipeline.Load(folder, Device(kind, lanes: 1));
        using var processor = TokenClassificationPipeline.Load(folder);
        var documents = Sample.Mixed(20);
        var pairs = device.Label(documents).Zip(processor.Label(documents)).SelectMany(pair =>
            ((DocumentOutcome.Labelled)pair.First).Tokens.Zip(((DocumentOutcome.Labelled)pair.Second).Tokens)).ToArray();
        return new Figure($"{what}: words labelled as on the processor",
            $"{pairs.Count(pair => pair.First.Label == pair.Second.Label)} of {pairs.Length}, probabilities differ by "
                + $"{pairs.Max(pair => Math.Abs(pair.First.Score - pair.Second.Score)):G2} at most", Figure.Counted);
    }

    private static bool CanUse(DeviceKind kind) => GpuProviders.Problem(LanePlan.Create([Device(kind, lanes: 1)], cores: 1)[0]) is null;

    private static DeviceOptions Device(DeviceKind kind, int lanes) => new() { Kind = kind, Lanes = lanes };

    private static IEnumerable<TokenWindow> FullWindows(ModelFolder folder)
    {
        var tokenizer = new DocumentTokenizer(folder.Tokenizer, Pieces, new WindowOptions { OverlapPieces = 0 });
        while (true)
        {
            foreach (var document in Sample.Mixed(500))
            {
                foreach (var window in tokenizer.Tokenize(document, out _)!.Windows.ToArray().Where(window => window.Length == Pieces))
                    yield return window;
            }
        }
    }

    /// <summary>The graph over inputs that lie on the device before, its outputs left there.</summary>
    private sealed class BoundRun : IDisposable
    {
        private readonly RunOptions _run = new();
        private readonly InferenceSession _session;
        private readonly OrtMemoryInfo _where;
        private readonly HostMemory _memory;
        private readonly PackedInputs _packed;
        private readonly string _output;
        private OrtIoBinding? _binding;
        private OrtValue[] _inputs = [];

        public BoundRun(ModelFolder folder, LaneSpec lane, BatchShapes shapes)
        {
            using var options = new SessionOptions { IntraOpNumThreads = lane.Threads, EnableMemoryPattern = false };
            using var engines = GpuProviders.AppendTo(options, lane, folder.Model, shapes, CancellationToken.None);
            _session = new InferenceSession(folder.OnnxFile, options);
            _where = lane.IsGpu
                ? new OrtMemoryInfo("Cuda", OrtAllocatorType.DeviceAllocator, lane.DeviceId, OrtMemType.Default)
                : OrtMemoryInfo.DefaultInstance;
            _memory = new HostMemory(_session, lane);
            _packed = new PackedInputs(folder.Model, _memory);
            _output = folder.Graph.Output;
        }

        public void Bind(TokenBatch batch)
        {
            DisposeBinding();
            _packed.Fill(batch.Windows, batch.Windows.Count, batch.Width);
            _inputs = _packed.Views(batch.Windows.Count, batch.Width);
            _binding = _session.CreateIoBinding();
            foreach (var (name, input) in _packed.Names.Zip(_inputs))
                _binding.BindInput(name, input);
            _binding.BindOutputToDevice(_output, _where);
            _binding.SynchronizeBoundInputs();
        }

        public void Run()
        {
            _session.RunWithBinding(_run, _binding!);
            _binding!.SynchronizeBoundOutputs();
        }

        public void Dispose()
        {
            DisposeBinding();
            _packed.Dispose();
            _memory.Dispose();
            _run.Dispose();
            _session.Dispose();
        }

        private void DisposeBinding()
        {
            _binding?.Dispose();
            foreach (var input in _inputs)
                input.Dispose();
        }
    }

    /// <summary>What nvidia-smi says of the GPU while something runs: the share of samples in which a kernel ran, and memory.</summary>
    private sealed class BusyShare : IDisposable
    {
        private readonly Process? _process;
        private readonly List<double[]> _samples = [];

        public BusyShare()
        {
            if (!HasGpu)
                return;
            try
            {
                _process = Process.Start(new ProcessStartInfo("nvidia-smi",
                    ["--id=0", "--query-gpu=utilization.gpu,memory.used", "--format=csv,noheader,nounits", "-lms", "100"])
                {
                    RedirectStandardOutput = true,
                })!;
                _process.OutputDataReceived += (_, line) =>
                {
                    if (line.Data is { } text)
                    {
                        lock (_samples)
                            _samples.Add([.. text.Split(',').Select(value => double.Parse(value, CultureInfo.InvariantCulture))]);
                    }
                };
                _process.BeginOutputReadLine();
            }
            catch (System.ComponentModel.Win32Exception)
            {
                // No nvidia-smi: nobody to ask.
            }
        }

        public string Read()
        {
            lock (_samples)
            {
                return _samples.Count == 0
                    ? "GPU not asked"
                    : $"GPU busy {_samples.Average(sample => sample[0]):F0} %, {_samples.Max(sample => sample[1]):F0} MiB";
            }
        }

        public void Dispose()
        {
            if (_process is null)
                return;
            _process.Kill();
            _process.Dispose();
        }
    }
}
