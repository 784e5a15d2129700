using System.Collections.Immutable;
using System.Numerics;
using Microsoft.ML.OnnxRuntime;
using StreamNer.Inference.Tokenization;
using StreamNer.Inference.Windows;

namespace StreamNer.Inference.Models.Onnx;

/// <summary>
/// The windows of a run as a graph wants them: special pieces around those of the text, padding at one end, a row for each window in each
/// input. One caller at a time.
/// </summary>
internal sealed class PackedInputs : IDisposable
{
    private readonly ImmutableArray<GraphInput> _inputs;
    private readonly SpecialPieces _special;
    private readonly int _firstPosition;
    private readonly HostTensor[] _tensors;

    public PackedInputs(OnnxModel model, HostMemory memory)
    {
        _inputs = model.Graph.Inputs;
        _special = model.Special;
        _firstPosition = model.FirstPosition;
        Names = [.. _inputs.Select(input => input.Name)];
        _tensors = [.. _inputs.Select(input => input.Is32Bit ? (HostTensor)new HostTensor<int>(memory) : new HostTensor<long>(memory))];
    }

    /// <summary>Names of the inputs, as the graph declares them.</summary>
    public string[] Names { get; }

    /// <summary>
    /// Fills all inputs; windows that are missing to <paramref name="count"/> are copies of the last, which nobody reads.
    /// </summary>
    public void Fill(IReadOnlyList<TokenWindow> windows, int count, int width)
    {
        for (var i = 0; i < _tensors.Length; i++)
        {
            _tensors[i].Grow(count * width);
            if (_tensors[i] is HostTensor<long> wide)
                Fill(wide.Span, _inputs[i].Role, windows, count, width);
            else
                Fill(((HostTensor<int>)_tensors[i]).Span, _inputs[i].Role, windows, count, width);
        }
    }

    /// <summary>Fills all inputs with windows of one piece again and again.</summary>
    public void FillWith(int id, int count, int width)
    {
        for (var i = 0; i < _tensors.Length; i++)
        {
            _tensors[i].Grow(count * width);
            if (_tensors[i] is HostTensor<long> wide)
                FillWith(wide.Span[..(count * width)], _inputs[i].Role, id, width);
            else
                FillWith(((HostTensor<int>)_tensors[i]).Span[..(count * width)], _inputs[i].Role, id, width);
        }
    }

    /// <summary>Views of what was filled in, which the caller disposes.</summary>
    public OrtValue[] Views(int count, int width) => Array.ConvertAll(_tensors, tensor => tensor.View(count, width));

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var tensor in _tensors)
            tensor.Dispose();
    }

    private void Fill<T>(Span<T> into, InputRole role, IReadOnlyList<TokenWindow> windows, int count, int width)
        where T : INumberBase<T>
    {
        for (var w = 0; w < count; w++)
            Fill(into.Slice(w * width, width), role, windows[Math.Min(w, windows.Count - 1)]);
    }

    private void Fill<T>(Span<T> row, InputRole role, TokenWindow window)
        where T : INumberBase<T>
    {
        var padding = row.Length - window.Length;
        var (at, position) = (_special.PadLeft ? padding : 0, _firstPosition);
        row.Slice(_special.PadLeft ? 0 : window.Length, padding).Fill(T.CreateTruncating(Padding(role)));
        for (var i = 0; i < _special.Before.Length; i++)
            row[at++] = T.CreateTruncating(Value(role, _special.Before[i], TypeAt(_special.BeforeTypes, i), position++));
        foreach (var id in window.PieceIds)
            row[at++] = T.CreateTruncating(Value(role, id, _special.Type, position++));
        for (var i = 0; i < _special.After.Length; i++)
            row[at++] = T.CreateTruncating(Value(role, _special.After[i], TypeAt(_special.AfterTypes, i), position++));
    }

    private void FillWith<T>(Span<T> into, InputRole role, int id, int width)
        where T : INumberBase<T>
    {
        for (var at = 0; at < into.Length; at++)
            into[at] = T.CreateTruncating(Value(role, id, _special.Type, _firstPosition + (at % width)));
    }

    // Where positions begin behind the padding id, that one is the position of padding.
    private int Padding(InputRole role) => role switch
    {
        InputRole.Ids => _special.Pad,
        InputRole.Types => _special.PadType,
        InputRole.Positions => Math.Max(0, _firstPosition - 1),
        _ => 0,
    };

    private static int Value(InputRole role, int id, int type, int position) => role switch
    {
        InputRole.Ids => id,
        InputRole.Mask => 1,
        InputRole.Types => type,
        InputRole.Positions => position,
        _ => 0,
    };

    private static int TypeAt(ImmutableArray<int> types, int index) => types.IsEmpty ? 0 : types[index];
}
