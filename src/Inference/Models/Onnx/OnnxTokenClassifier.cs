using Microsoft.ML.OnnxRuntime;
using StreamNer.Inference.Batching;
using StreamNer.Inference.Tokenization;
using StreamNer.Inference.Windows;

namespace StreamNer.Inference.Models.Onnx;

/// <summary>One session of ONNX Runtime with the buffers of its lane. One caller at a time, but for <see cref="Cancel"/>.</summary>
/// <remarks>
/// Inputs and output live in buffers that grow to the largest batch and stay; the tensors handed to the runtime are views of them
/// (<c>OrtValue.CreateTensorValueFromMemory</c>), so a run copies nothing on the processor.
/// </remarks>
internal sealed class OnnxTokenClassifier : ITokenClassifier
{
    private readonly InferenceSession _session;
    private readonly GraphSignature _graph;
    private readonly SpecialPieces _special;
    private readonly LaneSpec _lane;
    private readonly string _folder;
    private readonly int _labels;
    private readonly int _firstPosition;
    private readonly int _highestId;
    private readonly string[] _inputNames;
    private readonly string[] _outputNames;
    private readonly Array[] _inputs;
    private readonly OrtValue[] _inputValues;
    private readonly Lock _running = new();
    private RunOptions? _run;
    private bool _stopped;
    private float[] _logits = [];
    private float[] _joined = [];
    private Float16[] _halfLogits = [];

    public OnnxTokenClassifier(InferenceSession session, OnnxModel model, LaneSpec lane)
    {
        _session = session;
        _graph = model.Graph;
        _special = model.Special;
        _lane = lane;
        _folder = model.Folder;
        _labels = model.Labels;
        _firstPosition = model.FirstPosition;
        _highestId = model.HighestId;
        _inputNames = [.. _graph.Inputs.Select(input => input.Name)];
        _outputNames = [_graph.Output];
        _inputs = new Array[_graph.Inputs.Length];
        _inputValues = new OrtValue[_graph.Inputs.Length];
        Grow(1_024);
    }

    /// <inheritdoc/>
    /// <remarks>
    /// A batch is one run, unless the graph fixes the number of windows, or has no mask and the windows differ in length.
    /// </remarks>
    public Logits Run(TokenBatch batch)
    {
        var width = _graph.FixedWidth ?? batch.Width;
        if (width < batch.Width)
            throw new InferenceException($"a window has {batch.Width} pieces, the graph's sequence is fixed at {width}", isTransient: true);
        var inOneRun = (_graph.FixedWindows is not { } windows || batch.Windows.Count == windows)
            && (_graph.MasksPadding || _graph.FixedWidth is not null || batch.Windows.All(window => window.Length == batch.Width));
        if (inOneRun)
        {
            Fill(batch.Windows, batch.Windows.Count, width);
            Compute(batch.Windows.Count, width);
            return new Logits(_logits.AsSpan(0, batch.Windows.Count * width * _labels), width, _labels);
        }

        var size = batch.Windows.Count * width * _labels;
        if (_joined.Length < size)
            _joined = GC.AllocateUninitializedArray<float>(size);
        for (var first = 0; first < batch.Windows.Count;)
            first += RunPart(batch.Windows, first, width);
        return new Logits(_joined.AsSpan(0, size), width, _labels);
    }

    /// <summary>Runs as many of the windows from <paramref name="first"/> on as may share a run.</summary>
    /// <returns>How many that were.</returns>
    private int RunPart(IReadOnlyList<TokenWindow> windows, int first, int joinedWidth)
    {
        var most = Math.Min(_graph.FixedWindows ?? int.MaxValue, windows.Count - first);
        var mayPad = _graph.MasksPadding || _graph.FixedWidth is not null;
        var width = mayPad ? joinedWidth : windows[first].Length;
        var count = 1;
        while (count < most && (mayPad || windows[first + count].Length == width))
            count++;
        var run = _graph.FixedWindows ?? count;
        Fill([.. windows.Skip(first).Take(count)], run, width);
        Compute(run, width);
        for (var w = 0; w < count; w++)
        {
            var from = _logits.AsSpan(w * width * _labels, width * _labels);
            var to = _joined.AsSpan((first + w) * joinedWidth * _labels, joinedWidth * _labels);
            from.CopyTo(_special.PadLeft ? to[^from.Length..] : to);
        }

        return count;
    }

    /// <inheritdoc/>
    public void WarmUp(PaddedTokenBudget budget, int longestWindow)
    {
        var most = Math.Clamp(budget.MaxPaddedTokens / longestWindow, 1, budget.MaxWindows);
        foreach (var (count, length) in ((int, int)[])[(1, Math.Min(longestWindow, _special.Count + 1)), (most, longestWindow)])
        {
            var (windows, width) = (_graph.FixedWindows ?? count, _graph.FixedWidth ?? length);
            Grow(windows * width);
            for (var i = 0; i < _inputs.Length; i++)
            {
                var role = _graph.Inputs[i].Role;
                for (var at = 0; at < windows * width; at++)
                    Set(_inputs[i], at, Value(role, _highestId, _special.Type, _firstPosition + (at % width)));
            }

            try
            {
                Compute(windows, width);
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
    public void Dispose() => _session.Dispose();

    /// <summary>Computes what was filled in; the logits are then the first of <see cref="_logits"/>, row-major.</summary>
    private void Compute(int windows, int width)
    {
        long[] shape = [windows, width];
        long[] outputShape = [windows, width, _labels];
        var size = windows * width * _labels;
        if (_graph.HalfPrecision && _halfLogits.Length < size)
            _halfLogits = GC.AllocateUninitializedArray<Float16>(size);
        if (_logits.Length < size)
            _logits = GC.AllocateUninitializedArray<float>(size);

        using var run = new RunOptions();
        lock (_running)
        {
            _run = run;
            run.Terminate = _stopped;
        }

        try
        {
            for (var i = 0; i < _inputValues.Length; i++)
                _inputValues[i] = View(_inputs[i], windows * width, shape);
            using var output = _graph.HalfPrecision
                ? OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, _halfLogits.AsMemory(0, size), outputShape)
                : OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, _logits.AsMemory(0, size), outputShape);
            _session.Run(run, _inputNames, _inputValues, _outputNames, [output]);
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
            };
        }
        finally
        {
            lock (_running)
                _run = null;
            for (var i = 0; i < _inputValues.Length; i++)
            {
                _inputValues[i]?.Dispose();
                _inputValues[i] = null!;
            }
        }

        if (_graph.HalfPrecision)
        {
            for (var i = 0; i < size; i++)
                _logits[i] = (float)BitConverter.UInt16BitsToHalf(_halfLogits[i].value);
        }
    }

    private static OrtValue View(Array input, int size, long[] shape) => input switch
    {
        int[] ids => OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, ids.AsMemory(0, size), shape),
        long[] ids => OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, ids.AsMemory(0, size), shape),
        _ => throw new InvalidOperationException($"an input can't be {input.GetType().Name}"),
    };

    /// <summary>
    /// Fills all inputs; windows that are missing to <paramref name="count"/> are copies of the last, which nobody reads.
    /// </summary>
    private void Fill(IReadOnlyList<TokenWindow> windows, int count, int width)
    {
        Grow(count * width);
        for (var i = 0; i < _inputs.Length; i++)
        {
            for (var w = 0; w < count; w++)
                Fill(_inputs[i], _graph.Inputs[i].Role, windows[Math.Min(w, windows.Count - 1)], w * width, width);
        }
    }

    private void Fill(Array input, InputRole role, TokenWindow window, int at, int width)
    {
        var padding = width - window.Length;
        if (_special.PadLeft)
            at = Pad(input, at, padding, role);
        var position = _firstPosition;
        for (var i = 0; i < _special.Before.Length; i++)
            Set(input, at++, Value(role, _special.Before[i], TypeAt(_special.BeforeTypes, i), position++));
        foreach (var id in window.PieceIds)
            Set(input, at++, Value(role, id, _special.Type, position++));
        for (var i = 0; i < _special.After.Length; i++)
            Set(input, at++, Value(role, _special.After[i], TypeAt(_special.AfterTypes, i), position++));
        if (!_special.PadLeft)
            Pad(input, at, padding, role);
    }

    private int Pad(Array input, int at, int count, InputRole role)
    {
        // Where positions begin behind the padding id, that one is the position of padding.
        var value = role switch
        {
            InputRole.Ids => _special.Pad,
            InputRole.Types => _special.PadType,
            InputRole.Positions => Math.Max(0, _firstPosition - 1),
            _ => 0,
        };
        for (var i = 0; i < count; i++)
            Set(input, at + i, value);
        return at + count;
    }

    private static int Value(InputRole role, int id, int type, int position) => role switch
    {
        InputRole.Ids => id,
        InputRole.Mask => 1,
        InputRole.Types => type,
        InputRole.Positions => position,
        _ => 0,
    };

    private static int TypeAt(System.Collections.Immutable.ImmutableArray<int> types, int index) => types.IsEmpty ? 0 : types[index];

    private static void Set(Array input, int at, int value)
    {
        if (input is long[] wide)
            wide[at] = value;
        else
            ((int[])input)[at] = value;
    }

    private void Grow(int size)
    {
        for (var i = 0; i < _inputs.Length; i++)
        {
            if (_inputs[i] is null || _inputs[i].Length < size)
                _inputs[i] = _graph.Inputs[i].Is32Bit ? new int[size] : new long[size];
        }
    }
}
