using Microsoft.ML.OnnxRuntime;
using StreamNer.Inference.Batching;
using StreamNer.Inference.Tokenization;
using StreamNer.Inference.Windows;

namespace StreamNer.Inference.Models.Onnx;

/// <summary>One session of ONNX Runtime with the buffers of its lane. One caller at a time, but for <see cref="Cancel"/>.</summary>
/// <remarks>
/// Inputs and outputs live in buffers that grow to the largest batch and stay; the tensors handed to the runtime are views of them, so a
/// run copies nothing on the processor, and on a GPU only from and to page-locked memory.
/// </remarks>
internal sealed class OnnxTokenClassifier : ITokenClassifier
{
    private static readonly string[] BestOutputs = [AddedHead.Best, AddedHead.Probability];

    private readonly InferenceSession _session;
    private readonly GraphSignature _graph;
    private readonly SpecialPieces _special;
    private readonly LaneSpec _lane;
    private readonly string _folder;
    private readonly int _labels;
    private readonly int _highestId;
    private readonly bool _hasHead;
    private readonly string[] _logitOutputs;
    private readonly HostMemory _memory;
    private readonly PackedInputs _inputs;
    private readonly HostTensor<float> _logits;
    private readonly HostTensor<Half> _halfLogits;
    private readonly HostTensor<ushort> _best;
    private readonly HostTensor<float> _probabilities;
    private readonly Lock _running = new();
    private RunOptions? _run;
    private bool _stopped;
    private float[] _widened = [];
    private float[] _joined = [];
    private ushort[] _joinedBest = [];

    /// <param name="session">The model on its device; owned.</param>
    /// <param name="model">What it is.</param>
    /// <param name="lane">What it runs on.</param>
    /// <param name="hasHead">Whether the <see cref="AddedHead"/> is part of it.</param>
    public OnnxTokenClassifier(InferenceSession session, OnnxModel model, LaneSpec lane, bool hasHead)
    {
        _session = session;
        _graph = model.Graph;
        _special = model.Special;
        _lane = lane;
        _folder = model.Folder;
        _labels = model.Labels;
        _highestId = model.HighestId;
        _hasHead = hasHead;
        _logitOutputs = [_graph.Output];
        _memory = new HostMemory(session, lane);
        _inputs = new PackedInputs(model, _memory);
        _logits = new HostTensor<float>(_memory);
        _halfLogits = new HostTensor<Half>(_memory);
        _best = new HostTensor<ushort>(_memory);
        _probabilities = new HostTensor<float>(_memory);
    }

    /// <inheritdoc/>
    /// <remarks>
    /// A batch is one run, unless the graph fixes the number of windows, or has no mask and the windows differ in length.
    /// </remarks>
    public PieceScores Run(TokenBatch batch)
    {
        var width = _graph.FixedWidth ?? batch.Width;
        if (width < batch.Width)
            throw new InferenceException($"a window has {batch.Width} pieces, the graph's sequence is fixed at {width}", isTransient: true);
        var inOneRun = (_graph.FixedWindows is not { } windows || batch.Windows.Count == windows)
            && (_graph.MasksPadding || _graph.FixedWidth is not null || batch.Windows.All(window => window.Length == batch.Width));
        var wantsLogits = batch.NeedsLogits || !_hasHead;
        EnsureFits(Math.Max(batch.Windows.Count, _graph.FixedWindows ?? 0), width);
        var pieces = batch.Windows.Count * width;
        if (inOneRun)
        {
            _inputs.Fill(batch.Windows, batch.Windows.Count, width);
            Compute(batch.Windows.Count, width, wantsLogits);
            return Scores(Values(pieces, wantsLogits), _best.Span, pieces, width, wantsLogits);
        }

        var size = wantsLogits ? pieces * _labels : pieces;
        if (_joined.Length < size)
            _joined = GC.AllocateUninitializedArray<float>(size);
        if (!wantsLogits && _joinedBest.Length < pieces)
            _joinedBest = GC.AllocateUninitializedArray<ushort>(pieces);
        for (var first = 0; first < batch.Windows.Count;)
            first += RunPart(batch.Windows, first, width, wantsLogits);
        return Scores(_joined.AsSpan(0, size), _joinedBest, pieces, width, wantsLogits);
    }

    private PieceScores Scores(ReadOnlySpan<float> values, ReadOnlySpan<ushort> best, int pieces, int width, bool areLogits) =>
        areLogits ? new PieceScores(values, width, _labels) : new PieceScores(best[..pieces], values, width, _labels);

    /// <summary>Runs as many of the windows from <paramref name="first"/> on as may share a run.</summary>
    /// <returns>How many that were.</returns>
    private int RunPart(IReadOnlyList<TokenWindow> windows, int first, int joinedWidth, bool wantsLogits)
    {
        var most = Math.Min(_graph.FixedWindows ?? int.MaxValue, windows.Count - first);
        var mayPad = _graph.MasksPadding || _graph.FixedWidth is not null;
        var width = mayPad ? joinedWidth : windows[first].Length;
        var count = 1;
        while (count < most && (mayPad || windows[first + count].Length == width))
            count++;
        var run = _graph.FixedWindows ?? count;
        _inputs.Fill([.. windows.Skip(first).Take(count)], run, width);
        Compute(run, width, wantsLogits);
        Join(Values(run * width, wantsLogits), _joined, wantsLogits ? _labels : 1);
        if (!wantsLogits)
            Join<ushort>(_best.Span, _joinedBest, 1);
        return count;

        void Join<T>(ReadOnlySpan<T> from, Span<T> to, int each)
        {
            for (var w = 0; w < count; w++)
            {
                var row = from.Slice(w * width * each, width * each);
                var joined = to.Slice((first + w) * joinedWidth * each, joinedWidth * each);
                row.CopyTo(_special.PadLeft ? joined[^row.Length..] : joined);
            }
        }
    }

    /// <inheritdoc/>
    public void WarmUp(BatchShapes shapes)
    {
        var (budget, longestWindow) = shapes;
        var most = Math.Clamp(budget.MaxPaddedTokens / longestWindow, 1, budget.MaxWindows);
        foreach (var (count, length) in ((int, int)[])[(1, Math.Min(longestWindow, _special.Count + 1)), (most, longestWindow)])
        {
            var (windows, width) = (_graph.FixedWindows ?? count, _graph.FixedWidth ?? length);
            EnsureFits(windows, width);
            _inputs.FillWith(_highestId, windows, width);
            try
            {
                Compute(windows, width, wantsLogits: true);
                if (_hasHead)
                    Compute(windows, width, wantsLogits: false);
            }
            catch (InferenceException e) when (e.InnerException is OnnxRuntimeException error && OnnxErrors.IsOfGraph(error))
            {
                throw new ModelLoadException(
                    _folder,
                    [
                        $"the model can't compute {width} pieces with ids up to {_highestId}, as tokenizer and config.json say it can; "
                            + $"are all files of the same model? {e.Message}",
                    ],
                    e);
            }
        }
    }

    /// <inheritdoc/>
    public void Cancel()
    {
        lock (_running)
        {
            if (_run is not null)
                _run.Terminate = true;
        }
    }

    /// <inheritdoc/>
    public void Stop()
    {
        lock (_running)
        {
            _stopped = true;
            if (_run is not null)
                _run.Terminate = true;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _inputs.Dispose();
        foreach (var tensor in (HostTensor[])[_logits, _halfLogits, _best, _probabilities])
            tensor.Dispose();
        _memory.Dispose();
        _session.Dispose();
    }

    private void EnsureFits(int windows, int width)
    {
        var logits = (long)windows * width * _labels;
        if (logits > Array.MaxLength)
        {
            throw new InferenceException(
                $"a run of {windows} x {width} tokens has {logits} logits, the limit is {Array.MaxLength}", isTransient: true);
        }
    }

    /// <summary>Computes what was filled in; <see cref="Values"/> and <see cref="_best"/> then hold the answer.</summary>
    private void Compute(int windows, int width, bool wantsLogits)
    {
        OrtValue[] inputs = [], outputs = [];
        using var run = new RunOptions();
        lock (_running)
        {
            _run = run;
            run.Terminate = _stopped;
        }

        try
        {
            inputs = _inputs.Views(windows, width);
            outputs = wantsLogits ? [LogitView(windows, width)] : BestViews(windows, width);
            _session.Run(run, _inputs.Names, inputs, wantsLogits ? _logitOutputs : BestOutputs, outputs);
        }
        catch (OnnxRuntimeException e) when (e.Message.Contains("OrtValue shape verification failed", StringComparison.Ordinal))
        {
            throw new ModelLoadException(
                _folder,
                [$"the output '{_graph.Output}' does not have the {_labels} labels of id2label in config.json: "
                    + $"{OnnxInspector.FirstLine(e.Message)}"],
                e);
        }
        catch (OnnxRuntimeException e)
        {
            var cancelled = run.Terminate;
            throw new InferenceException(
                $"a run of {windows} x {width} tokens failed on {_lane.Device}: {OnnxInspector.FirstLine(e.Message)}",
                isTransient: !cancelled && OnnxErrors.IsTransient(e),
                e)
            {
                DeviceIsDead = OnnxErrors.IsSticky(e),
                LacksMemory = OnnxErrors.IsOfMemory(e),
            };
        }
        finally
        {
            lock (_running)
                _run = null;
            foreach (var value in (OrtValue[])[.. inputs, .. outputs])
                value.Dispose();
        }

        if (wantsLogits && _graph.HalfPrecision)
            Widen(windows * width * _labels);
    }

    private OrtValue LogitView(int windows, int width)
    {
        HostTensor logits = _graph.HalfPrecision ? _halfLogits : _logits;
        logits.Grow(windows * width * _labels);
        return logits.View(windows, width, _labels);
    }

    private OrtValue[] BestViews(int windows, int width)
    {
        _best.Grow(windows * width);
        _probabilities.Grow(windows * width);
        return [_best.View(windows, width), _probabilities.View(windows, width)];
    }

    private ReadOnlySpan<float> Values(int pieces, bool areLogits) =>
        !areLogits ? _probabilities.Span[..pieces]
        : _graph.HalfPrecision ? _widened.AsSpan(0, pieces * _labels)
        : _logits.Span[..(pieces * _labels)];

    private void Widen(int size)
    {
        if (_widened.Length < size)
            _widened = GC.AllocateUninitializedArray<float>(size);
        var halves = _halfLogits.Span;
        for (var i = 0; i < size; i++)
            _widened[i] = (float)halves[i];
    }
}
